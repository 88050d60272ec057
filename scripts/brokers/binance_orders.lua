-- What binance_spot.lua and binance_futures.lua have in common: an order that is
-- sent once and only once, whatever happens to the connection or the process.
--
-- The id of an order follows from the signal: <signal>-o opens, -l is its limit order, -x the rest of a limit
-- order that was not quite filled, -a1 -a2 ... average buys, -p1 -p2 ... partial closes, -c closes, -s<level> is the
-- protective stop. So after a lost answer, or a crash, the exchange can be asked what became of it. An order is sent again
-- only when the exchange does not know it, and not before it could no longer arrive late (recv_window).
local btk = require "btk"

local dead = { CANCELED = true, EXPIRED = true, REJECTED = true, EXPIRED_IN_MATCH = true }

local named_before = {} -- name of a signal -> the one that its orders had before the moment was a part of it

-- Binance takes 36 letters, digits and -_.:/ ; 24 of them name the signal. An id that a script gives may come again, and
-- two strategies may give the same one: the strategy, the symbol and the moment when the signal was made tell them apart.
local function signal_name(row)
  return btk.crypto.sha256(("%s\n%s\n%s\n%.0f"):format(row.strategy_name, row.symbol, row.id, row.scheduled_at)):sub(1, 24)
end

-- As it was called before: by the id alone.
local function older_name(row)
  if #row.id <= 24 and not row.id:find("[^%w%-_%.]") then return row.id end
  return btk.crypto.sha256(row.id):sub(1, 24)
end

--- The client's id of the order that does this for this signal, the same in every process.
local function order_id(row, purpose)
  local name = signal_name(row)
  return (named_before[name] or name) .. "-" .. purpose
end

local function down(value, unit) return math.floor(value / unit + 1e-7) * unit end
local function text(value, unit)
  local digits = 0
  while digits < 8 and math.abs(unit * 10 ^ digits - math.floor(unit * 10 ^ digits + 0.5)) > 1e-9 do digits = digits + 1 end
  return ("%." .. digits .. "f"):format(value)
end

-- venue: paths = { order, open, trades, info }, fill(symbol, order, trades) and what the two files say beside
return function(client, venue, options)
  local orders = { id = order_id, down = down, text = text }
  local started = nil        -- exchange time when this process first asked
  local sent = {}            -- order id -> exchange time when it was sent, while its fate is unknown
  local rules = {}           -- symbol -> what its orders must obey

  --- { base, quote, tick, step, min_quantity, max_market (largest market order), min_notional } from the exchange itself.
  function orders.rules(symbol)
    if rules[symbol] then return rules[symbol] end
    local answer = client.public(venue.paths.info, { { "symbol", symbol } })
    for _, info in ipairs(answer.symbols) do
      if info.symbol == symbol then
        local r = { base = info.baseAsset, quote = info.quoteAsset, tick = 1e-8, step = 1e-8, min_quantity = 0, max_market = math.huge, min_notional = 0 }
        for _, filter in ipairs(info.filters) do
          local kind = filter.filterType
          if kind == "PRICE_FILTER" then
            r.tick = tonumber(filter.tickSize)
          elseif kind == "LOT_SIZE" or kind == "MARKET_LOT_SIZE" then
            -- The coarser of the two; a step of zero is no rule.
            r.step = math.max(r.step, tonumber(filter.stepSize))
            r.min_quantity = math.max(r.min_quantity, tonumber(filter.minQty))
            local most = tonumber(filter.maxQty)
            if most and most > 0 then r.max_market = math.min(r.max_market, most) end
          elseif kind == "NOTIONAL" or kind == "MIN_NOTIONAL" then
            r.min_notional = tonumber(filter.minNotional or filter.notional)
          end
        end
        rules[symbol] = r
        return r
      end
    end
    error(("%s is not traded there"):format(symbol), 0)
  end

  --- Why this quantity is too small an order, or nil.
  function orders.too_small(symbol, quantity, price)
    local r = orders.rules(symbol)
    if quantity < r.min_quantity or quantity <= 0 then
      return ("%s %s is less than the smallest lot, %s"):format(text(quantity, r.step), r.base, text(r.min_quantity, r.step))
    end
    if quantity * price < r.min_notional then
      return ("%s %s at %s is worth less than %s %s"):format(text(quantity, r.step), r.base, text(price, r.tick),
                                                             tostring(r.min_notional), r.quote)
    end
  end

  --- The order of that id as the exchange knows it, or nil.
  function orders.find(symbol, id)
    local order, refusal = client.signed("GET", venue.paths.order, { { "symbol", symbol }, { "origClientOrderId", id } })
    if order then return order end
    if refusal.code == -2013 then return nil end
    error(("order %s: %s (%d)"):format(id, refusal.msg, refusal.code), 0)
  end

  --- A position or a limit order that an earlier version of this broker made keeps the name that its orders have there.
  function orders.adopt(symbol, row)
    for _, purpose in ipairs { "o", "l" } do
      if orders.find(symbol, order_id(row, purpose)) then return end
    end
    for _, purpose in ipairs { "o", "l" } do
      local order = orders.find(symbol, older_name(row) .. "-" .. purpose)
      -- One from before this signal was made belongs to an earlier signal of that id.
      if order and (order.time or 0) >= row.scheduled_at then named_before[signal_name(row)] = older_name(row) end
    end
  end

  --- Cancels; returns the order as it ended, which may be filled, or nil when there never was one.
  function orders.cancel(symbol, id)
    local order, refusal = client.signed("DELETE", venue.paths.order, { { "symbol", symbol }, { "origClientOrderId", id } })
    if not order and refusal.code ~= -2011 and refusal.code ~= -2013 then
      error(("cancel %s: %s (%d)"):format(id, refusal.msg, refusal.code), 0)
    end
    return orders.find(symbol, id)
  end

  -- An order of unknown fate that the exchange does not know may still be on its way, until it is too old to be taken.
  local function check_not_under_way(id)
    local now = client.now()
    local since = sent[id] or started
    if now - since < options.recv_window + 2000 then
      error(("order %s may still be on its way; asked again soon"):format(id), 0)
    end
  end

  --- This process begins to ask now. What an earlier one sent may be on its way still.
  function orders.begin() started = started or client.now() end

  --- Has what an earlier process sent arrived by now, if it ever does?
  function orders.settled() return client.now() - started >= options.recv_window + 2000 end

  --- Can nothing happen to this order any more?
  function orders.ended(order) return order.status == "FILLED" or dead[order.status] or false end

  --- The exchange's number of an order, as a text: it may be longer than a double is exact.
  function orders.number(order)
    return type(order.orderId) == "string" and order.orderId or ("%.0f"):format(order.orderId)
  end

  --- All orders of the symbol from this one on, as the exchange gave them numbers.
  function orders.since(symbol, first)
    local list, last = {}, orders.number(first)
    repeat
      local page = client.must("GET", venue.paths.all, { { "symbol", symbol }, { "orderId", last }, { "limit", 1000 } })
      for _, order in ipairs(page) do
        -- A page begins with the order that it was asked for.
        if #list == 0 or orders.number(order) ~= last then list[#list + 1] = order end
      end
      if #list > 0 then last = orders.number(list[#list]) end
    until #page < 1000
    return list
  end

  --- Sends an order once. ask: it may have been sent before. too_late: if it was not, it is not sent any more. anew: one of
  --- this id that has ended, whatever it traded, is an earlier one. kind: not an ordinary order, { path =, id = how its client's
  --- id is called, find = }. Returns the order, or nil and the refusal; raises when its fate is unknown.
  function orders.once(symbol, id, parameters, ask, too_late, anew, kind)
    kind = kind or { path = venue.paths.order, id = "newClientOrderId", find = orders.find }
    local function is_it(order)
      return order and not (dead[order.status] and (anew or tonumber(order.executedQty) == 0))
    end
    orders.begin()
    if ask or sent[id] then
      local order = kind.find(symbol, id)
      if is_it(order) then
        sent[id] = nil
        return order
      end
      -- `ask` may be "cheap": nothing tells that it was sent, so there is nothing to wait for.
      if not order and (sent[id] or ask ~= "cheap") then check_not_under_way(id) end
    end
    if too_late then
      sent[id] = nil
      return nil, { code = 0, msg = "the exchange knows of no such order, and it is too late to send one" }
    end
    local all = { { "symbol", symbol }, { kind.id, id } }
    for _, pair in ipairs(parameters) do all[#all + 1] = pair end
    sent[id] = client.now()
    local answered, order, refusal = pcall(client.signed, "POST", kind.path, all)
    if not answered then
      -- No answer; often only the answer was lost, and the exchange can tell at once what it did.
      local problem = order
      local asked
      asked, order = pcall(kind.find, symbol, id)
      if not asked or not is_it(order) then error(problem, 0) end
    end
    if not order and (refusal.code == -4116 or refusal.msg:find("[Dd]uplicate")) then
      order = kind.find(symbol, id)
      if not order then error(("order %s: called a duplicate and yet unknown"):format(id), 0) end
    end
    sent[id] = nil
    -- Of lots, prices or sizes: the rules may have been changed.
    if refusal and (refusal.code == -1013 or refusal.code == -4005) then rules[symbol] = nil end
    return order, refusal
  end

  --- What an order really did: { price, quantity, fee, order_id, gross }, or nil when it did nothing. `quantity` is what
  --- the account got or gave, fees in that very asset already off; `gross` what was traded; fee in quote currency.
  function orders.fill(symbol, order)
    local gross = tonumber(order.executedQty)
    if gross == 0 then return nil end
    local number = orders.number(order)
    local trades = order.fills
    if not trades or #trades == 0 then
      trades = client.must("GET", venue.paths.trades, { { "symbol", symbol }, { "orderId", number } })
    end
    local r = orders.rules(symbol)
    local traded, paid, fee, off, foreign = 0, 0, 0, 0, false
    for _, trade in ipairs(trades) do
      local quantity, price, commission = tonumber(trade.qty), tonumber(trade.price), tonumber(trade.commission)
      traded, paid = traded + quantity, paid + quantity * price
      if trade.commissionAsset == r.quote then
        fee = fee + commission
      elseif trade.commissionAsset == r.base then
        fee, off = fee + commission * price, off + commission
      else
        foreign = true -- BNB: what it is worth is not known here
      end
    end
    if traded < gross * (1 - 1e-9) then error(("the trades of order %s are not listed yet"):format(order.clientOrderId), 0) end
    local buys = order.side == "BUY"
    return { price = paid / traded, quantity = buys and gross - off or gross, gross = gross,
             fee = not foreign and fee or nil, order_id = number }
  end

  --- A market order under this id, once. Returns its fill, or nil and why the exchange refused it.
  function orders.market(symbol, id, side, quantity, ask, reduces, too_late)
    local parameters = venue.market(side, text(quantity, orders.rules(symbol).step), reduces)
    local order, refusal = orders.once(symbol, id, parameters, ask, too_late)
    if not order then return nil, refusal end
    -- It was carried out, and until it is known what it did it is in doubt: whoever asks again must not forget it.
    sent[id] = client.now()
    local fill = orders.fill(symbol, order)
    if order.status == "FILLED" or dead[order.status] then
      sent[id] = nil
      if fill then return fill end
      return nil, { code = 0, msg = "the order expired unfilled: there is nobody to trade with" }
    end
    error(("order %s is %s still"):format(id, order.status), 0)
  end

  --- How much of this quantity goes into one market order: all, unless that is more than the exchange takes at once.
  function orders.piece(symbol, quantity, price)
    local r = orders.rules(symbol)
    if quantity <= r.max_market then return quantity end
    local piece = down(r.max_market, r.step)
    -- What is left must not be too small to follow.
    return orders.too_small(symbol, down(quantity - piece, r.step), price) and down(quantity / 2, r.step) or piece
  end

  --- The same as market(), in several orders if it has to be: <purpose>, <purpose>2, ... Each may have been sent before, as
  --- `ask` (true or "cheap") says. Returns what they did together, or nil, and the refusal that ended them.
  function orders.market_all(symbol, row, purpose, side, quantity, price, ask, reduces, too_late)
    local fill, round = nil, 0
    while quantity > 0 and not (fill and orders.too_small(symbol, quantity, price)) do
      round = round + 1
      local id = order_id(row, round == 1 and purpose or purpose .. round)
      local one, refusal = orders.market(symbol, id, side, orders.piece(symbol, quantity, price), ask, reduces, too_late)
      if not one then return fill, refusal end
      fill = orders.sum(fill, one)
      quantity = down(quantity - one.gross, orders.rules(symbol).step)
    end
    return fill
  end

  --- Two fills as one; either may be nil.
  function orders.sum(a, b)
    if not a or not b then return a or b end
    local gross = a.gross + b.gross
    return { price = (a.price * a.gross + b.price * b.gross) / gross, quantity = a.quantity + b.quantity, gross = gross,
             fee = a.fee and b.fee and a.fee + b.fee or nil, order_id = a.order_id }
  end

  --- What became of an order of unknown fate: the order, or nil. It stays in doubt while it may arrive still, and when it
  --- has arrived, until once() is asked for it. find: for what is not an ordinary order.
  function orders.lost(symbol, id, find)
    local order = (find or orders.find)(symbol, id)
    if not order and sent[id] and client.now() - sent[id] >= options.recv_window + 2000 then sent[id] = nil end
    return order
  end

  --- Is something known to be in doubt?
  function orders.in_doubt(id) return sent[id] ~= nil end

  return orders
end

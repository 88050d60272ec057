-- The hooks of a Binance broker: which orders a position's life needs. Shared by binance_spot.lua and
-- binance_futures.lua, which say how the two markets differ.
--
--   signal at market     -> market order                       on_order_open_commit
--   signal with a price  -> limit order resting at Binance     on_order_open_commit, type "schedule"
--   limit touched        -> what rests still is cancelled and bought at market
--   partial, average     -> market orders                      on_partial_*_commit, on_average_buy_commit
--   close                -> market order over exactly what is held of this position
--
-- btkhost calls a hook, waits for what it returns or raises, and asks again in the next minute when nobody knows.
local btk = require "btk"
local new_stops = require "brokers.binance_stop"

local function rejected(refusal) error(btk.order_rejected(("%s (%d)"):format(refusal.msg, refusal.code)), 0) end
local function too_small(why) error(btk.order_rejected(why), 0) end

-- What the engine keeps with the position.
local function told(fill)
  return { price = fill.price, quantity = fill.quantity, fee = fill.fee, order_id = fill.order_id }
end

-- What a killed process did not give back is sold by the next one only as long as nobody can have done it by hand, ms.
local GIVE_BACK_WITHIN = 24 * 3600 * 1000

local adds = { open = true, activate = true, ["average-buy"] = true }
local takes = { ["partial-profit"] = true, ["partial-loss"] = true }

return function(client, orders, venue, options)
  local id_of, down, text = orders.id, orders.down, orders.text
  local opened_here = {}  -- signal id -> true: this process saw its open order, so its fills are complete
  local placed = {}       -- signal id -> true: its limit order was sent by this process
  local checked = {}      -- signal id -> true: the exchange knows its order
  local looked = {}       -- signal id -> true: it was looked for commands that an earlier process gave last
  local cancelling = {}   -- limit orders that must go and whose end is not known yet: id -> { symbol, row, closes, not_before }
  local hooks = {}

  local function forget(id) opened_here[id], placed[id], checked[id], looked[id] = nil, nil, nil, nil end
  local function opening(row) return row.position == "long" and "BUY" or "SELL" end
  local function closing(row) return row.position == "long" and "SELL" or "BUY" end

  -- How much of the base asset this position holds. Normally the sum of the fills that the engine keeps; after a restart,
  -- or a lost answer, the exchange is asked about every order that there may have been.
  local function held(symbol, row)
    local sum = 0
    for _, fill in ipairs(row.fills or {}) do
      if adds[fill.action] then sum = sum + (fill.quantity or 0) end
      if takes[fill.action] then sum = sum - (fill.quantity or 0) end
    end
    local averages, partials = #row.entries - 1, #row.partials
    local next_average, next_partial = id_of(row.id, "a" .. averages + 1), id_of(row.id, "p" .. partials + 1)
    if opened_here[row.id] and not orders.in_doubt(next_average) and not orders.in_doubt(next_partial) then return sum end
    sum = 0
    local function count(purpose, sign)
      local order = orders.find(symbol, id_of(row.id, purpose))
      local fill = order and orders.fill(symbol, order)
      if fill then sum = sum + sign * fill.quantity end
    end
    for _, purpose in ipairs { "o", "l", "x" } do count(purpose, 1) end
    for i = 1, averages + 1 do count("a" .. i, 1) end
    for i = 1, partials + 1 do count("p" .. i, -1) end
    return sum
  end

  local stops = new_stops(client, orders, venue, options, held)

  -- What a partial close sold without the engine knowing: its answer was lost, or the process that gave it was killed. When
  -- the position ends first, the closing fill tells of it.
  local function sold_before(symbol, row)
    local id = id_of(row.id, "p" .. #row.partials + 1)
    if opened_here[row.id] and not orders.in_doubt(id) then return nil end
    local order = orders.find(symbol, id)
    return order and orders.fill(symbol, order)
  end

  -- Limit orders that must go -------------------------------------------------

  local function undo_limit(id, entry)
    if entry.not_before and client.now() < entry.not_before then return end
    local order = orders.cancel(entry.symbol, id)
    local fill = order and orders.fill(entry.symbol, order)
    if fill and entry.closes then
      btk.log.error("%s: stop %s, left behind by signal %s, has traded %s: look after it at the exchange", entry.symbol, id,
                    entry.row.id, tostring(fill.quantity))
    elseif fill then
      -- Filled, wholly or in part, before it could be cancelled: nobody follows this position, so it is given back.
      local quantity = down(fill.quantity, orders.rules(entry.symbol).step)
      local why = orders.too_small(entry.symbol, quantity, fill.price)
      if why then
        btk.log.warn("%s: a cancelled limit order left %s", entry.symbol, why)
      else
        local _, refusal = orders.market(entry.symbol, id_of(entry.row.id, "u"), closing(entry.row), quantity, "cheap", true)
        btk.log.warn("%s: limit order %s was filled while it was being cancelled; %s", entry.symbol, id,
                     refusal and "giving it back failed: " .. refusal.msg or "it was given back at market")
      end
    end
    cancelling[id] = nil
  end

  local function undo_limits()
    for id, entry in pairs(cancelling) do undo_limit(id, entry) end
  end

  -- Gates ---------------------------------------------------------------------

  -- Does its limit order rest at the exchange? The engine keeps the answer to its placing, also over a restart.
  local function was_placed(row)
    for _, fill in ipairs(row.fills or {}) do
      if fill.action == "place" then return true end
    end
    return placed[row.id]
  end

  local function place_limit(p, row)
    local r = orders.rules(p.symbol)
    local price = down(row.price_open, r.tick)
    local quantity = down(row.cost * row.multiplier / price, r.step)
    local why = orders.too_small(p.symbol, quantity, price)
    if why then too_small(why) end
    local order, refusal = orders.once(p.symbol, id_of(row.id, "l"),
                                       venue.limit(opening(row), text(quantity, r.step), text(price, r.tick)), p.attempt > 0,
                                       p.may_send == false)
    if not order then rejected(refusal) end
    placed[row.id] = true
    return { order_id = ("%.0f"):format(order.orderId) }
  end

  -- A limit order whose price was reached: filled, or what is left of it is bought at market.
  local function activate(p, row, limit)
    if limit.status ~= "FILLED" then limit = orders.cancel(p.symbol, limit.clientOrderId) end
    local fill = orders.fill(p.symbol, limit)
    local left = down(tonumber(limit.origQty) - tonumber(limit.executedQty), orders.rules(p.symbol).step)
    if left > 0 and not orders.too_small(p.symbol, left, p.current_price) then
      local rest, refusal = orders.market(p.symbol, id_of(row.id, "x"), opening(row), left, p.attempt > 0 or "cheap", nil,
                                          p.may_send == false)
      if not rest and not fill then rejected(refusal) end
      fill = orders.sum(fill, rest)
    end
    if not fill then too_small("the limit order was cancelled at the exchange before it was filled") end
    return fill
  end

  function hooks.on_order_open_commit(p)
    local row = p.signal
    undo_limits()
    for id, entry in pairs(cancelling) do
      if entry.symbol == p.symbol then error(("what limit order %s bought is given back first; asked again soon"):format(id), 0) end
    end
    venue.may_open(p, row)
    if p.type == "schedule" then return place_limit(p, row) end
    local limit
    if was_placed(row) or p.attempt > 0 or (row.scheduled_at or p.timestamp) < p.timestamp then
      limit = orders.find(p.symbol, id_of(row.id, "l"))
    end
    local fill
    if limit then
      fill = activate(p, row, limit)
    else
      local r = orders.rules(p.symbol)
      local quantity = down(row.cost * row.multiplier / p.current_price, r.step)
      local why = orders.too_small(p.symbol, quantity, p.current_price)
      if why then too_small(why) end
      local refusal
      fill, refusal = orders.market(p.symbol, id_of(row.id, "o"), opening(row), quantity, p.attempt > 0, nil, p.may_send == false)
      if not fill then rejected(refusal) end
    end
    opened_here[row.id] = p.attempt == 0 or nil
    return told(fill)
  end

  function hooks.on_order_close_commit(p)
    local row, symbol = p.signal, p.symbol
    local step = orders.rules(symbol).step
    local ask = p.attempt > 0
    local before = sold_before(symbol, row)
    local fill = stops.fill(symbol, row)
    if fill then return told(orders.sum(fill, before)) end
    if options.protective_stop then fill = stops.clear(symbol, row) end
    local left = down(held(symbol, row) - (fill and fill.gross or 0), step)
    -- A market order may find too few who trade: then the rest follows under the next id.
    for round = 1, 9 do
      if round > 1 and (left <= 0 or orders.too_small(symbol, left, p.current_price)) then break end
      if left <= 0 then
        if before then break end
        too_small("nothing is held of this position")
      end
      local id = id_of(row.id, round == 1 and "c" or "c" .. round)
      local sold, refusal = orders.market(symbol, id, closing(row), left, ask or round > 1 and "cheap", true)
      if not sold then
        local there = venue.available(symbol, row, refusal)
        if not there then
          -- The exchange will not take it now. Nothing was sold: the engine keeps the position, alarms, and asks again.
          error(("closing %s: %s (%d)"):format(symbol, refusal.msg, refusal.code), 0)
        end
        local less = down(math.min(there, left), step)
        if less == left then error(("closing %s: %s (%d)"):format(symbol, refusal.msg, refusal.code), 0) end
        local why = orders.too_small(symbol, less, p.current_price)
        if why then
          if fill or before then break end
          too_small("the exchange does not hold this position any more: " .. why)
        end
        btk.log.warn("%s: only %s of %s %s are there; somebody else sold", symbol, text(less, step), text(left, step),
                     orders.rules(symbol).base)
        left = less
      else
        fill = orders.sum(fill, sold)
        left = down(left - sold.gross, step)
      end
    end
    return told(orders.sum(fill, before))
  end

  -- Commands on an open position: an error here and the command does not happen ---

  -- The row is as it was before this command; the stop must cover what is held after it.
  local function after(fill, p, row)
    local changed = {}
    for name, value in pairs(row) do changed[name] = value end
    local function with(list, last)
      local longer = {}
      for i, value in ipairs(list or {}) do longer[i] = value end
      longer[#longer + 1] = last
      return longer
    end
    changed.fills = with(row.fills, { action = p.action, quantity = fill.quantity })
    if p.action == "average-buy" then
      changed.entries = with(row.entries, { price = fill.price })
    else
      changed.partials = with(row.partials, { percent = p.percent_to_close })
    end
    stops.guard(p.symbol, changed, row.price_stop_loss)
    return told(fill)
  end

  local function partial(p)
    local row, symbol = p.signal, p.symbol
    local step = orders.rules(symbol).step
    local id = id_of(row.id, "p" .. #row.partials + 1)
    local have = held(symbol, row)
    local quantity = down(have * math.min(p.percent_to_close, 100) / 100, step)
    local rest = down(have - quantity, step)
    local why = orders.too_small(symbol, quantity, p.current_price)
    if not why and rest > 0 and orders.too_small(symbol, rest, p.current_price) then
      why = "what would be left is too small to be sold later; close the whole position instead"
    end
    if why and not orders.find(symbol, id) then too_small(why) end
    if options.protective_stop then
      if stops.clear(symbol, row) then error("the protective stop is being filled", 0) end
    end
    local fill, refusal = orders.market(symbol, id, closing(row), quantity, "cheap", true)
    if not fill then
      stops.guard(symbol, row, row.price_stop_loss)
      rejected(refusal)
    end
    return after(fill, p, row)
  end
  hooks.on_partial_profit_commit, hooks.on_partial_loss_commit = partial, partial

  function hooks.on_average_buy_commit(p)
    local row, symbol = p.signal, p.symbol
    local quantity = down(p.cost * row.multiplier / p.current_price, orders.rules(symbol).step)
    local why = orders.too_small(symbol, quantity, p.current_price)
    if why then too_small(why) end
    local fill, refusal = orders.market(symbol, id_of(row.id, "a" .. #row.entries), opening(row), quantity, "cheap")
    if not fill then rejected(refusal) end
    return after(fill, p, row)
  end

  local function move_stop(p)
    if p.new_price_stop_loss then stops.guard(p.symbol, p.signal, p.new_price_stop_loss) end
  end
  hooks.on_trailing_stop_commit, hooks.on_breakeven_commit = move_stop, move_stop

  -- Checks, once a minute ------------------------------------------------------

  -- A partial close or an average buy whose answer was lost did not happen, as far as the engine knows. When the exchange
  -- did it after all the engine is told by the same command; its hook finds the order. True: it was told.
  local function take_up(symbol, row)
    local average, partial_id = id_of(row.id, "a" .. #row.entries), id_of(row.id, "p" .. #row.partials + 1)
    local doubt = orders.in_doubt(average) or orders.in_doubt(partial_id)
    -- What a killed process gave last is given again by whoever gave it, in the minute that is finished first. Whatever
    -- is unknown in the second one was forgotten.
    local first = not opened_here[row.id] and not checked[row.id]
    if first or not doubt and (opened_here[row.id] or looked[row.id]) then return false end
    local function what(id)
      local order = orders.lost(symbol, id)
      return order and orders.fill(symbol, order)
    end
    local told = false
    local sold = what(partial_id)
    if sold then
      local percent = math.min(100, sold.gross / (held(symbol, row) + sold.gross) * 100)
      told = btk.commit_partial_profit(symbol, percent) or btk.commit_partial_loss(symbol, percent)
    end
    local bought = not told and what(average)
    if bought then told = btk.commit_average_buy(symbol, bought.price * bought.gross / row.multiplier) end
    looked[row.id] = not told and not sold and not bought or nil
    if told then
      btk.log.warn("%s: an order whose answer was lost was carried out; it is taken up", symbol)
    elseif sold or bought then
      btk.log.warn("%s: an order whose answer was lost was carried out; it cannot be taken up at this price", symbol)
    end
    return told
  end

  function hooks.on_order_active_check(p)
    local row, symbol = p.signal, p.symbol
    undo_limits()
    local fill = stops.fill(symbol, row)
    if fill then
      btk.log.warn("%s: the protective stop sold %s at %s", symbol, tostring(fill.quantity), tostring(fill.price))
      fill = orders.sum(fill, sold_before(symbol, row))
      btk.commit_create_stop_loss(symbol)
      return told(fill)
    end
    if not checked[row.id] and not opened_here[row.id] then
      if not orders.find(symbol, id_of(row.id, "o")) and not orders.find(symbol, id_of(row.id, "l")) then
        error(btk.order_deleted("the exchange knows no order that opened this position"), 0)
      end
    end
    local told = take_up(symbol, row)
    checked[row.id] = true
    if not told then stops.guard(symbol, row, row.price_stop_loss) end
  end

  function hooks.on_order_schedule_check(p)
    local row, symbol = p.signal, p.symbol
    local order = orders.find(symbol, id_of(row.id, "l"))
    if not order then error(btk.order_deleted("the exchange does not know this limit order"), 0) end
    if order.status == "FILLED" then
      btk.commit_activate_scheduled(symbol)
    elseif order.status ~= "NEW" and order.status ~= "PARTIALLY_FILLED" then
      error(btk.order_deleted(("the limit order is %s at the exchange"):format(order.status)), 0)
    end
  end

  -- Afterwards -----------------------------------------------------------------

  function hooks.on_signal_schedule_cancelled(p)
    local row = p.signal
    if not row then return end
    local id = id_of(row.id, "l")
    cancelling[id] = { symbol = p.symbol, row = row }
    local ok, problem
    for _ = 1, 3 do
      ok, problem = pcall(undo_limits)
      if ok then return end
    end
    -- The hooks that follow try again, and so does the next start: this session may end before.
    local why = type(problem) == "table" and problem.message or tostring(problem)
    error(("limit order %s still rests at the exchange: %s"):format(id, why), 0)
  end
  function hooks.on_signal_idle_ping() undo_limits() end

  function hooks.on_signal_pending_open(p)
    -- Read again: what the strategy's own on_open did, a partial close say, came before this.
    local row = p.signal and btk.get_pending_signal(p.symbol)
    if row and row.id == p.signal.id then stops.guard(p.symbol, row, row.price_stop_loss) end
  end
  function hooks.on_signal_pending_close(p)
    if p.signal and options.protective_stop then stops.clear(p.symbol, p.signal) end
    if p.signal then forget(p.signal.id) end
  end

  -- What the limit order cancelled last had traded, if the process was killed before that was given back: the row, how
  -- much, and how long ago (ms). What is too small to be given back is none.
  local function not_given_back(symbol, finished)
    for _, result in ipairs(finished) do
      if result.action == "cancelled" then
        local row = result.signal
        local order = orders.find(symbol, id_of(row.id, "l"))
        local fill = order and orders.fill(symbol, order)
        local quantity = fill and down(fill.quantity, orders.rules(symbol).step)
        if not fill or orders.too_small(symbol, quantity, fill.price) or orders.find(symbol, id_of(row.id, "u")) then return nil end
        return row, quantity, client.now() - (tonumber(order.updateTime) or 0)
      end
    end
  end

  -- Once, before the first of the above: does the exchange agree with what we believe to hold?
  function hooks.wait_for_init()
    orders.begin()
    local symbol = btk.get_symbol()
    local r = orders.rules(symbol)
    local position, waiting = btk.get_pending_signal(symbol), btk.get_scheduled_signal(symbol)
    local lines = {}
    local function say(...) lines[#lines + 1] = string.format(...) end
    local ours, over = {}, {}
    for _, row in ipairs { position or waiting, position and waiting or nil } do ours[#ours + 1] = id_of(row.id, "") end
    local finished = btk.get_finished_signals(symbol, 1000)
    for _, result in ipairs(finished) do over[id_of(result.signal.id, "")] = result.signal end
    for _, order in ipairs(client.must("GET", venue.paths.open, { { "symbol", symbol } })) do
      local id, known = order.clientOrderId, false
      for _, prefix in ipairs(ours) do known = known or id:sub(1, #prefix) == prefix end
      -- Its signal has ended, and the process that should have cancelled it did not come to it.
      local ended = not known and over[id:match("^.*%-") or ""]
      if ended then cancelling[id] = { symbol = symbol, row = ended, closes = id:find("%-s%d+$") ~= nil } end
      say("%s order %s: %s %s at %s", known and "our" or ended and "LEFT BEHIND, cancelled now:" or "NOT OURS:", id, order.side,
          order.origQty, tonumber(order.stopPrice) > 0 and order.stopPrice or order.price)
    end
    undo_limits()
    local limit = waiting and orders.find(symbol, id_of(waiting.id, "l"))
    local there, expected = venue.holding(symbol), position and held(symbol, position) or limit and tonumber(limit.executedQty) or 0
    if (position or waiting or {}).position == "short" then expected = -expected end
    if waiting and not limit then say("MISSING: the limit order of signal %s", waiting.id) end
    local row, quantity, age = not_given_back(symbol, finished)
    local id = row and id_of(row.id, "l")
    if row and age > GIVE_BACK_WITHIN then
      say("LEFT BEHIND: order %s was filled with %s while it was being cancelled; look after it at the exchange", id, text(quantity, r.step))
    elseif row and (there - expected) * (row.position == "long" and 1 or -1) >= quantity - r.step then
      -- The order that gives it back may be on its way.
      cancelling[id] = { symbol = symbol, row = row, not_before = client.now() + options.recv_window + 2000 }
      say("LEFT BEHIND: order %s was filled with %s while it was being cancelled; that is given back soon", id, text(quantity, r.step))
    end
    if position then
      local short = venue.net and math.abs(there - expected) >= r.step or there < expected - r.step
      local verdict = expected == 0 and "MISSING: no order opened it" or short and "DIFFERS" or "agrees"
      say("%s: signal %s should hold %s %s, the exchange has %s", verdict, position.id, text(expected, r.step), r.base, text(there, r.step))
    else
      say("no position here; the exchange has %s %s", text(there, r.step), r.base)
    end
    btk.log.info("%s %s: %s", venue.name, symbol, table.concat(lines, "; "))
  end

  return hooks
end

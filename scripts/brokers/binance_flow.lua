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
local new_guard = require "brokers.binance_guard"
local new_limits = require "brokers.binance_limits"
local new_positions = require "brokers.binance_position"
local new_start = require "brokers.binance_start"
local new_stops = require "brokers.binance_stop"
local new_watch = require "brokers.binance_watch"

local function rejected(refusal) error(btk.order_rejected(("%s (%d)"):format(refusal.msg, refusal.code)), 0) end
local function too_small(why) error(btk.order_rejected(why), 0) end

-- What the engine keeps with the position.
local function told(fill)
  return { price = fill.price, quantity = fill.quantity, fee = fill.fee, order_id = fill.order_id }
end

return function(client, orders, venue, options)
  local id_of, down, text = orders.id, orders.down, orders.text
  local stops = new_stops(orders, venue, options)
  local positions = new_positions(orders, stops)
  local guard = new_guard(orders, venue, options, stops, positions)
  local limits = new_limits(client, orders, venue)
  local watch = new_watch(orders, venue, positions)
  local key, held, seen_from_start = positions.key, positions.held, positions.seen_from_start
  local placed = {}       -- key of a signal -> true: its limit order was sent by this process
  local checked = {}      -- key of a signal -> true: the exchange knows its order
  local looked = {}       -- key of a signal -> true: it was looked for commands that an earlier process gave last
  local hooks = { wait_for_init = new_start(client, orders, venue, options, positions, limits, stops) }

  local function forget(row)
    local k = key(row)
    placed[k], checked[k], looked[k] = nil, nil, nil
    watch.forget(row)
    guard.forget(row)
    positions.forget(row)
  end
  local function opening(row) return row.position == "long" and "BUY" or "SELL" end
  local function closing(row) return row.position == "long" and "SELL" or "BUY" end

  -- Gates ---------------------------------------------------------------------

  -- Does its limit order rest at the exchange? The engine keeps the answer to its placing, also over a restart.
  local function was_placed(row)
    for _, fill in ipairs(row.fills or {}) do
      if fill.action == "place" then return true end
    end
    return placed[key(row)]
  end

  local function place_limit(p, row)
    local r = orders.rules(p.symbol)
    local price = down(row.price_open, r.tick)
    local quantity = down(row.cost * row.multiplier / price, r.step)
    local why = orders.too_small(p.symbol, quantity, price)
    if why then too_small(why) end
    local order, refusal = orders.once(p.symbol, id_of(row, "l"),
                                       venue.limit(opening(row), text(quantity, r.step), text(price, r.tick)), p.attempt > 0,
                                       p.may_send == false)
    if not order then rejected(refusal) end
    placed[key(row)] = true
    return { order_id = orders.number(order) }
  end

  -- A limit order whose price was reached: filled, or what is left of it is bought at market.
  local function activate(p, row, limit)
    if limit.status ~= "FILLED" then limit = orders.cancel(p.symbol, limit.clientOrderId) end
    local fill = orders.fill(p.symbol, limit)
    local left = down(tonumber(limit.origQty) - tonumber(limit.executedQty), orders.rules(p.symbol).step)
    if left > 0 and not orders.too_small(p.symbol, left, p.current_price) then
      local rest, refusal = orders.market_all(p.symbol, row, "x", opening(row), left, p.current_price, p.attempt > 0 or "cheap",
                                              nil, p.may_send == false)
      fill = orders.sum(fill, rest)
      if not fill then rejected(refusal) end
      if refusal then
        btk.log.warn("%s: %s of %s were bought: %s", p.symbol, tostring(fill.gross), limit.origQty, refusal.msg)
      end
    end
    if not fill then too_small("the limit order was cancelled at the exchange before it was filled") end
    return fill
  end

  function hooks.on_order_open_commit(p)
    local row = p.signal
    limits.undo()
    local id = limits.waiting(p.symbol)
    if id then error(("what limit order %s bought is given back first; asked again soon"):format(id), 0) end
    venue.may_open(p, row)
    if p.type == "schedule" then return place_limit(p, row) end
    local limit
    if was_placed(row) or p.attempt > 0 or (row.scheduled_at or p.timestamp) < p.timestamp then
      limit = orders.find(p.symbol, id_of(row, "l"))
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
      fill, refusal = orders.market(p.symbol, id_of(row, "o"), opening(row), quantity, p.attempt > 0, nil, p.may_send == false)
      if not fill then rejected(refusal) end
    end
    positions.opened(row, p.attempt == 0)
    return told(fill)
  end

  function hooks.on_order_close_commit(p)
    local row, symbol = p.signal, p.symbol
    local r = orders.rules(symbol)
    local step = r.step
    local ask = p.attempt > 0
    local before = positions.sold_before(symbol, row)
    -- Whatever the options say now: one that an earlier process left locks the coins, or sells what is bought next.
    stops.clear(symbol, row)
    local fill = orders.sum(stops.sold(symbol, row), before)
    local left = down(held(symbol, row), step)
    -- A market order may find too few who trade, and has a largest size: the rest follows under the next id.
    local round = 0
    while not fill or left > 0 and not orders.too_small(symbol, left, p.current_price) do
      round = round + 1
      if left <= 0 then too_small("nothing is held of this position") end
      local id = id_of(row, round == 1 and "c" or "c" .. round)
      local sold, refusal = orders.market(symbol, id, closing(row), orders.piece(symbol, left, p.current_price), ask or round > 1 and "cheap", true)
      if not sold then
        local there = venue.available(symbol, row, refusal, left)
        if not there then
          -- The exchange will not take it now. Nothing was sold: the engine keeps the position, alarms, and asks again.
          error(("closing %s: %s (%d)"):format(symbol, refusal.msg, refusal.code), 0)
        end
        local less = down(math.min(there, left), step)
        if less == left then error(("closing %s: %s (%d)"):format(symbol, refusal.msg, refusal.code), 0) end
        local why = orders.too_small(symbol, less, p.current_price)
        if why then
          if fill then break end
          too_small("the exchange does not hold this position any more: " .. why)
        end
        btk.log.warn("%s: only %s of %s %s are there; somebody else sold", symbol, text(less, step), text(left, step), r.base)
        left = less
      else
        fill = orders.sum(fill, sold)
        left = down(left - sold.gross, step)
      end
    end
    return told(fill)
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
    guard.see(p.symbol, changed, row.price_stop_loss)
    return told(fill)
  end

  local function partial(p)
    local row, symbol = p.signal, p.symbol
    local step = orders.rules(symbol).step
    local id = id_of(row, "p" .. #row.partials + 1)
    local have = held(symbol, row)
    local quantity = down(have * math.min(p.percent_to_close, 100) / 100, step)
    local rest = down(have - quantity, step)
    local why = orders.too_small(symbol, quantity, p.current_price)
    if not why and rest > 0 and orders.too_small(symbol, rest, p.current_price) then
      why = "what would be left is too small to be sold later; close the whole position instead"
    end
    if why and not orders.find(symbol, id) then too_small(why) end
    if options.protective_stop or not seen_from_start(row) then
      local _, selling = stops.clear(symbol, row)
      if selling then
        guard.see(symbol, row, row.price_stop_loss)
        error("the protective stop is being filled", 0)
      end
    end
    local fill, refusal = orders.market(symbol, id, closing(row), quantity, "cheap", true)
    if not fill then
      guard.see(symbol, row, row.price_stop_loss)
      rejected(refusal)
    end
    return after(fill, p, row)
  end
  hooks.on_partial_profit_commit, hooks.on_partial_loss_commit = partial, partial

  function hooks.on_average_buy_commit(p)
    local row, symbol = p.signal, p.symbol
    local quantity = down(p.cost * row.multiplier / p.current_price, orders.rules(symbol).step)
    local why = orders.too_small(symbol, quantity, p.current_price)
    why = why or watch.missing(symbol, row)
    if why then too_small(why) end
    local fill, refusal = orders.market(symbol, id_of(row, "a" .. #row.entries), opening(row), quantity, "cheap")
    if not fill then rejected(refusal) end
    return after(fill, p, row)
  end

  local function move_stop(p)
    if p.new_price_stop_loss then guard.see(p.symbol, p.signal, p.new_price_stop_loss) end
  end
  hooks.on_trailing_stop_commit, hooks.on_breakeven_commit = move_stop, move_stop

  -- Checks, once a minute ------------------------------------------------------

  -- A partial close or an average buy whose answer was lost did not happen, as far as the engine knows. When the exchange
  -- did it after all the engine is told by the same command; its hook finds the order. True: it was told.
  local function take_up(symbol, row)
    local average, partial_id = id_of(row, "a" .. #row.entries), id_of(row, "p" .. #row.partials + 1)
    local doubt = orders.in_doubt(average) or orders.in_doubt(partial_id)
    -- What a killed process gave last is given again by whoever gave it, in the minute that is finished first. Whatever
    -- is unknown in the second one was forgotten.
    local first = not seen_from_start(row) and not checked[key(row)]
    if first or not doubt and (seen_from_start(row) or looked[key(row)]) then return false end
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
    looked[key(row)] = not told and not sold and not bought or nil
    if told then
      btk.log.warn("%s: an order whose answer was lost was carried out; it is taken up", symbol)
    elseif sold or bought then
      btk.log.warn("%s: an order whose answer was lost was carried out; it cannot be taken up at this price", symbol)
    end
    return told
  end

  function hooks.on_order_active_check(p)
    local row, symbol = p.signal, p.symbol
    limits.undo()
    local stopped, filled = stops.sold(symbol, row)
    if filled then
      btk.log.warn("%s: the protective stop sold %s at %s", symbol, tostring(stopped.quantity), tostring(stopped.price))
      local left = down(held(symbol, row), orders.rules(symbol).step)
      if left > 0 and not orders.too_small(symbol, left, p.current_price) then
        -- Filled before it could be replaced by one that covers what was bought since: the close sells the rest.
        btk.commit_close_pending(symbol)
        return
      end
      btk.commit_create_stop_loss(symbol)
      return told(orders.sum(stopped, positions.sold_before(symbol, row)))
    end
    if not checked[key(row)] and not seen_from_start(row) then
      if not orders.find(symbol, id_of(row, "o")) and not orders.find(symbol, id_of(row, "l")) then
        error(btk.order_deleted("the exchange knows no order that opened this position"), 0)
      end
    end
    local told = take_up(symbol, row)
    checked[key(row)] = true
    if not told and not watch.check(symbol, row) then guard.see(symbol, row, row.price_stop_loss) end
  end

  function hooks.on_order_schedule_check(p)
    local row, symbol = p.signal, p.symbol
    local order = orders.find(symbol, id_of(row, "l"))
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
    local id = id_of(row, "l")
    limits.must_go(id, { symbol = p.symbol, row = row })
    local ok, problem
    for _ = 1, 3 do
      ok, problem = pcall(limits.undo)
      if ok then return end
    end
    -- The hooks that follow try again, and so does the next start: this session may end before.
    local why = type(problem) == "table" and problem.message or tostring(problem)
    error(("limit order %s still rests at the exchange: %s"):format(id, why), 0)
  end
  function hooks.on_signal_idle_ping() limits.undo() end

  function hooks.on_signal_pending_open(p)
    -- Read again: what the strategy's own on_open did, a partial close say, came before this.
    local row = p.signal and btk.get_pending_signal(p.symbol)
    if row and row.id == p.signal.id then guard.see(p.symbol, row, row.price_stop_loss) end
    guard.tell()
  end
  function hooks.on_signal_active_ping() guard.tell() end
  function hooks.on_signal_pending_close(p)
    if not p.signal then return end
    stops.finish(p.symbol, p.signal)
    forget(p.signal)
  end

  return hooks
end

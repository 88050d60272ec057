-- Market data for scripts. Whatever way is taken, nothing at or after the present moment can be read (engine.md 1.3,
-- 1.4): a window's end is computed from the run's clock, and a candle list cannot look past its end.
local core = ...
local host, raise = core.host, core.raise
local candles, run, hook = core.module("candles"), core.module("run"), core.module("hook")
local type, tonumber, tostring, ipairs, error = type, tonumber, tostring, ipairs, error
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local format = core.raw_format

local MINUTE = 60000
local STEPS = { ["1m"] = 1, ["3m"] = 3, ["5m"] = 5, ["15m"] = 15, ["30m"] = 30, ["1h"] = 60, ["2h"] = 120,
                ["4h"] = 240, ["6h"] = 360, ["8h"] = 480, ["1d"] = 1440 }
for name, minutes in core.raw_pairs(STEPS) do STEPS[name] = minutes * MINUTE end
local NAMES = { "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "1d" }

local data = {}

local function the_run(who)
  local current = core.current
  if not current then raise(who .. " works inside a run: call it from get_signal, a callback or a listener") end
  return current
end
data.the_run = the_run

local function check_symbol(who, symbol)
  if type(symbol) ~= "string" then raise(format("%s: symbol must be a text, got %s", who, type(symbol))) end
end

--- Raises when there are no candles of that interval.
function data.check_interval(interval)
  if STEPS[interval] then return end
  local near = host.nearest(tostring(interval), NAMES)
  raise(format('unknown candle interval "%s"%s; there are 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d', tostring(interval),
               near and format(' (did you mean "%s"?)', near) or ""))
end

-- The series of a symbol and interval in this run, made on first use. Of the run's own symbol `newest` has what reads
-- the newest candles at once, as long as nobody wants to hear of it.
local function make_series(self, symbol, interval)
  data.check_interval(interval)
  if self.exchange.get_candles and symbol ~= self.symbol and not self.series[symbol] then
    -- A live run's series ends at its newest candle, whenever the other symbol is first asked for.
    local to = self.backtest and self.range_to or host.candles_end(self.handle, self.symbol)
    host.extend(self.handle, symbol, (hook.load(self.exchange, symbol, self.range_from, to, self.backtest)))
  end
  local series = candles.series(host.series(self.handle, symbol, interval))
  self.series[symbol] = self.series[symbol] or {}
  self.series[symbol][interval] = series
  if symbol == self.symbol and not self.exchange.callbacks then self.newest[interval] = series.reader(self.now) end
  return series
end

local function series_of(self, symbol, interval)
  local of_symbol = self.series[symbol]
  return of_symbol and of_symbol[interval] or make_series(self, symbol, interval)
end

data.series_of = series_of

-- Asks the exchange for the candles from `from` on, `page` if that is the beginning of the data or a hole. Is there more now?
local function ask_back(self, symbol, from, page, first)
  if not self.exchange.get_candles then return host.look_back(self.handle, symbol, from) end
  local earlier, found = hook.earlier(self.exchange, symbol, from, first, self.backtest)
  -- The beginning of the data, or a hole? What lies before it tells.
  if found == 0 and page < from then earlier = hook.earlier(self.exchange, symbol, page - page % MINUTE, first, self.backtest) end
  host.extend(self.handle, symbol, earlier)
  return true
end

-- Candles from before what was loaded, if the exchange has them. Returns the longer series.
local function look_back(self, symbol, interval, since)
  local first = series_of(self, symbol, "1m").first
  local searched = self.searched_back[symbol]
  if since >= first or searched and since >= searched then return nil end
  -- What a failing request did not bring is asked for again, but not at once: each try waits for the exchange.
  local failed, now = self.failed_back[symbol], self.now.when
  if failed and now < failed.again then error(failed.problem, 0) end
  local strict = self.exchange.gaps == "error"  -- then nothing but what is read may be asked for
  local page = min(since, first - host.get_config().CC_MAX_CANDLES_PER_REQUEST * MINUTE)
  local from = max(0, strict and since or page)
  from = from - from % MINUTE
  local ok, longer = core.raw_xpcall(ask_back, host.error_handler, self, symbol, from, strict and page or from, first)
  if not ok then
    if core.stop_reason() == 0 then  -- a script that is stopped says nothing of the exchange
      local pause = failed and failed.pause * 2 or MINUTE
      self.failed_back[symbol] = { problem = longer, pause = pause, again = now + pause }
    end
    error(longer, 0)
  end
  self.searched_back[symbol], self.failed_back[symbol] = from, nil
  if not longer then return nil end
  self.series[symbol] = {}
  if symbol == self.symbol then self.newest = {} end
  return series_of(self, symbol, interval)
end

data.look_back = look_back

-- The series of a live run as long as it is now. Another symbol's new candles are fetched when they are wanted.
local function grown(self, symbol, interval, stop)
  if symbol ~= self.symbol then
    local to = stop - stop % MINUTE
    if self.exchange.get_candles then
      local since = host.candles_end(self.handle, symbol)
      if since < to then host.append_rows(self.handle, symbol, hook.closed(self.exchange, symbol, since, to)) end
    else
      host.fetch_closed(self.handle, symbol, to)
    end
  end
  local series = self.series[symbol][interval]
  if not series.grow(host.series(self.handle, symbol, interval)) then
    self.series[symbol][interval] = nil
    if symbol == self.symbol then self.newest[interval] = nil end
    series = series_of(self, symbol, interval)
  end
  return series
end

--- Makes sure that a live run has the candles of an interval up to `stop`, as far as they exist.
function data.reach(self, symbol, interval, stop)
  local series = series_of(self, symbol, interval)
  if not self.backtest and series.first + series.size * series.step < stop then grown(self, symbol, interval, stop) end
end

local function too_short(who, symbol, interval, wanted, there, now)
  run.warmup(format("%s: %d candles of %s %s asked for, %d exist before %s", who, wanted, symbol, interval,
                    max(0, there), host.format_time(now)))
end

-- A list of `limit` candles that ends before `stop` (a moment on the interval's grid).
local function window(self, who, symbol, interval, limit, stop)
  local series = series_of(self, symbol, interval)
  local last = (stop - series.first) / series.step
  if last - limit < 0 then
    local longer = look_back(self, symbol, interval, stop - limit * series.step)
    if longer then
      series = longer
      last = (stop - series.first) / series.step
    end
    if last - limit < 0 then too_short(who, symbol, interval, limit, last, self.now.when) end
  end
  if last > series.size and not self.backtest then series = grown(self, symbol, interval, stop) end
  if last > series.size then
    run.warmup(format("%s: no candles of %s %s after %s", who, symbol, interval,
                      host.format_time(series.first + series.size * series.step)))
  end
  local list = series.view(last - limit, limit)
  local callbacks = self.exchange.callbacks
  if callbacks and callbacks.on_candle_data then
    run.apart(self, "on_candle_data", callbacks.on_candle_data, symbol, interval, stop - limit * series.step, limit, list)
  end
  return list
end

local MOST = 1e9  -- candles are counted in 32 bits

local function check_limit(who, limit, name)
  if type(limit) ~= "number" or limit < 1 or limit % 1 ~= 0 then
    raise(format("%s: %s must be a whole number above zero, got %s", who, name or "limit", tostring(limit)))
  end
  if limit > MOST then raise(format("%s: %s is too large: %s", who, name or "limit", tostring(limit))) end
end

--- The newest `limit` closed candles of an interval, oldest first.
--- @param symbol string
--- @param interval string  "1m" ... "1d"
--- @param limit integer
function data.get_candles(symbol, interval, limit)
  local self = core.current
  if self and symbol == self.symbol then  -- the hot path
    local newest = self.newest[interval]
    local list = newest and newest(limit)
    if list then return list end
  end
  self = the_run("get_candles")
  check_symbol("get_candles", symbol)
  local series = series_of(self, symbol, interval)
  check_limit("get_candles", limit)
  local last = floor((self.now.when - series.first) / series.step)
  return window(self, "get_candles", symbol, interval, limit, series.first + last * series.step)
end

local function moment(who, name, value)
  if value == nil then return nil end
  local t = type(value) == "string" and host.parse_date(value) or value
  -- NaN is on neither side of the present, and a number so large has no minutes.
  if type(t) ~= "number" or not (t > -9e15 and t < 9e15) then
    raise(format("%s: %s must be a date or milliseconds, got %s", who, name, tostring(value)))
  end
  return t
end

--- Candles of a stretch of the past (engine.md 1.4): give limit, or start and stop, or stop and limit, or start and
--- limit. Nothing may reach past the present.
function data.get_raw_candles(symbol, interval, limit, start, stop)
  local who = "get_raw_candles"
  local self = the_run(who)
  check_symbol(who, symbol)
  local step = series_of(self, symbol, interval).step
  local now = self.now.when
  local s, e = moment(who, "start", start), moment(who, "stop", stop)
  if limit ~= nil then check_limit(who, limit) end
  if e and e > now then raise(format("%s: stop lies after the present moment %s", who, host.format_time(now))) end
  if s and e and s >= e then raise(format("%s: start must lie before stop", who)) end
  local function down(t) return t - t % step end
  local since, count
  if s and e and limit then
    since, count = down(s), limit
    if since + count * step > down(e) then raise(format("%s: %d candles from start reach past stop", who, count)) end
  elseif s and e then
    since = down(s)
    count = ceil((down(e) - since) / step)
    if count <= 0 then raise(format("%s: there is no whole candle between start and stop", who)) end
  elseif e and limit then
    since, count = down(e) - limit * step, limit
  elseif s and limit then
    since, count = down(s), limit
  elseif limit then
    since, count = down(now) - limit * step, limit
  else
    raise(format("%s needs a limit, or start and stop, or one of them and a limit", who))
  end
  if since + count * step > now then
    raise(format("%s: %d candles from %s reach past the present moment %s", who, count, host.format_time(since),
                 host.format_time(now)))
  end
  return window(self, who, symbol, interval, count, since + count * step)
end

--- Candles after the present moment: never inside a run.
function data.get_next_candles()
  raise("get_next_candles looks into the future; no run may do that (get_candles and get_raw_candles read the past)")
end

--- Volume-weighted average price over the last closed minutes (CC_AVG_PRICE_CANDLES_COUNT).
function data.get_average_price(symbol)
  local self = the_run("get_average_price")
  check_symbol("get_average_price", symbol)
  if symbol == self.symbol then
    local price = host.visible_price(self.handle)
    if price > 0 then return price end
  end
  local count = host.get_config().CC_AVG_PRICE_CANDLES_COUNT
  local list = data.get_candles(symbol, "1m", count)
  local weighted, volume, closes = 0, 0, 0
  for i = 1, count do
    local c = list[i]
    weighted = weighted + (c.high + c.low + c.close) / 3 * c.volume
    volume = volume + c.volume
    closes = closes + c.close
  end
  if volume ~= 0 then return weighted / volume end
  return closes / count
end

--- Close of the last closed candle of an interval.
function data.get_close_price(symbol, interval)
  return data.get_candles(symbol, interval, 1)[1].close
end

--- Order book from the exchange's own function, for the ten minutes before the present (engine.md 1.8).
function data.get_order_book(symbol, depth)
  local self = the_run("get_order_book")
  check_symbol("get_order_book", symbol)
  if depth ~= nil then check_limit("get_order_book", depth, "depth") end
  local fn = self.exchange.get_order_book
  local config = host.get_config()
  if not fn then
    local levels = depth or config.CC_ORDER_BOOK_MAX_DEPTH_LEVELS
    local book = not self.backtest and host.source_order_book(self.handle, symbol, levels)
    if book then return book end
    raise(format("exchange '%s' has no get_order_book", self.context.exchange_name))
  end
  local span = config.CC_ORDER_BOOK_TIME_OFFSET_MINUTES * MINUTE
  local to = self.now.when
  if span > 0 then to = to - to % span end
  return fn(symbol, depth or config.CC_ORDER_BOOK_MAX_DEPTH_LEVELS, to - span, to, self.backtest)
end

local function numbers(trades)
  if type(trades) ~= "table" then raise("get_aggregated_trades must return a list of trades") end
  for _, trade in ipairs(trades) do
    trade.price, trade.qty, trade.timestamp = tonumber(trade.price), tonumber(trade.qty), tonumber(trade.timestamp)
  end
  return trades
end

--- Trades of the last hour, or the last `limit` trades, paged backwards (engine.md 1.8).
function data.get_aggregated_trades(symbol, limit)
  local self = the_run("get_aggregated_trades")
  check_symbol("get_aggregated_trades", symbol)
  local fn = self.exchange.get_aggregated_trades
  if not fn then
    local function none() raise(format("exchange '%s' has no get_aggregated_trades", self.context.exchange_name)) end
    if self.backtest then none() end
    fn = function(of, from, to) return host.source_trades(self.handle, of, from, to) or none() end
  end
  local span = (host.get_config().CC_AGGREGATED_TRADES_MAX_MINUTES - 1) * MINUTE
  local to = self.now.when - self.now.when % MINUTE
  if limit == nil then return numbers(fn(symbol, to - span, to, self.backtest)) end
  check_limit("get_aggregated_trades", limit)
  local pages, collected, empty = {}, 0, 0
  while collected < limit and to - span > 0 and empty < 10 do
    local trades = numbers(fn(symbol, to - span, to, self.backtest))
    empty = #trades == 0 and empty + 1 or 0
    collected = collected + #trades
    pages[#pages + 1] = trades
    to = to - span
  end
  local out, place = {}, {}
  for p = #pages, 1, -1 do
    for _, trade in ipairs(pages[p]) do
      local at = trade.id ~= nil and place[trade.id] or #out + 1
      out[at] = trade
      if trade.id ~= nil then place[trade.id] = at end
    end
  end
  local last = {}
  for i = max(1, #out - limit + 1), #out do last[#last + 1] = out[i] end
  return last
end

local function formatter(name, field, digits)
  return function(symbol, value)
    if type(value) ~= "number" then raise(format("%s needs a number, got %s", name, type(value))) end
    local self = the_run(name)
    local fn = self.exchange[field]
    if fn then return fn(symbol, value, self.backtest) end
    local text = not self.backtest and host.to_rules(self.handle, field, symbol, value)
    return text or host.fixed(value, digits)
  end
end
--- @api btk.format_price(symbol, price)
--- Price as the exchange wants it: its own format_price, else (live) the nearest multiple of its tick size, else two
--- decimals.
data.format_price = formatter("format_price", "format_price", 2)
--- @api btk.format_quantity(symbol, quantity)
--- Quantity as the exchange wants it: its own format_quantity, else (live) the next lower multiple of its step size,
--- else eight decimals.
data.format_quantity = formatter("format_quantity", "format_quantity", 8)

-- Where am I ------------------------------------------------------------------

--- The present moment in ms UTC: of a tick the minute that begins, of a candle the one it opened in.
--- @return integer
function data.get_timestamp() return the_run("get_timestamp").now.when end
--- The present moment as ISO-8601 text.
function data.get_date() return host.iso(the_run("get_date").now.when) end
--- "backtest", "paper" or "live".
--- @return string
function data.get_mode() return the_run("get_mode").mode or "backtest" end
--- The symbol of the run.
--- @return string
function data.get_symbol() return the_run("get_symbol").symbol end
--- Names of the run: { strategy_name, exchange_name, frame_name }.
--- @return table
function data.get_context()
  local context = the_run("get_context").context
  return { strategy_name = context.strategy_name, exchange_name = context.exchange_name, frame_name = context.frame_name }
end
--- Everything about the run: symbol, names, backtest, timestamp, current_price, range, the strategy's info.
--- @return table
function data.get_runtime_info()
  local self = the_run("get_runtime_info")
  return { symbol = self.symbol, strategy_name = self.context.strategy_name, exchange_name = self.context.exchange_name,
           frame_name = self.context.frame_name, backtest = self.backtest, timestamp = self.now.when,
           current_price = self.now.price, range = { from = self.range_from, to = self.range_to },
           info = self.strategy.info }
end

local public = { "get_candles", "get_raw_candles", "get_average_price", "get_close_price", "get_order_book",
  "get_aggregated_trades", "get_next_candles", "format_price", "format_quantity", "get_timestamp", "get_date", "get_mode", "get_symbol",
  "get_context", "get_runtime_info" }

function data.install(btk)
  for _, name in ipairs(public) do btk[name] = data[name] end
end

return data

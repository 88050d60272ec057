-- An exchange whose candles come from the script's own get_candles: asked in pages of CC_MAX_CANDLES_PER_REQUEST,
-- every answer checked, a failing one asked for again (engine.md 1.4, 1.5).
local core = ...
local host, raise = core.host, core.raise
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local min, max, ceil, ipairs, error = math.min, math.max, math.ceil, ipairs, error
local format = core.raw_format

local MINUTE = 60000
local hook = {}

local function refuse(exchange, symbol, since, problem)
  if not problem.file then problem.file, problem.line = host.definition(exchange.get_candles) end
  local place = problem.file and format("%s:%d: ", problem.file, problem.line) or ""
  raise(format("exchange '%s': candles of %s from %s could not be read: %s%s", exchange.exchange_name, symbol,
               host.format_time(since), place, problem.message))
end

-- Gives rows to the host. What is wrong with them has the place of the function that returned them: no line of it is being
-- executed any more, and the one that is asked for the candles.
local function take(exchange, fn, ...)
  local ok, result = raw_xpcall(fn, handler, ...)
  if not ok then result.file, result.line = host.definition(exchange.get_candles) end
  return ok, result
end

local function add_rows(exchange, symbol, builder, rows, from, to)
  local ok, found = take(exchange, host.add_rows, builder, rows, from, to)
  if not ok then refuse(exchange, symbol, from, found) end
  return found
end

-- One page, with retries. Rows may be fewer than asked for: then the source has no more there.
local function page(exchange, symbol, interval, since, limit, backtest)
  local config = host.get_config()
  local problem
  for attempt = 1, config.CC_GET_CANDLES_RETRY_COUNT do
    core.http_refused = false
    local ok, rows = raw_xpcall(exchange.get_candles, handler, symbol, interval, since, limit, backtest)
    if ok then ok, problem = take(exchange, host.check_rows, rows) else problem = rows end
    if not ok and backtest and core.http_refused then
      -- It asks an exchange over the network, which answers no back-test: trying again does not help.
      problem.message = format("%s; `btkhost cache warm` stores the candles of %s beforehand, with some before the frame", problem.message, symbol)
      refuse(exchange, symbol, since, problem)
    end
    if ok then
      core.log("debug", format("exchange %s: candles of %s %s since %s: %d of %d", exchange.exchange_name, symbol, interval,
                               host.format_time(since), #rows, limit))
      return rows
    end
    if attempt < config.CC_GET_CANDLES_RETRY_COUNT then host.sleep(config.CC_GET_CANDLES_RETRY_DELAY_MS) end
  end
  refuse(exchange, symbol, since, problem or { message = "CC_GET_CANDLES_RETRY_COUNT is 0" })
end
hook.page = page

-- A back-test may find candles that were stored before (`btkhost cache warm`): they take the place of what the function
-- would have been asked for.
local function add_stored(exchange, symbol, builder, from, to)
  local ok, found = take(exchange, host.add_stored, builder, exchange.exchange_name, symbol, from, to)
  if not ok then refuse(exchange, symbol, from, found) end
  return found
end

--- A builder with the one-minute candles that the hook has in [from, to); the ends need not be whole minutes. How many that
--- are, how many rows came, when the first of them is, and the end of what was asked for.
local function collect(exchange, symbol, from, to, backtest, gaps)
  local builder = host.new_builder("1m", gaps or exchange.gaps or "fill")
  local size = host.get_config().CC_MAX_CANDLES_PER_REQUEST
  local since, found, came, first = from - from % MINUTE, 0, 0, nil
  while since < to do
    local stop, stored = since + ceil((to - since) / MINUTE) * MINUTE, false
    if backtest then stored, stop = host.stored_stretch(exchange.exchange_name, symbol, since, stop) end
    if stored then
      found = add_stored(exchange, symbol, builder, since, stop)
    else
      local limit = min(size, (stop - since) / MINUTE)
      stop = since + limit * MINUTE
      -- Rows outside of what was asked for are left out: a source may round its pages.
      local rows = page(exchange, symbol, "1m", since, limit, backtest)
      found = add_rows(exchange, symbol, builder, rows, since, stop)
      came, first = came + #rows, first or rows[1] and rows[1].timestamp
    end
    since = stop
  end
  return builder, found, came, first, since
end

-- Where a frame ends in a hole, the candle behind it shows that it is one, and not the end of the data. A source that has
-- nothing there may well say so by an error.
local function close_hole(builder, exchange, symbol, to)
  if host.builder_end(builder) >= to then return end
  local limit = host.get_config().CC_MAX_CANDLES_PER_REQUEST
  local ok, rows = raw_xpcall(function()
    local stored, stop = host.stored_stretch(exchange.exchange_name, symbol, to, to + limit * MINUTE)
    if stored then
      local later = host.first_stored(exchange.exchange_name, symbol, to, stop)
      if #later > 0 then return later end
    end
    local answer = exchange.get_candles(symbol, "1m", to, limit, true)
    host.check_rows(answer)
    return answer
  end, handler)
  if not ok and core.stop_reason() ~= 0 then error(rows, 0) end
  if not ok then return end
  local next
  for _, row in ipairs(rows) do
    if row.timestamp >= to and (not next or row.timestamp < next.timestamp) then next = row end
  end
  if next then add_rows(exchange, symbol, builder, { next }, next.timestamp, next.timestamp + MINUTE) end
end

--- The candles of a frame and those that the first average price needs; earlier() fetches more when a script asks.
--- A live run has no candles after its start yet.
function hook.load(exchange, symbol, from, to, backtest)
  from = from - from % MINUTE
  local start = from - host.get_config().CC_AVG_PRICE_CANDLES_COUNT * MINUTE
  local builder, found, came, first, stop = collect(exchange, symbol, max(0, start), backtest and to + 2 * MINUTE or to, backtest)
  if found == 0 then
    local elsewhere = came == 0 and "" or
      format("; it returned %d, all outside of what it was asked for: the first has the timestamp %.0f (milliseconds since 1970 are " ..
             "wanted)", came, first)
    raise(format("exchange '%s': get_candles returned no candles of %s between %s and %s%s", exchange.exchange_name,
                 symbol, host.format_time(from), host.format_time(to), elsewhere))
  end
  if backtest then close_hole(builder, exchange, symbol, stop) end
  return builder
end

--- The candles in [from, before), and their number: a script looks further back than load() did.
function hook.earlier(exchange, symbol, from, before, backtest)
  local builder, found = collect(exchange, symbol, max(0, from), before, backtest)
  return builder, found
end

--- A builder with the closed candles in [from, to) of a live run.
function hook.closed(exchange, symbol, from, to) return (collect(exchange, symbol, from, to, false)) end

--- The same for a command that makes no run, which looks for holes itself.
function hook.own(exchange, symbol, from, to) return (collect(exchange, symbol, from, to, false, "fill")) end

return hook

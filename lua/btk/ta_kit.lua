-- The inside of btk.ta: reading lists, calling the indicators of lua/indicators.h, and giving their answers out as
-- the newest value (`all` false) or as series (`all` true). Internal: scripts see lua/btk/ta.lua.
--
-- On the good path of a newest value nothing is allocated and the trace compiler sees plain FFI calls: whether an
-- argument or a value is wrong is told by C++, and why is asked only after that. core.raise finds the script's line.
local core = ...
local ffi = core.ffi
local C = ffi.C
core.module "candles"
local is_candles, candle_column, raise = core.is_candles, core.column, core.raise
local type, tostring, ipairs, math = type, tostring, ipairs, math

ffi.cdef [[
int32_t btk_ta_sma(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_ema(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_rma(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_wma(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_dema(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_tema(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_hma(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_linreg(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_rsi(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_macd(const double*, int32_t, double, double, double, double*, int32_t);
int32_t btk_ta_momentum(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_roc(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_percent_rank(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_stochastic(const double*, const double*, const double*, int32_t, double, double, double, double*,
                          int32_t);
int32_t btk_ta_williams_r(const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_cci(const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_adx(const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_aroon(const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_highest(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_lowest(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_stddev(const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_bollinger(const double*, int32_t, double, double, double*, int32_t);
int32_t btk_ta_true_range(const double*, const double*, const double*, int32_t, double*, int32_t);
int32_t btk_ta_atr(const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_keltner(const double*, const double*, const double*, int32_t, double, double, double, double*,
                       int32_t);
int32_t btk_ta_donchian(const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_supertrend(const double*, const double*, const double*, int32_t, double, double, double*, int32_t);
int32_t btk_ta_obv(const double*, const double*, int32_t, double*, int32_t);
int32_t btk_ta_vwap(const double*, const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_mfi(const double*, const double*, const double*, const double*, int32_t, double, double*, int32_t);
int32_t btk_ta_first_bad(const double*, int32_t);
]]

local kit = {}

-- Input ----------------------------------------------------------------------

-- Numbers of plain tables are copied here: one buffer per column of a call, kept and grown.
local buffers, capacity = {}, {}
local function room(slot, n)
  if (capacity[slot] or 0) < n then
    capacity[slot] = n + math.floor(n / 4) + 64
    buffers[slot] = ffi.new("double[?]", capacity[slot])
  end
  return buffers[slot]
end

local function copy(who, list, field, slot, numbers_allowed)
  if type(list) ~= "table" then
    raise(("ta.%s needs a candle list or a table, got %s"):format(who, is_candles(list) and "a single candle" or type(list)))
  end
  local n = #list
  local buffer = room(slot, n)
  if type(list[1]) == "table" then
    for i = 1, n do
      local candle = list[i]
      local value = type(candle) == "table" and candle[field]
      if type(value) ~= "number" then
        raise(("ta.%s: candle %d has no number '%s'"):format(who, i, field))
      end
      buffer[i - 1] = value
    end
    return buffer, n
  end
  if n > 0 and not numbers_allowed then
    raise(("ta.%s needs candles with '%s', got a table of %ss"):format(who, field, type(list[1])))
  end
  for i = 1, n do
    local value = list[i]
    if type(value) ~= "number" then
      raise(("ta.%s: element %d is a %s, not a number"):format(who, i, type(value)))
    end
    buffer[i - 1] = value
  end
  return buffer, n
end

local function column(who, list, field, slot)
  if is_candles(list) then
    local values, count = candle_column(list, field)
    if count then return values, count end
  end
  return copy(who, list, field, slot, false)
end

local known_source = { open = true, high = true, low = true, close = true, volume = true }

local function source_column(who, list, source, default)
  local field = default
  if source ~= nil then
    if not known_source[source] then
      raise(("ta.%s: source must be open, high, low, close or volume, got '%s'"):format(who, tostring(source)))
    end
    field = source
  end
  if is_candles(list) then
    local values, count = candle_column(list, field)
    if count then return values, count end
  end
  return copy(who, list, field, 1, true)
end

local function number(who, name, value)
  if type(value) ~= "number" then
    raise(("ta.%s: %s must be a number, got %s"):format(who, name, type(value)))
  end
  return value
end

-- Output ---------------------------------------------------------------------

-- Debian's LuaJIT may read a number from memory only where it is used, up to 31 instructions later and past a call
-- that has overwritten it by then (its x64 backend fuses loads across calls). So no two calls in a row answer into the
-- same place.
local PLACES, WIDTH = 64, 4
local newest = ffi.new("double[?]", PLACES * WIDTH)
local place = 0

local function target(all, count, results)
  if not all then
    place = (place + 1) % PLACES
    return newest + place * WIDTH, 0
  end
  return room("series", (count + 1) * results), count + 1
end

local function rows_of(out, rows)
  local list = {}
  for i = 1, rows do list[i] = out[i - 1] end
  return list
end

local function answer(out, stride, rows, results)
  if stride == 0 then
    if results == 1 then return out[0] end
    if results == 2 then return out[0], out[1] end
    return out[0], out[1], out[2]
  end
  if results == 1 then return rows_of(out, rows) end
  if results == 2 then return rows_of(out, rows), rows_of(out + stride, rows) end
  return rows_of(out, rows), rows_of(out + stride, rows), rows_of(out + 2 * stride, rows)
end

-- Says why a call wrote nothing. `periods` = { name, value, least, ... }; `needs` is only right with good periods.
local function refuse(who, periods, needs, count, a, b, c, d)
  for i = 1, #periods, 3 do
    local name, value, least = periods[i], periods[i + 1], periods[i + 2]
    if not (value >= least and value <= 500000000 and value % 1 == 0) then
      raise(("ta.%s: %s must be a whole number from %d to 500000000, got %s"):format(who, name, least, tostring(value)))
    end
  end
  if count < needs then raise(("ta.%s needs %d values, got %d"):format(who, needs, count)) end
  for _, x in ipairs { a, b or a, c or a, d or a } do
    local bad = C.btk_ta_first_bad(x, count)
    if bad >= 0 then
      local what = x[bad] ~= x[bad] and "NaN" or "infinite"
      raise(("ta.%s: value %d of the list is %s, it must be a finite number"):format(who, bad + 1, what))
    end
  end
  raise(("ta.%s has no finite result here (a division by zero, or numbers too large)"):format(who))
end

-- How many values an indicator needs for a period n; asked only when a call was refused.
kit.needs = {
  n = function(n) return n end,
  one_more = function(n) return n + 1 end,
  twice = function(n) return 2 * n end,
  dema = function(n) return 2 * n - 1 end,
  tema = function(n) return 3 * n - 2 end,
  hma = function(n) return n + math.floor(math.sqrt(n)) - 1 end,
  vwap = function(n) return n == 0 and 1 or n end,
}

-- Indicators by shape ---------------------------------------------------------

function kit.of_values(all, results, who, call, needs, list, n, source, default, least)
  local x, count = source_column(who, list, source, default or "close")
  number(who, "n", n)
  local out, stride = target(all, count, results)
  local rows = call(x, count, n, out, stride)
  if rows == 0 then refuse(who, { "n", n, least or 1 }, needs(n), count, x) end
  return answer(out, stride, rows, results)
end

function kit.of_ranges(all, results, who, call, needs, list, n)
  local high, count = column(who, list, "high", 1)
  local low = column(who, list, "low", 2)
  number(who, "n", n)
  local out, stride = target(all, count, results)
  local rows = call(high, low, count, n, out, stride)
  if rows == 0 then refuse(who, { "n", n, 1 }, needs(n), count, high, low) end
  return answer(out, stride, rows, results)
end

function kit.of_candles(all, results, who, call, needs, list, n)
  local high, count = column(who, list, "high", 1)
  local low, close = column(who, list, "low", 2), column(who, list, "close", 3)
  number(who, "n", n)
  local out, stride = target(all, count, results)
  local rows = call(high, low, close, count, n, out, stride)
  if rows == 0 then refuse(who, { "n", n, 1 }, needs(n), count, high, low, close) end
  return answer(out, stride, rows, results)
end

function kit.of_volumes(all, who, call, needs, list, n, least)
  local high, count = column(who, list, "high", 1)
  local low, close = column(who, list, "low", 2), column(who, list, "close", 3)
  local volume = column(who, list, "volume", 4)
  number(who, "n", n)
  local out, stride = target(all, count, 1)
  local rows = call(high, low, close, volume, count, n, out, stride)
  if rows == 0 then refuse(who, { "n", n, least }, needs(n), count, high, low, close, volume) end
  return answer(out, stride, rows, 1)
end

-- Indicators with parameters of their own --------------------------------------

function kit.macd(all, list, fast, slow, signal, source)
  local x, count = source_column("macd", list, source, "close")
  number("macd", "fast", fast)
  number("macd", "slow", slow)
  number("macd", "signal", signal)
  local out, stride = target(all, count, 3)
  local rows = C.btk_ta_macd(x, count, fast, slow, signal, out, stride)
  if rows == 0 then
    refuse("macd", { "fast", fast, 1, "slow", slow, 1, "signal", signal, 1 }, math.max(fast, slow) + signal - 1,
      count, x)
  end
  return answer(out, stride, rows, 3)
end

function kit.stochastic(all, list, n, d, smooth)
  local high, count = column("stochastic", list, "high", 1)
  local low, close = column("stochastic", list, "low", 2), column("stochastic", list, "close", 3)
  number("stochastic", "n", n)
  number("stochastic", "d", d)
  number("stochastic", "smooth", smooth)
  local out, stride = target(all, count, 2)
  local rows = C.btk_ta_stochastic(high, low, close, count, n, d, smooth, out, stride)
  if rows == 0 then
    refuse("stochastic", { "n", n, 1, "d", d, 1, "smooth", smooth, 1 }, n + d + smooth - 2, count, high, low, close)
  end
  return answer(out, stride, rows, 2)
end

function kit.bollinger(all, list, n, k, source)
  local x, count = source_column("bollinger", list, source, "close")
  number("bollinger", "n", n)
  number("bollinger", "k", k)
  local out, stride = target(all, count, 3)
  local rows = C.btk_ta_bollinger(x, count, n, k, out, stride)
  if rows == 0 then refuse("bollinger", { "n", n, 1 }, n, count, x) end
  return answer(out, stride, rows, 3)
end

function kit.true_range(all, list)
  local high, count = column("true_range", list, "high", 1)
  local low, close = column("true_range", list, "low", 2), column("true_range", list, "close", 3)
  local out, stride = target(all, count, 1)
  local rows = C.btk_ta_true_range(high, low, close, count, out, stride)
  if rows == 0 then refuse("true_range", {}, 2, count, high, low, close) end
  return answer(out, stride, rows, 1)
end

function kit.keltner(all, list, n, k, atr_n)
  local high, count = column("keltner", list, "high", 1)
  local low, close = column("keltner", list, "low", 2), column("keltner", list, "close", 3)
  number("keltner", "n", n)
  number("keltner", "k", k)
  number("keltner", "atr_n", atr_n)
  local out, stride = target(all, count, 3)
  local rows = C.btk_ta_keltner(high, low, close, count, n, k, atr_n, out, stride)
  if rows == 0 then
    refuse("keltner", { "n", n, 1, "atr_n", atr_n, 1 }, math.max(n, atr_n + 1), count, high, low, close)
  end
  return answer(out, stride, rows, 3)
end

function kit.supertrend(all, list, n, k)
  local high, count = column("supertrend", list, "high", 1)
  local low, close = column("supertrend", list, "low", 2), column("supertrend", list, "close", 3)
  number("supertrend", "n", n)
  number("supertrend", "k", k)
  local out, stride = target(all, count, 2)
  local rows = C.btk_ta_supertrend(high, low, close, count, n, k, out, stride)
  if rows == 0 then refuse("supertrend", { "n", n, 1 }, n + 1, count, high, low, close) end
  return answer(out, stride, rows, 2)
end

function kit.obv(all, list)
  local close, count = column("obv", list, "close", 1)
  local volume = column("obv", list, "volume", 2)
  local out, stride = target(all, count, 1)
  local rows = C.btk_ta_obv(close, volume, count, out, stride)
  if rows == 0 then refuse("obv", {}, 1, count, close, volume) end
  return answer(out, stride, rows, 1)
end

-- The newest value of a list, or of a number that stays the same, and the one before it.
function kit.last_two(who, list)
  if type(list) == "number" then
    if list - list ~= 0 then raise(("ta.%s compares finite numbers, got %s"):format(who, tostring(list))) end
    return list, list
  end
  local x, count = source_column(who, list, nil, "close")
  if count < 2 then raise(("ta.%s needs 2 values, got %d"):format(who, count)) end
  local before, now = x[count - 2], x[count - 1]
  if before - before ~= 0 or now - now ~= 0 then
    raise(("ta.%s: the last 2 values must be finite numbers"):format(who))
  end
  return before, now
end

return kit

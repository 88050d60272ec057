-- btk.math: small numeric helpers beside Lua's own math. Same bits on every machine: + - * / and square roots only,
-- sums from the first element to the last.
local core = ...
local ffi, raise = core.ffi, core.raise
local type, tostring, tonumber, floor, sqrt, huge = type, tostring, tonumber, math.floor, math.sqrt, math.huge
local format, find, sub, sort = string.format, string.find, string.sub, table.sort

ffi.cdef [[
int32_t btk_text_shortest(double, char*, int32_t);
int32_t btk_text_fixed(double, int32_t, char*, int32_t);
]]
local C = ffi.C

local mathx = {}

local buffer = ffi.new("char[500]")

local function fixed(value, digits) return ffi.string(buffer, C.btk_text_fixed(value, digits, buffer, 500)) end

local function finite(who, name, value)
  if type(value) ~= "number" or value - value ~= 0 then
    raise(format("math.%s: %s must be a finite number, got %s", who, name, tostring(value)))
  end
  return value
end

-- Length of a table of finite numbers, `least` at the minimum.
local function numbers(who, list, least)
  if type(list) ~= "table" then raise(format("math.%s needs a table of numbers, got %s", who, type(list))) end
  local n = #list
  if n < least then raise(format("math.%s needs %d numbers or more, got %d", who, least, n)) end
  for i = 1, n do
    local value = list[i]
    if type(value) ~= "number" or value - value ~= 0 then
      raise(format("math.%s: element %d is %s, it must be a finite number", who, i, tostring(value)))
    end
  end
  return n
end

---Rounds to a number of decimals, from the exact binary value, halves away from zero (as toFixed does).
---@param x number
---@param digits? integer -15 to 100, default 0; -2 rounds to hundreds
---@return number
function mathx.round(x, digits)
  finite("round", "x", x)
  if digits == nil then digits = 0 end
  if type(digits) ~= "number" or digits % 1 ~= 0 or digits < -15 or digits > 100 then
    raise("math.round: digits must be a whole number from -15 to 100, got " .. tostring(digits))
  end
  if digits >= 0 then return tonumber(fixed(x, digits)) + 0 end
  local step = 1
  for _ = 1, -digits do step = step * 10 end
  local steps = floor((x < 0 and -x or x) / step + 0.5) * step
  return x < 0 and -steps or steps
end

---The number of [low, high] that is nearest to x.
---@param x number
---@param low number
---@param high number not below low
---@return number
function mathx.clamp(x, low, high)
  finite("clamp", "x", x)
  if type(low) ~= "number" or type(high) ~= "number" or not (low <= high) then
    raise(format("math.clamp needs low <= high, got %s and %s", tostring(low), tostring(high)))
  end
  return x < low and low or x > high and high or x
end

local function total(list, n)
  local sum = 0
  for i = 1, n do sum = sum + list[i] end
  return sum
end

---Sum of a table of numbers; 0 for an empty one.
---@param list number[]
---@return number
function mathx.sum(list)
  local n = numbers("sum", list, 0)
  return total(list, n)
end

---Arithmetic mean of 1 or more numbers.
---@param list number[]
---@return number
function mathx.mean(list)
  local n = numbers("mean", list, 1)
  return total(list, n) / n
end

---Middle of the sorted numbers, the mean of the two middle ones of an even count. The table stays as it is.
---@param list number[]
---@return number
function mathx.median(list)
  local n = numbers("median", list, 1)
  local sorted = {}
  for i = 1, n do sorted[i] = list[i] end
  sort(sorted)
  local half = floor(n / 2)
  if n % 2 == 1 then return sorted[half + 1] end
  return (sorted[half] + sorted[half + 1]) / 2
end

---Standard deviation: of the whole population, or estimated from a sample (divisor n - 1, 2 or more numbers).
---@param list number[]
---@param sample? boolean default false
---@return number
function mathx.stddev(list, sample)
  local n = numbers("stddev", list, sample and 2 or 1)
  local mean, square = total(list, n) / n, 0
  for i = 1, n do
    local off = list[i] - mean
    square = square + off * off
  end
  return sqrt(square / (sample and n - 1 or n))
end

---Smallest of 1 or more numbers.
---@param list number[]
---@return number
function mathx.min(list)
  local n = numbers("min", list, 1)
  local best = list[1]
  for i = 2, n do
    if list[i] < best then best = list[i] end
  end
  return best
end

---Largest of 1 or more numbers.
---@param list number[]
---@return number
function mathx.max(list)
  local n = numbers("max", list, 1)
  local best = list[1]
  for i = 2, n do
    if list[i] > best then best = list[i] end
  end
  return best
end

---How far two numbers are apart, in percent of the smaller one: 100 / (min / max) - 100. 0 when they are equal,
---infinite when the smaller one is 0.
---@param a number
---@param b number
---@return number
function mathx.percent_diff(a, b)
  finite("percent_diff", "a", a)
  finite("percent_diff", "b", b)
  if a == b then return 0 end
  local low, high = a, b
  if b < a then low, high = b, a end
  if low == 0 then return huge end
  return 100 / (low / high) - 100
end

---Change from yesterday to today in percent: (today / yesterday - 1) * 100.
---@param yesterday number not 0
---@param today number
---@return number
function mathx.percent_value(yesterday, today)
  finite("percent_value", "yesterday", yesterday)
  finite("percent_value", "today", today)
  if yesterday == 0 then raise("math.percent_value: yesterday must not be 0") end
  return (today / yesterday - 1) * 100
end

-- Decimals of a tick size: the digits after the point of its shortest text; of "2.5e-7" the 7 of the exponent.
local function decimals(tick)
  local text = ffi.string(buffer, C.btk_text_shortest(tick, buffer, 500))
  local exponent = find(text, "e", 1, true)
  if exponent then
    local digits = -tonumber(sub(text, exponent + 1))
    return digits < 0 and 0 or digits > 100 and 100 or digits
  end
  local point = find(text, ".", 1, true)
  return point and #text - point or 0
end

---A price as text with as many decimals as the exchange's tick size has: round_ticks(1.23456, 0.01) is "1.23".
---@param price number
---@param tick number above 0
---@return string
function mathx.round_ticks(price, tick)
  finite("round_ticks", "price", price)
  if finite("round_ticks", "tick", tick) <= 0 then
    raise("math.round_ticks: tick must be above 0, got " .. tostring(tick))
  end
  return fixed(price, decimals(tick))
end

---Least squares line through the points (1, list[1]) ... (n, list[n]), 2 or more.
---@param list number[]
---@return number slope per element
---@return number intercept value at 0
function mathx.linear_regression(list)
  local n = numbers("linear_regression", list, 2)
  local centre, mean, along, square = (n + 1) / 2, total(list, n) / n, 0, 0
  for i = 1, n do
    local t = i - centre
    along = along + t * (list[i] - mean)
    square = square + t * t
  end
  local slope = along / square
  return slope, mean - slope * centre
end

return mathx

-- btk.market: candles drawn by hand, for tests and for playing with an idea. A market is a list of one-minute candles that
-- grows with every call, each beginning at the last close:
--
--   btk.market.flat(100, 60):ramp(110, 30):spike(115):gap(5):hold(20):noise(7)
--
-- All functions return the market, so they can be chained. Prices are quote currency, lengths are minutes.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, setmetatable, floor, max, min = type, tostring, setmetatable, math.floor, math.max, math.min
local format = core.raw_format

local MINUTE = 60000
local FIRST = 1704067200000 -- 2024-01-01T00:00:00Z

--- @methods Market of btk.Market
local market, Market = {}, {}
Market.__index = function(_, key)
  local found = Market[key]
  if found ~= nil then return found end
  local names = {}
  for name in core.raw_pairs(Market) do
    if not name:find("^_") then names[#names + 1] = name end
  end
  table.sort(names)
  local near = host.nearest(tostring(key), names)
  raise(format("a market has no function '%s'%s", tostring(key),
               near and format("; did you mean '%s'?", near) or "; it has " .. table.concat(names, ", ")))
end

local function price_of(who, value)
  if type(value) ~= "number" or not (value > 0) or value == 1 / 0 then
    raise(format("market.%s: a price above zero is needed, got %s", who, tostring(value)))
  end
  return value
end

local function minutes_of(who, value, otherwise)
  if value == nil then value = otherwise end
  if type(value) ~= "number" or value < 1 or value ~= floor(value) or value > 5e6 then
    raise(format("market.%s: the number of minutes must be a whole number from 1, got %s", who, tostring(value)))
  end
  return value
end

local function percent_of(who, value, otherwise)
  if value == nil then value = otherwise end
  if type(value) ~= "number" or not (value >= 0) or value >= 100 then
    raise(format("market.%s: a percentage from 0 to below 100 is needed, got %s", who, tostring(value)))
  end
  return value
end

-- One candle from the last close to `close`.
local function add(self, close, high, low, volume)
  local open = self.last
  self.rows[#self.rows + 1] = {
    minute = self.minute, open = open, close = close, volume = volume or 1,
    high = max(open, close, high or 0), low = min(open, close, low or 1 / 0),
  }
  self.minute, self.last = self.minute + 1, close
end

--- A market at `price` for `minutes` (default 60).
--- Example: btk.market.flat(100, 60):ramp(110, 30):spike(115):noise(7)
--- @param price number  quote currency
--- @param minutes? integer
--- @return btk.Market
function market.flat(price, minutes)
  local self = setmetatable({ rows = {}, minute = 0, last = price_of("flat", price), first = FIRST }, Market)
  return self:hold(minutes or 60)
end

--- The price stays where it is for `minutes` (default 1).
--- @param minutes? integer
--- @return btk.Market
function Market:hold(minutes)
  for _ = 1, minutes_of("hold", minutes, 1) do add(self, self.last) end
  return self
end

--- The price goes in a straight line to `price` within `minutes` (default 30).
--- @param price number
--- @param minutes? integer
--- @return btk.Market
function Market:ramp(price, minutes)
  price_of("ramp", price)
  minutes = minutes_of("ramp", minutes, 30)
  local from = self.last
  for i = 1, minutes do add(self, i == minutes and price or from + (price - from) * i / minutes) end
  return self
end

--- One candle whose shadow reaches `price`; it closes where it opened.
--- @param price number
--- @return btk.Market
function Market:spike(price)
  price_of("spike", price)
  add(self, self.last, price, price)
  return self
end

--- The next candle opens at `price`: the market has jumped over what lies between.
--- @param price number
--- @return btk.Market
function Market:jump(price)
  self.last = price_of("jump", price)
  return self
end

--- No candles for `minutes` (default 5): a hole in the data, not in the price.
--- @param minutes? integer
--- @return btk.Market
function Market:gap(minutes)
  self.minute = self.minute + minutes_of("gap", minutes, 5)
  return self
end

--- Volume of every candle from the `count`-th last to the last (default: of all).
--- @param volume number
--- @param count? integer
--- @return btk.Market
function Market:volume(volume, count)
  if type(volume) ~= "number" or not (volume >= 0 and volume < 1 / 0) then
    raise("market.volume: an amount from 0 is needed, got " .. tostring(volume))
  end
  local n = #self.rows
  for i = max(1, n + 1 - minutes_of("volume", count, max(n, 1))), n do self.rows[i].volume = volume end
  return self
end

--- Moves every close so far by up to `percent` (default 0.05) of itself, up or down, always the same for a seed; opens follow
--- the closes, shadows are widened to hold both.
--- @param seed integer
--- @param percent? number
--- @return btk.Market
function Market:noise(seed, percent)
  if type(seed) ~= "number" or seed % 1 ~= 0 then
    raise("market.noise: the seed must be a whole number, got " .. tostring(seed))
  end
  percent = percent_of("noise", percent, 0.05)
  local state = seed % 2147483648
  local function random() -- a linear congruential generator (C standard's constants); -1 .. 1 from its upper bits
    state = (state * 1103515245 + 12345) % 2147483648
    return floor(state / 32768) / 32767.5 - 1
  end
  for _ = 1, 8 do random() end
  local before, was
  for _, row in ipairs(self.rows) do
    local continues = was ~= nil and row.open == was
    was = row.close
    row.close = row.close * (1 + random() * percent / 100)
    if continues then row.open = before end
    row.high, row.low = max(row.high, row.open, row.close), min(row.low, row.open, row.close)
    before = row.close
  end
  self.last = before
  return self
end

--- When the first candle opens: a date or milliseconds. Default 2024-01-01.
--- @param date string|number
--- @return btk.Market
function Market:start(date)
  local ms = type(date) == "number" and date or type(date) == "string" and host.parse_date(date)
  if not ms or ms % MINUTE ~= 0 or not (ms >= 0 and ms < 1e16) then raise("market.start: a date at a whole minute is needed, got " .. tostring(date)) end
  self.first = ms
  return self
end

--- The moment `minutes` after the first candle's opening, in milliseconds: market:at(90) is one and a half hours later.
--- @param minutes number
--- @return number
function Market:at(minutes)
  if type(minutes) ~= "number" or minutes - minutes ~= 0 then
    raise("market.at: a number of minutes is needed, got " .. tostring(minutes))
  end
  return self.first + floor(minutes) * MINUTE
end

--- The last close.
--- @return number
function Market:price() return self.last end

--- How many candles there are.
--- @return integer
function Market:count() return #self.rows end

--- The opening times of the first and of the last candle, in milliseconds.
--- @return number first
--- @return number last
function Market:range()
  if #self.rows == 0 then raise("market.range: there is no candle yet") end
  return self.first + self.rows[1].minute * MINUTE, self.first + self.rows[#self.rows].minute * MINUTE
end

--- The candles as plain tables, oldest first.
--- @return table[]  { timestamp, open, high, low, close, volume }
function Market:candles()
  local out = {}
  for i, row in ipairs(self.rows) do
    out[i] = { timestamp = self.first + row.minute * MINUTE, open = row.open, high = row.high, low = row.low,
               close = row.close, volume = row.volume }
  end
  return out
end

--- What btk.add_exchange takes as get_candles: this market, whatever the symbol. Candles that are added later are not in it.
--- @return function
function Market:get_candles()
  local rows = self:candles()
  return function(_, _, since, limit)
    local out, stop = {}, since + limit * MINUTE
    local low, high = 1, #rows + 1
    while low < high do -- the first row at or after `since`
      local middle = floor((low + high) / 2)
      if rows[middle].timestamp < since then low = middle + 1 else high = middle end
    end
    while rows[low] and rows[low].timestamp < stop do
      out[#out + 1] = rows[low]
      low = low + 1
    end
    return out
  end
end

--- Is this a market?
--- @param value any
--- @return boolean
function market.is(value) return type(value) == "table" and core.raw_getmetatable(value) == Market end

core.module("unknown").guard_tables({ market = market }, { "market" })

return market

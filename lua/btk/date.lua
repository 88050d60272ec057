-- btk.date: UTC dates as Unix milliseconds, by plain arithmetic: no clock, no time zones, no leap seconds. Every
-- function that takes a time takes milliseconds or an ISO-8601 text ("2024-01-31", "2024-01-31T12:30:00Z"); years 0
-- to 9999 of the Gregorian calendar.
local core = ...
local ffi, raise = core.ffi, core.raise
local type, tostring, floor = type, tostring, math.floor
local gsub, format = string.gsub, string.format

ffi.cdef "double btk_text_parse_date(const char*, int32_t);"
local C = ffi.C

local date = {
  second = 1000,       ---@type integer milliseconds
  minute = 60000,      ---@type integer milliseconds
  hour = 3600000,      ---@type integer milliseconds
  day = 86400000,      ---@type integer milliseconds
  week = 604800000,    ---@type integer milliseconds
}

local kFirst, kEnd = -62167219200000, 253402300800000  -- 0000-01-01 and 10000-01-01

local function checked(who, ms)
  if not (ms >= kFirst and ms < kEnd) then
    raise(format("date.%s: %s is no time in milliseconds (years 0 to 9999)", who, tostring(ms)))
  end
  return ms
end

-- A time argument as whole milliseconds.
local function moment(who, value)
  if type(value) == "number" then return checked(who, floor(value)) end
  if type(value) ~= "string" then
    raise(format("date.%s needs milliseconds or an ISO-8601 date, got %s", who, type(value)))
  end
  local ms = C.btk_text_parse_date(value, #value)
  if ms ~= ms then
    raise(format("date.%s: '%s' is no date; write it as 2024-01-31 or 2024-01-31T12:30:00Z", who, value))
  end
  return checked(who, ms)
end

-- Days since 1970-01-01, and back. Years are counted from March so that the leap day comes last; 400 years have
-- 146097 days.
local function days_of(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = floor(year / 400)
  local year_of_era = year - era * 400
  local day_of_year = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + year_of_era * 365 + floor(year_of_era / 4) - floor(year_of_era / 100) + day_of_year - 719468
end

local function civil(days)
  local shifted = days + 719468
  local era = floor(shifted / 146097)
  local day_of_era = shifted - era * 146097
  local year_of_era = floor((day_of_era - floor(day_of_era / 1460) + floor(day_of_era / 36524) -
                             floor(day_of_era / 146096)) / 365)
  local day_of_year = day_of_era - (365 * year_of_era + floor(year_of_era / 4) - floor(year_of_era / 100))
  local from_march = floor((5 * day_of_year + 2) / 153)
  local day = day_of_year - floor((153 * from_march + 2) / 5) + 1
  local month = from_march < 10 and from_march + 3 or from_march - 9
  local year = year_of_era + era * 400
  if month <= 2 then year = year + 1 end
  return year, month, day
end

local function days_in_month(year, month)
  if month == 12 then return 31 end
  return days_of(year, month + 1, 1) - days_of(year, month, 1)
end

local function midnight(ms) return floor(ms / 86400000) * 86400000 end

---Reads an ISO-8601 date; a bare date is its first minute (UTC).
---@param text string|number milliseconds pass unchanged
---@return integer ms
function date.parse(text)
  local ms = moment("parse", text)
  return ms
end

--- @meta
---@class btk.DateParts
---@field year integer
---@field month integer 1 to 12
---@field day integer 1 to 31
---@field hour integer
---@field minute integer
---@field second integer
---@field ms integer
---@field weekday integer 1 = Monday to 7 = Sunday
---@field yearday integer 1 to 366

local function parts(ms)
  local days = floor(ms / 86400000)
  local rest = ms - days * 86400000
  local year, month, day = civil(days)
  return {
    year = year, month = month, day = day,
    hour = floor(rest / 3600000), minute = floor(rest / 60000) % 60, second = floor(rest / 1000) % 60,
    ms = rest % 1000, weekday = (days + 3) % 7 + 1, yearday = days - days_of(year, 1, 1) + 1,
  }
end

---Takes a time apart (UTC).
---@param ms integer|string
---@return btk.DateParts
function date.parts(ms)
  local at = moment("parts", ms)
  return parts(at)
end

local fields = { { "month", 1, 12, 1 }, { "day", 1, 31, 1 }, { "hour", 0, 23, 0 }, { "minute", 0, 59, 0 },
                 { "second", 0, 59, 0 }, { "ms", 0, 999, 0 } }

---The time that parts stand for; year is needed, the others default to the first moment.
---@param p { year: integer, month?: integer, day?: integer, hour?: integer, minute?: integer, second?: integer, ms?: integer }
---@return integer ms
function date.make(p)
  if type(p) ~= "table" then raise("date.make needs a table with year, month, day, ..., got " .. type(p)) end
  local function part(name, low, high, default)
    local value = p[name]
    if value == nil then value = default end
    if type(value) ~= "number" or value % 1 ~= 0 or value < low or value > high then
      raise(format("date.make: %s must be a whole number from %d to %d, got %s", name, low, high, tostring(value)))
    end
    return value
  end
  local year = part("year", 0, 9999)
  local got = {}
  for _, field in ipairs(fields) do got[field[1]] = part(field[1], field[2], field[3], field[4]) end
  if got.day > days_in_month(year, got.month) then
    raise(format("date.make: %04d-%02d has only %d days", year, got.month, days_in_month(year, got.month)))
  end
  return days_of(year, got.month, got.day) * 86400000 + got.hour * 3600000 + got.minute * 60000 +
         got.second * 1000 + got.ms
end

local months = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                 "November", "December" }
local weekdays = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }

local writers = {
  Y = function(p) return format("%04d", p.year) end,
  y = function(p) return format("%02d", p.year % 100) end,
  m = function(p) return format("%02d", p.month) end,
  d = function(p) return format("%02d", p.day) end,
  H = function(p) return format("%02d", p.hour) end,
  M = function(p) return format("%02d", p.minute) end,
  S = function(p) return format("%02d", p.second) end,
  L = function(p) return format("%03d", p.ms) end,
  j = function(p) return format("%03d", p.yearday) end,
  u = function(p) return format("%d", p.weekday) end,
  A = function(p) return weekdays[p.weekday] end,
  a = function(p) return weekdays[p.weekday]:sub(1, 3) end,
  B = function(p) return months[p.month] end,
  b = function(p) return months[p.month]:sub(1, 3) end,
  F = function(p) return format("%04d-%02d-%02d", p.year, p.month, p.day) end,
  T = function(p) return format("%02d:%02d:%02d", p.hour, p.minute, p.second) end,
  ["%"] = function() return "%" end,
}

---Writes a time in UTC: %Y %y %m %d %H %M %S, %L milliseconds, %j day of the year, %u weekday (1 = Monday),
---%A %a its name, %B %b the month's, %F = %Y-%m-%d, %T = %H:%M:%S, %%.
---@param ms integer|string
---@param pattern? string default "%Y-%m-%d %H:%M"
---@return string
function date.format(ms, pattern)
  local p = parts(moment("format", ms))
  if pattern == nil then pattern = "%Y-%m-%d %H:%M" end
  if type(pattern) ~= "string" then raise("date.format needs a text as pattern, got " .. type(pattern)) end
  return (gsub(pattern, "%%(.?)", function(letter)
    local writer = writers[letter]
    if not writer then raise(format("date.format: there is no %%%s; see %%Y %%m %%d %%H %%M %%S", letter)) end
    return writer(p)
  end))
end

---ISO-8601 with milliseconds: "2024-01-31T12:30:00.000Z".
---@param ms integer|string
---@return string
function date.iso(ms)
  local p = parts(moment("iso", ms))
  return format("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", p.year, p.month, p.day, p.hour, p.minute, p.second, p.ms)
end

local lengths = { ms = 1, second = 1000, minute = 60000, hour = 3600000, day = 86400000, week = 604800000 }
local intervals = { ["1m"] = 1, ["3m"] = 3, ["5m"] = 5, ["15m"] = 15, ["30m"] = 30, ["1h"] = 60, ["2h"] = 120,
                    ["4h"] = 240, ["6h"] = 360, ["8h"] = 480, ["12h"] = 720, ["1d"] = 1440 }

-- "hours" and "hour" are the same unit.
local function unit_of(who, unit)
  if type(unit) == "string" then
    if lengths[unit] or unit == "month" or unit == "year" then return unit end
    local singular = unit:sub(-1) == "s" and unit:sub(1, -2)
    if singular and (lengths[singular] or singular == "month" or singular == "year") then return singular end
  end
  raise(format("date.%s: unknown unit '%s'; there are ms, second, minute, hour, day, week, month, year", who,
               tostring(unit)))
end

---Down to the beginning of an interval, counted from 1970.
---@param ms integer|string
---@param interval string|integer "1m" ... "1d", or milliseconds
---@return integer ms
function date.align(ms, interval)
  local at = moment("align", ms)
  local step = interval
  if type(interval) == "string" and intervals[interval] then step = intervals[interval] * 60000 end
  if type(step) ~= "number" or not (step >= 1 and step < kEnd) or step % 1 ~= 0 then
    raise(format("date.align: '%s' is no interval; give 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d or milliseconds",
                 tostring(interval)))
  end
  return at - at % step
end

-- Whole months since year 0, and what is left of the time in its month.
local function month_number(ms)
  local year, month = civil(floor(ms / 86400000))
  return year * 12 + month - 1, ms - days_of(year, month, 1) * 86400000
end

local function add_months(who, ms, n)
  local number, rest = month_number(ms)
  number = number + n
  local year, month = floor(number / 12), number % 12 + 1
  checked(who, days_of(year, month, 1) * 86400000)
  local day = floor(rest / 86400000)
  local last = days_in_month(year, month) - 1
  if day > last then rest = rest - (day - last) * 86400000 end
  return days_of(year, month, 1) * 86400000 + rest
end

---A time n units later (earlier with a negative n). Months and years keep the day of the month, or take the last
---one of a shorter month.
---@param ms integer|string
---@param n number whole for months and years
---@param unit string ms, second, minute, hour, day, week, month, year; a plural too
---@return integer ms
function date.add(ms, n, unit)
  local at = moment("add", ms)
  if type(n) ~= "number" or n - n ~= 0 then raise("date.add needs a finite number of units, got " .. tostring(n)) end
  unit = unit_of("add", unit)
  if lengths[unit] then
    local sum = checked("add", floor(at + n * lengths[unit]))
    return sum
  end
  if n % 1 ~= 0 then raise(format("date.add needs a whole number of %ss, got %s", unit, tostring(n))) end
  local sum = add_months("add", at, unit == "year" and n * 12 or n)
  return sum
end

---How many units lie between two times, a - b. Fractions for the fixed units, whole numbers for months and years.
---@param a integer|string
---@param b integer|string
---@param unit? string default "ms"
---@return number
function date.diff(a, b, unit)
  local later, earlier = moment("diff", a), moment("diff", b)
  unit = unit_of("diff", unit == nil and "ms" or unit)
  if lengths[unit] then return (later - earlier) / lengths[unit] end
  if later < earlier then return -date.diff(earlier, later, unit) end
  local months_between = month_number(later) - month_number(earlier)
  if add_months("diff", earlier, months_between) > later then months_between = months_between - 1 end
  return unit == "month" and months_between or floor(months_between / 12)
end

---The first moment of the second, minute, hour, day, week (Monday), month or year that a time lies in.
---@param ms integer|string
---@param unit string
---@return integer ms
function date.start_of(ms, unit)
  local at = moment("start_of", ms)
  unit = unit_of("start_of", unit)
  if unit == "week" then
    local day = midnight(at)
    return day - ((day / 86400000 + 3) % 7) * 86400000
  end
  if lengths[unit] then return at - at % lengths[unit] end
  local year, month = civil(floor(at / 86400000))
  return days_of(year, unit == "year" and 1 or month, 1) * 86400000
end

return date

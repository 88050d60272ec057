-- Candle lists as scripts see them: a view is { offset, length } over columns that never change, the pointers stay
-- in upvalues here. So a list costs nothing to make, stays valid for the whole run, and cannot be made to look past
-- its end. Every series has ctypes of its own: inside the JIT its pointers are constants.
local core = ...
local ffi, raise = core.ffi, core.raise
local type, tostring, tobit, floor = type, tostring, bit.tobit, math.floor
local format = core.raw_format

local candles = {}

-- Keys by which only the host's own Lua reaches the columns of a view.
local keys = { open = {}, high = {}, low = {}, close = {}, volume = {} }
local KEY_OPEN, KEY_HIGH, KEY_LOW, KEY_CLOSE, KEY_VOLUME = keys.open, keys.high, keys.low, keys.close, keys.volume
local KEY_SERIES = {}
local IS_KEY = { [KEY_OPEN] = true, [KEY_HIGH] = true, [KEY_LOW] = true, [KEY_CLOSE] = true, [KEY_VOLUME] = true }

local function unknown_field(key)
  local shown = tostring(key)
  local near = core.host.nearest(shown, { "timestamp", "open", "high", "low", "close", "volume" })
  raise(format("a candle has no field '%s'; it has timestamp, open, high, low, close, volume%s", shown,
               near and format(" (did you mean '%s'?)", near) or ""))
end

local function check_list(list, name)
  if type(list) ~= "cdata" then raise(format("call it with a colon: list:%s()", name)) end
end

local function column_getter(key, name)
  return function(list)
    check_list(list, name)
    local p, n, out = list[key], #list, {}
    for i = 1, n do out[i] = p[i - 1] end
    return out
  end
end

-- list:closes() and its like: plain tables of numbers, oldest first.
local methods = {
  opens = column_getter(KEY_OPEN, "opens"),
  highs = column_getter(KEY_HIGH, "highs"),
  lows = column_getter(KEY_LOW, "lows"),
  closes = column_getter(KEY_CLOSE, "closes"),
  volumes = column_getter(KEY_VOLUME, "volumes"),
  timestamps = function(list)
    check_list(list, "timestamps")
    local out = {}
    for i = 1, #list do out[i] = list[i].timestamp end
    return out
  end,
  --- Plain candle tables, for keeping or changing.
  to_table = function(list)
    check_list(list, "to_table")
    local out = {}
    for i = 1, #list do
      local c = list[i]
      out[i] = { timestamp = c.timestamp, open = c.open, high = c.high, low = c.low, close = c.close,
                 volume = c.volume }
    end
    return out
  end,
}

--- Makes the series of one symbol and interval. Columns are pointers to `size` numbers, owned by the host and
--- alive as long as this isolate. Returns { first, step, size, view(offset, length), reader(now), grow(...) }; grow takes
--- what the host says of the series later, and answers whether it is still this one, perhaps with more candles at its end.
function candles.series(first, step, size, p_open, p_high, p_low, p_close, p_volume)
  local open = ffi.cast("const double*", p_open)
  local high = ffi.cast("const double*", p_high)
  local low = ffi.cast("const double*", p_low)
  local close = ffi.cast("const double*", p_close)
  local volume = ffi.cast("const double*", p_volume)
  local self = { first = first, step = step, size = size }

  local function read_only() raise("a candle cannot be changed; list:to_table() gives plain tables") end

  -- A candle is a reference into the column of closes: pointer-like values need no allocation inside a trace, small
  -- structs do. The other columns are found by its place in that column.
  local Candle = ffi.typeof("struct { const double close; }")
  local Pointer = ffi.typeof("const $*", Candle)
  local base = ffi.cast(Pointer, close)
  ffi.metatype(Candle, {
    __index = function(candle, key)
      local at = ffi.cast(Pointer, candle) - base
      if key == "open" then return open[at]
      elseif key == "high" then return high[at]
      elseif key == "low" then return low[at]
      elseif key == "volume" then return volume[at]
      elseif key == "timestamp" then return first + at * step
      elseif IS_KEY[key] then return nil
      end
      unknown_field(key)
    end,
    __newindex = read_only,
    __tostring = function(c)
      return format("candle %d open=%.14g high=%.14g low=%.14g close=%.14g volume=%.14g",
                    c.timestamp, c.open, c.high, c.low, c.close, c.volume)
    end,
  })

  local List = ffi.metatype(ffi.typeof("struct { const int32_t from, n; }"), {
    __index = function(list, key)
      if type(key) == "number" then
        -- Unsigned: what lies before the first is huge, so one comparison tells both ends. Compiled, it costs no more
        -- than a number; tobit() is free where the JIT knows an integer, NaN and fractions differ from it.
        local at = key - 1ULL
        if at >= list.n or tobit(key) ~= key then
          raise(format("candle %s asked from a list of %d; the oldest is 1, the newest %d",
                       tostring(key), list.n, list.n))
        end
        return base[list.from + at]
      elseif key == KEY_CLOSE then return close + list.from
      elseif key == KEY_HIGH then return high + list.from
      elseif key == KEY_LOW then return low + list.from
      elseif key == KEY_OPEN then return open + list.from
      elseif key == KEY_VOLUME then return volume + list.from
      elseif key == KEY_SERIES then return self
      end
      local method = methods[key]
      if method then return method end
      local names = {}
      for name in core.raw_pairs(methods) do names[#names + 1] = name end
      table.sort(names)
      local shown = tostring(key)
      local near = core.host.nearest(shown, names)
      raise(format("a candle list has no field '%s'; it has numbers 1..#list, closes() and its like, to_table()%s",
                   shown, near and format(" (did you mean '%s'?)", near) or ""))
    end,
    __len = function(list) return list.n end,
    __newindex = read_only,
    __tostring = function(list) return format("candles (%d)", list.n) end,
  })

  --- The list of `length` candles that begins behind the first `offset`. Reading checks no more than the list's length: no
  --- other list may ever be made, whoever asked, NaN included.
  function self.view(offset, length)
    if not (offset >= 0 and length >= 0 and offset + length <= size) or tobit(offset) ~= offset or tobit(length) ~= length then
      raise(format("there are no %s candles from place %s on in a series of %d", tostring(length), tostring(offset), size))
    end
    return List(offset, length)
  end

  --- A function of a limit: the newest so many candles that are closed at now.when, or nil where more is to be said.
  --- Compiled code finds nothing but constants in here: no table is looked at.
  function self.reader(now)
    return function(limit)
      if type(limit) == "number" then
        local last = floor((now.when - first) / step)
        if limit >= 1 and limit <= last and last <= size and tobit(limit) == limit then return List(last - limit, limit) end
      end
    end
  end
  function self.grow(first_now, _, size_now, _, _, _, p_close_now)
    if first_now ~= first or p_close_now ~= p_close then return false end
    self.size, size = size_now, size_now
    return true
  end
  return self
end

--- Is x a candle list? Scripts can make no other cdata than 64-bit numbers, and those fail where they are read.
function candles.is_candles(x) return type(x) == "cdata" end

--- Pointer to the values of one column of a list, and their number; nil of a single candle.
function candles.column(list, field)
  local column = list[keys[field]]
  if column ~= nil then return column, list.n end
end

core.is_candles, core.column = candles.is_candles, candles.column
return candles

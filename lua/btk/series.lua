-- btk.series: indicators that are declared once, computed in C++, once for all runs over the same candles, and read by index inside callbacks.
-- fast[0] is the value at the newest closed candle, fast[1] the one before. What C++ does, and what LuaJIT demands of
-- it: lua/series_columns.h.
--
-- On the good path of a read nothing is allocated and C is not called: the reader of a column keeps the run that read
-- last and the place of its values. Everything else (another run, more rows, no value) goes the slow way.
local core = ...
local ffi, host, raise = core.ffi, core.host, core.raise
local data, run = core.module("data"), core.module("run")
local type, tostring, setmetatable, ipairs = type, tostring, setmetatable, ipairs
local floor, min, max, tobit = math.floor, math.min, math.max, bit.tobit
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

-- Without const, see lua/series_columns.h.
ffi.cdef "typedef struct { double* values; int32_t rows; } btk_series_view;"

local DAY = 86400000
local MARGIN = 10    -- candles that a column of a window reaches back beyond what it needs: fast[1] has a value, too
-- What a column that remembers has seen of its first values fades as e^-20 (about 2e-9) over so many times what it needs: then
-- a session that was restarted reads what one that went on would read. Not more than 60 days, but 4 times at least.
local SETTLE = { ema = 10, dema = 10, tema = 10, macd = 10, obv = 0, vwap = 0 }
local SETTLE_WILDER, SETTLE_LEAST, SETTLE_MOST = 20, 4, 60 * DAY

-- Columns of a run ---------------------------------------------------------------

-- Where a column begins: a day before the run, or as far back as it needs to have a value from the first minute on.
-- The answer must not depend on what the script has read before, nor on whether the run is live.
local function anchor_of(self, spec, symbol)
  local series = data.series_of(self, symbol, spec.interval)
  local step = series.step
  local before = self.backtest and self.range_from - DAY or self.range_from
  local start = before + DAY
  local lead = spec.needs + MARGIN
  if spec.remembers then
    local settled = (SETTLE[spec.name] or SETTLE_WILDER) * spec.needs
    lead = max(lead, SETTLE_LEAST * spec.needs, min(settled, floor(SETTLE_MOST / step)))
  end
  local wanted = max(0, min(before + -before % step, start - start % step - lead * step))
  if wanted < series.first then
    -- The source was asked for everything since `before`: if it has not all of it, it has nothing earlier. Where holes are
    -- errors it was not, so that only those are told that somebody reads.
    local exhausted = not self.exchange.get_candles and self.exchange.gaps ~= "error" and data.series_of(self, symbol, "1m").first > before
    series = not exhausted and data.look_back(self, symbol, spec.interval, wanted) or series
  end
  return max(wanted, series.first), step
end

-- The column of a run: made when the run reads it first.
local function bound_to(self, spec)
  local columns = self.columns
  if not columns then
    columns = {}
    self.columns = columns
  end
  local bound = columns[spec]
  if bound then return bound end
  local symbol = spec.symbol or self.symbol
  local anchor, step = anchor_of(self, spec, symbol)
  local column, v1, v2, v3 = host.series_column(self.handle, symbol, spec.interval, anchor, spec.name, spec.source,
                                                spec.parameters[1], spec.parameters[2], spec.parameters[3])
  bound = { column = column, symbol = symbol, first = anchor, step = step }
  for i, view in ipairs { v1, v2, v3 } do bound[i] = ffi.cast("btk_series_view*", view) end
  columns[spec] = bound
  return bound
end

-- The value, or nil and why there is none yet.
local function read(self, spec, result, back)
  local bound = bound_to(self, spec)
  local view, when = bound[result], self.now.when
  local closed = floor((when - bound.first) / bound.step)
  local at = closed - 1 - back
  local function none(text) return nil, format("series %s of %s: %s", spec.text, bound.symbol, text) end
  if at >= view.rows then
    data.reach(self, bound.symbol, spec.interval, bound.first + closed * bound.step)
    host.series_extend(self.handle, bound.symbol, spec.interval, bound.column, at + 1)
  end
  if at >= view.rows then return none("there are no candles up to " .. host.format_time(when)) end
  if at < spec.needs - 1 then
    return none(format("%d candles are needed, %d exist before %s", spec.needs + back, max(0, closed), host.format_time(when)))
  end
  local value = view.values[at]
  if value == value then return value end
  raise(format("series %s of %s has no finite result here (a division by zero, or numbers too large)", spec.text,
               bound.symbol))
end

local function check_index(spec, back)
  if type(back) ~= "number" or back < 0 or back % 1 ~= 0 then
    raise(format("series %s: [0] is the newest closed candle, [1] the one before; got [%s]", spec.text, tostring(back)))
  end
end

-- Reading ------------------------------------------------------------------------

local is_column = setmetatable({}, { __mode = "k" })
local function read_only() raise("a series cannot be changed") end

local column_methods = {
  --- The value `back` candles before the newest closed one, or nil while there is none (warm-up).
  --- @param back? integer default 0
  --- @return number?
  at = function(column, back)
    local of = is_column[column]
    if not of then raise("series: call it as column:at(back)") end
    back = back or 0
    check_index(of.spec, back)
    return (read(data.the_run("btk.series"), of.spec, of.result, back))
  end,
  --- The newest `count` values as a plain table, oldest first; ends the tick as warm-up while there are not so many.
  --- @param count integer
  --- @return number[]
  values = function(column, count)
    if type(count) ~= "number" or count < 1 or count % 1 ~= 0 then
      raise("series: values(count) needs a whole number above zero, got " .. tostring(count))
    end
    local out = {}
    for i = 1, count do out[i] = column[count - i] end
    return out
  end,
}

-- One column of results as scripts see it. `fields`: the other results of the same indicator by name.
local function reader(spec, result, fields)
  local owner, now, view = false, nil, nil   -- the run that read last, its clock, its values
  local first, step = 0, 0
  local function slow(key)
    check_index(spec, key)
    local self = data.the_run("btk.series")
    local value, why = read(self, spec, result, key)
    local bound = bound_to(self, spec)
    owner, now, view, first, step = self, self.now, bound[result], bound.first, bound.step
    if value == nil then run.warmup(why) end
    return value
  end
  local column = setmetatable({}, {
    __index = function(_, key)
      if type(key) == "number" then
        if core.current == owner then
          local at = floor((now.when - first) / step) - 1 - key
          if at >= 0 and key >= 0 and at < view.rows and tobit(key) == key then
            local value = view.values[at]
            if value == value then return value end
          end
        end
        return slow(key)
      end
      local found = fields and fields[key] or column_methods[key]
      if found then return found end
      local names = { "at", "values" }
      for name in pairs(fields or {}) do names[#names + 1] = name end
      table.sort(names)
      local near = host.nearest(tostring(key), names)
      raise(format("series %s has no field '%s'%s", spec.text, tostring(key), near and format("; did you mean '%s'?", near) or
                   "; it has numbers from 0 (the newest) and " .. concat(names, ", ")))
    end,
    __newindex = read_only,
    -- With the newest value, for logs and for --explain --locals.
    __tostring = function()
      local value = core.current and read(core.current, spec, result, 0)
      return "series " .. spec.text .. (value and format(": %.14g", value) or "")
    end,
    __metatable = false,
  })
  is_column[column] = { spec = spec, result = result }
  return column
end

-- Declaring ----------------------------------------------------------------------

local known_source = { open = true, high = true, low = true, close = true, volume = true }

-- Columns live outside the script's memory, and one step of a column takes as long as its period is: a generated file may have
-- so many, of such periods (lua/btk/generated.lua).
local declared = 0
local function check_bounds(name, values)
  local bounds = core.series_bounds
  if not bounds then return end
  declared = declared + 1
  if declared > bounds.columns then
    raise(format("series:%s: a generated file may declare %d series; declare each once, not with new parameters at every call", name,
                 bounds.columns))
  end
  for i = 1, 3 do
    if values[i] > bounds.period then
      raise(format("series:%s: a generated file may use periods up to %d, got %g", name, bounds.period, values[i]))
    end
  end
end

-- Declared before with these parameters: the same column again.
local function declare(frame, name, source, results, names, a, b, c)
  if type(frame) ~= "table" or not frame.declared then raise(format("series: call it as btk.series(interval):%s(...)", name)) end
  local values = { a or 0, b or 0, c or 0 }
  local given = {}
  for i, label in ipairs(names) do
    if type(values[i]) ~= "number" then raise(format("series:%s: %s must be a number, got %s", name, label, type(values[i]))) end
    given[i] = format("%.14g", values[i])
  end
  if not known_source[source] then
    raise(format("series:%s: source must be open, high, low, close or volume, got '%s'", name, tostring(source)))
  end
  local key = concat(given, ",") .. ":" .. source
  local of_name = frame.declared[name]
  if not of_name then
    of_name = {}
    frame.declared[name] = of_name
  end
  if of_name[key] then return of_name[key] end
  check_bounds(name, values)
  local spec = { name = name, source = source, parameters = values, interval = frame.interval, symbol = frame.symbol }
  spec.text = name == "value" and format("%s %s", source, frame.interval)
              or format("%s(%s) %s", name, concat(given, ", "), frame.interval)
  local _
  spec.needs, _, spec.remembers = host.series_shape(name, source, values[1], values[2], values[3])
  local column
  if #results == 1 then
    column = reader(spec, 1)
  else
    local fields = {}
    for i, field in ipairs(results) do fields[field] = reader(spec, i) end
    column = reader(spec, 1, fields)
  end
  of_name[key] = column
  return column
end

local ONE = { "value" }
local indicators = core.module("series_indicators")(declare)

-- btk.series(interval): the candles as columns, and the indicators over them.
local frame_names = {}
for name in pairs(indicators) do frame_names[#frame_names + 1] = name end
for name in pairs(known_source) do frame_names[#frame_names + 1] = name end
table.sort(frame_names)

local hidden = setmetatable({}, { __mode = "k" })   -- what a frame is, by frame
local NONE = {}
local function key_of(parameter) return parameter == nil and NONE or parameter end

-- An indicator as a method of frames. Strategies declare inside get_signal, too, with the parameters of the run: what was
-- declared before is found without a text being made of them, and the first two without looking into tables.
local NO_FRAME = {}
local function with_frame(name)
  local method, made = indicators[name], {}
  local frame_1, a_1, b_1, c_1, d_1, column_1 = NO_FRAME, nil, nil, nil, nil, nil
  local frame_2, a_2, b_2, c_2, d_2, column_2 = NO_FRAME, nil, nil, nil, nil, nil
  return function(frame, a, b, c, d)
    if a == a_1 and frame == frame_1 and b == b_1 and c == c_1 and d == d_1 then return column_1 end
    if a == a_2 and frame == frame_2 and b == b_2 and c == c_2 and d == d_2 then return column_2 end
    local key_a, key_b, key_c, key_d = key_of(a), key_of(b), key_of(c), key_of(d)
    local of_frame = made[frame]
    local of_a = of_frame and of_frame[key_a]
    local of_b = of_a and of_a[key_b]
    local of_c = of_b and of_b[key_c]
    local column = of_c and of_c[key_d]
    if column then return column end
    column = method(hidden[frame] or {}, a, b, c, d)
    if a ~= a or b ~= b or c ~= c or d ~= d then return column end  -- NaN, where the method takes no parameter
    local node = made
    for _, key in ipairs { frame, key_a, key_b, key_c } do
      node[key] = node[key] or {}
      node = node[key]
    end
    node[key_d] = column
    if frame_1 == NO_FRAME then frame_1, a_1, b_1, c_1, d_1, column_1 = frame, a, b, c, d, column
    elseif frame_2 == NO_FRAME then frame_2, a_2, b_2, c_2, d_2, column_2 = frame, a, b, c, d, column end
    return column
  end
end
local frame_methods = {}
for name in pairs(indicators) do frame_methods[name] = with_frame(name) end

local function frame_unknown(frame, key)
  local near = host.nearest(tostring(key), frame_names)
  raise(format("btk.series(%q) has no indicator '%s'%s", hidden[frame].interval, tostring(key),
               near and format("; did you mean '%s'?", near) or "; it has " .. concat(frame_names, ", ")))
end

-- What scripts find in a frame is in a table, for compiled code: indicators, and columns of prices, since they were asked for first.
local function new_frame(interval, symbol)
  local frame, state = {}, { interval = interval, symbol = symbol, declared = {} }
  hidden[frame] = state
  local members = setmetatable({}, { __index = function(members, key)
    local found = frame_methods[key]
    if not found then
      if not known_source[key] then frame_unknown(frame, key) end
      found = declare(state, "value", key, ONE, {})
    end
    members[key] = found
    return found
  end })
  return setmetatable(frame, {
    __index = members,
    __newindex = read_only,
    __tostring = function() return "series of " .. interval end,
    __metatable = false,
  })
end

local series, frames = {}, {}

-- Value at the newest closed candle and at the one before it.
local function last_two(who, x)
  if type(x) == "number" then
    if x - x ~= 0 then raise(format("series.%s compares finite numbers, got %s", who, tostring(x))) end
    return x, x
  end
  if not is_column[x] then raise(format("series.%s compares series and numbers, got a %s", who, type(x))) end
  return x[0], x[1]
end

--- True when a came from below or on b and is above it at the newest closed candle.
--- @param a btk.Column|number
--- @param b btk.Column|number
--- @return boolean
function series.crossover(a, b)
  local a_now, a_before = last_two("crossover", a)
  local b_now, b_before = last_two("crossover", b)
  return a_before <= b_before and a_now > b_now
end

--- True when a came from above or on b and is below it at the newest closed candle.
--- @param a btk.Column|number
--- @param b btk.Column|number
--- @return boolean
function series.crossunder(a, b)
  local a_now, a_before = last_two("crossunder", a)
  local b_now, b_before = last_two("crossunder", b)
  return a_before >= b_before and a_now < b_now
end

--- @api btk.series(interval, symbol?)
--- Where indicators are declared: the candles of an interval, of the run's own symbol or of another one.
--- Example: local fast = btk.series("1m"):sma(20)
--- @param interval string "1m" ... "1d"
--- @param symbol? string default: the symbol of the run
--- @return btk.Series
local function open(interval, symbol)
  data.check_interval(interval)
  if symbol ~= nil and (type(symbol) ~= "string" or symbol == "") then
    raise("series: symbol must be a text, got " .. type(symbol))
  end
  local key = symbol and interval .. " " .. symbol or interval
  local frame = frames[key]
  if not frame then
    frame = new_frame(interval, symbol)
    frames[key] = frame
  end
  return frame
end

local series_names = { "crossover", "crossunder" }
return setmetatable(series, {
  __call = function(_, interval, symbol) return open(interval, symbol) end,
  __index = function(_, key)
    local near = host.nearest(tostring(key), series_names)
    raise(format("btk.series has no function '%s'%s", tostring(key), near and format("; did you mean '%s'?", near) or
                 '; indicators stand behind an interval: btk.series("1m"):sma(20)'))
  end,
})

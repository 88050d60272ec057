-- The profile of generated files (lua/generated.h): what such a file finds, and bounds on what it gives to functions
-- that cannot be interrupted. Runs once, after everything else stands; a file has the state for itself.
local core = ...
local profile, globals = core.generated, core.globals
local raise, format = core.raise, core.raw_format
local type, error, rawget, setmetatable, getmetatable = type, error, rawget, setmetatable, getmetatable
local pairs, ipairs = core.raw_pairs, ipairs
local full = core.loaded.btk

function core.late_message(where)
  return format("%s used more than %g s of processor time", where, profile.call_seconds)
end

-- ---- bounds --------------------------------------------------------------------
local function refuse(message) error(message, 3) end

local function text_bounded(name, f)
  local subject_bytes, pattern_bytes = profile.subject_bytes, profile.pattern_bytes
  return function(subject, pattern, ...)
    if type(subject) == "string" and #subject > subject_bytes then
      refuse(format("string.%s: the text has %d bytes; a generated file may search in %d", name, #subject, subject_bytes))
    end
    if type(pattern) == "string" and #pattern > pattern_bytes then
      refuse(format("string.%s: the pattern has %d bytes; a generated file may use %d", name, #pattern, pattern_bytes))
    end
    return f(subject, pattern, ...)
  end
end

local function bounded_rep(f)
  local most = profile.repeat_bytes
  return function(text, n, separator)
    if type(text) == "string" and type(n) == "number" and
        n * (#text + (type(separator) == "string" and #separator or 0)) > most then
      refuse(format("string.rep: a generated file may make texts of %d bytes", most))
    end
    return f(text, n, separator)
  end
end

local function bounded_format(f)
  local most = profile.subject_bytes
  return function(pattern, ...)
    if type(pattern) == "string" and #pattern > most then
      refuse(format("string.format: the format has %d bytes; a generated file may use %d", #pattern, most))
    end
    return f(pattern, ...)
  end
end

local function bounded_insert(f)
  return function(list, ...)
    local at = ...
    if type(list) == "table" and select("#", ...) >= 2 and (type(at) ~= "number" or not (at >= 1 and at <= #list + 1)) then
      refuse("table.insert: the position must lie in the list or right behind it")
    end
    return f(list, ...)
  end
end

local function bounded_remove(f)
  return function(list, ...)
    local at = ...
    if type(list) == "table" and at ~= nil and (type(at) ~= "number" or not (at >= 0 and at <= #list + 1)) then
      refuse("table.remove: the position must lie in the list or right behind it")
    end
    return f(list, ...)
  end
end

local function bounded_sort(f)
  local most = profile.sort_items
  return function(list, ...)
    if type(list) == "table" and #list > most then
      refuse(format("table.sort: the list has %d elements; a generated file may sort %d", #list, most))
    end
    return f(list, ...)
  end
end

local function bounded_candles(f)
  local most = profile.list_items
  return function(symbol, interval, limit)
    if type(limit) == "number" and limit > most then
      raise(format("get_candles: %g candles asked for; a generated file may ask for %d at once", limit, most))
    end
    return f(symbol, interval, limit)
  end
end

local function bounded_indicators(from, where)
  local most, out = profile.list_items, {}
  for name, f in pairs(from) do
    if type(f) == "table" then
      out[name] = bounded_indicators(f, where .. "." .. name)
    else
      out[name] = function(list, b, c, d, e, g)
        if type(list) == "table" and #list > most or type(b) == "table" and #b > most then
          raise(format("%s.%s: a generated file may give at most %d values", where, name, most))
        end
        return f(list, b, c, d, e, g)
      end
    end
  end
  return out
end

if profile.bounded_library then
  core.series_bounds = { columns = profile.series, period = profile.series_period }
  local s, t = globals.string, globals.table
  for _, name in ipairs { "find", "match", "gmatch", "gsub" } do s[name] = text_bounded(name, s[name]) end
  s.rep, s.format = bounded_rep(s.rep), bounded_format(s.format)
  t.insert, t.remove, t.sort, t.move = bounded_insert(t.insert), bounded_remove(t.remove), bounded_sort(t.sort), nil
  full.get_candles, full.ta = bounded_candles(full.get_candles), bounded_indicators(full.ta, "ta")
end

-- ---- the allow list --------------------------------------------------------------
if not profile.allow_list then return true end

local function forbidden(name)
  core.log("refused", name)
  raise("a generated file may not use " .. name)
end

-- A table of some members of another one. Asking for the rest of what Lua has there is refused; changing the table is
-- the file's own affair.
local function some(from, name, members, refused)
  local out, no = {}, {}
  for member in members:gmatch("%S+") do out[member] = rawget(from, member) end
  for member in refused:gmatch("%S+") do no[member] = true end
  return setmetatable(out, { __metatable = false, __index = function(_, key)
    if no[key] then forbidden(name .. "." .. key) end
  end })
end

local function all(from)
  local out = {}
  for key, value in pairs(from) do out[key] = value end
  return out
end

local strict = { __metatable = false, __index = function(_, key)
  forbidden("btk." .. (type(key) == "string" and key:sub(1, 40) or "(" .. type(key) .. ")"))
end }

local btk = {
  add_strategy = full.add_strategy,
  get_candles = full.get_candles, get_average_price = full.get_average_price, get_close_price = full.get_close_price,
  get_timestamp = full.get_timestamp, get_date = full.get_date, get_mode = full.get_mode, get_symbol = full.get_symbol,
  get_pending_signal = full.get_pending_signal, get_scheduled_signal = full.get_scheduled_signal,
  ta = all(full.ta), date = all(full.date), json = all(full.json), math = all(full.math),
  series = setmetatable(all(full.series), { __metatable = false, __call = function(_, ...) return full.series(...) end }),
  log = some(full.log, "btk.log", "error warn info debug trace log agent",
             "use_memory use_jsonl use_persist use_logger use_dummy get_list"),
}
if rawget(full, "llm") and rawget(full.llm, "signal") then
  btk.llm, btk.context = { signal = full.llm.signal }, all(full.context)
end
setmetatable(btk, strict)

-- The entry of a set registers what its strategies need, and listens (SBX-4). Its strategy has the list above, from the moment
-- when it is included: core.enter_strategy.
local present = btk
local function reports_of(from)
  return { get_data = from.get_data, get_report = from.get_report,
           dump = function(symbol, context) return from.dump(symbol, context) end }   -- where reports go, nowhere else
end
if profile.entry then
  local entry = all(btk)
  for name, f in pairs(full) do
    if type(name) == "string" and name:find("^listen_") then entry[name] = f end
  end
  for _, name in ipairs { "set_config", "add_exchange", "add_frame", "add_walker", "include" } do entry[name] = full[name] end
  entry.walker, entry.backtest = reports_of(full.walker), reports_of(full.backtest)
  entry.walker.background = full.walker.background
  entry.llm = { signal = full.llm.signal, text = full.llm.text, json = full.llm.json,
                dump = function(id, messages, result) return full.llm.dump(id, messages, result) end }
  present = setmetatable(entry, strict)
end
function core.enter_strategy()
  present = btk
  core.loaded.btk = btk
end

-- Metatables: of the file's own tables only. The one of texts is shared with the host's modules.
local function own_setmetatable(t, meta)
  if type(t) ~= "table" then error("setmetatable: a generated file may do this to its own tables only", 2) end
  local result = setmetatable(t, meta) -- no tail call: errors name the file's line
  return result
end
local function own_getmetatable(t)
  if type(t) ~= "table" then return nil end
  return getmetatable(t)
end

local libraries = {
  string = some(globals.string, "string", "byte char find format gmatch gsub len lower match rep reverse sub upper",
                "dump"),
  table = some(globals.table, "table", "concat insert maxn remove sort", "foreach foreachi move"),
  math = all(globals.math), bit = all(globals.bit),
  coroutine = some(globals.coroutine, "coroutine", "create resume running status wrap yield isyieldable", ""),
  os = some(globals.os, "os", "time date clock difftime", "execute exit getenv remove rename setlocale tmpname"),
}
-- Methods of texts find the same functions, in a table that no file can change.
core.raw_getmetatable("").__index = all(libraries.string)

local function only_btk(name)
  if name == "btk" then return present end
  forbidden("require of " .. (type(name) == "string" and format("%q", name:sub(1, 40)) or "a " .. type(name)))
end

local kept = {
  _VERSION = globals._VERSION, assert = globals.assert, error = globals.error, ipairs = globals.ipairs,
  next = globals.next, pairs = globals.pairs, pcall = globals.pcall, print = globals.print, select = globals.select,
  tonumber = globals.tonumber, tostring = globals.tostring, type = globals.type, unpack = globals.unpack,
  setmetatable = own_setmetatable, getmetatable = own_getmetatable, require = only_btk,
}
for name, library in pairs(libraries) do kept[name] = library end

local known = { io = true, ffi = true, jit = true, debug = true, arg = true, newproxy = true, gcinfo = true, module = true }
local names = {}
for name in pairs(globals) do names[#names + 1] = name end
for _, name in ipairs(names) do
  if type(name) == "string" and kept[name] == nil then known[name] = true end
  globals[name] = kept[name]
end
setmetatable(globals, { __metatable = false, __index = function(_, key)
  if known[key] then forbidden(key) end
end })

-- What the host loads from now on is handed out by only_btk; nothing else may be found.
for name in pairs(all(core.loaded)) do core.loaded[name] = nil end
core.loaded.btk = present
return true

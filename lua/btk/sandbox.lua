-- What scripts find in their global table. Runs once per isolate, before any
-- other Lua, with the plain libraries still in place.
local core = ...
local type, error, select, pairs = type, error, select, core.raw_pairs
local find, sub, gsub, byte = string.find, string.sub, string.gsub, string.byte
local raw_load, raw_pcall, raw_xpcall, raw_require = core.raw_load, core.raw_pcall, core.raw_xpcall, core.raw_require
local unsafe = core.unsafe
local globals = core.globals

local order, text = core.module("key_order"), core.module("text")
globals.pairs, globals.next, globals.ipairs = order.pairs, order.next, order.ipairs
globals.tostring, globals.print, string.format = text.tostring, text.print, text.format

-- ---- errors --------------------------------------------------------------------
-- What ends a script (memory, deadline, interrupt) cannot be caught; other errors
-- arrive as they were raised, without the host's description around them.
local stop_reason, raise_stop, error_value = core.stop_reason, core.raise_stop, core.error_value

local function checked(ok, ...)
  if ok then return true, ... end
  if stop_reason() ~= 0 then raise_stop() end
  return false, error_value((...))
end

function globals.pcall(...)
  return checked(raw_pcall(...))
end

function globals.xpcall(f, handler, ...)
  if type(handler) ~= "function" then return raw_xpcall(f, handler, ...) end
  return checked(raw_xpcall(f, function(raised)
    if stop_reason() ~= 0 then return raised end -- a handler that does not return could not be stopped here
    return handler(error_value(raised))
  end, ...))
end

-- ---- code ----------------------------------------------------------------------
-- Text only: bytecode can break out of any sandbox.
local function chunk_name(name)
  name = type(name) == "string" and name or "=(load)"
  return (sub(name, 1, 4) == "=btk" or sub(name, 1, 5) == "=[btk") and "=(load)" or name
end

local function load_text(source, name, has_env, env)
  if byte(source) == 27 then return nil, "compiled Lua is not accepted; give the source text" end
  if has_env then return raw_load(source, name, "t", env) end
  return raw_load(source, name, "t")
end

function globals.load(source, name, mode, ...)
  if mode ~= nil and type(mode) == "string" and not find(mode, "t", 1, true) then
    return nil, "compiled Lua is not accepted; give the source text"
  end
  if type(source) == "function" then
    local pieces, n = {}, 0
    for piece in source do
      if piece == "" then break end
      if type(piece) ~= "string" then return nil, "reader function must return a string" end
      n = n + 1
      pieces[n] = piece
    end
    source = table.concat(pieces)
    name = name or "=(load)"
  elseif type(source) == "string" then
    name = name or source
  else
    error("bad argument #1 to 'load' (a text or a function expected, got " .. type(source) .. ")", 2)
  end
  return load_text(source, chunk_name(name), select("#", ...) > 0, (...))
end

function globals.loadstring(source, name)
  if type(source) ~= "string" then
    error("bad argument #1 to 'loadstring' (string expected, got " .. type(source) .. ")", 2)
  end
  return load_text(source, chunk_name(name or source))
end

function globals.loadfile(path)
  if type(path) ~= "string" then error("loadfile needs the name of a file beside the script", 2) end
  local ok, source, name = raw_pcall(core.read_beside, path)
  if not ok then return nil, source end
  return raw_load(source, "@" .. name, "t")
end

function globals.dofile(path)
  if type(path) ~= "string" then error("dofile needs the name of a file beside the script", 2) end
  local source, name = core.read_beside(path)
  local chunk, problem = raw_load(source, "@" .. name, "t")
  if not chunk then error(problem, 0) end
  return chunk()
end

-- ---- require -------------------------------------------------------------------
local loaded, loading = core.loaded, {}
local needs_unsafe = { ffi = true, io = true, debug = true, jit = true, package = true,
                       ["jit.util"] = true, ["jit.opt"] = true }

local function normal(name)
  if sub(name, 1, 2) == "./" then name = sub(name, 3) end
  if sub(name, -4) == ".lua" then name = sub(name, 1, -5) end
  return (gsub(name, "/", "."))
end

local function run_module(name, source, file)
  local chunk, problem = raw_load(source, "@" .. file, "t")
  if not chunk then error(problem, 0) end
  loading[#loading + 1] = name
  local ok, value = raw_xpcall(chunk, core.traceback, name)
  loading[#loading] = nil
  if not ok then error(value, 0) end
  if value == nil then value = true end
  if loaded[name] == nil then loaded[name] = value end
  return loaded[name]
end

function globals.require(given)
  if type(given) ~= "string" then
    error("bad argument #1 to 'require' (the name of a module expected, got " .. type(given) .. ")", 2)
  end
  local value = loaded[given]
  if value ~= nil then return value end
  local name = normal(given)
  value = loaded[name]
  if value ~= nil then return value end
  for i = 1, #loading do
    if loading[i] == name then
      core.raise("'" .. name .. "' requires itself: " .. table.concat(loading, " -> ", i) .. " -> " .. name ..
                 "; move what both need into a third file")
    end
  end
  if name == "btk.test" then core.raise("'btk.test' is there only under `btkhost test`") end
  local source, file = core.find_module(given)
  if source then return run_module(name, source, file) end
  if unsafe then
    if core.library_found then core.library_found(given) end
    return raw_require(given)
  end
  if needs_unsafe[given] then core.raise("'" .. given .. "' is there only with --unsafe") end
  core.raise("module '" .. given .. "' not found: there is no file " .. gsub(name, "%.", "/") ..
             ".lua beside the script")
end

-- ---- environments: scripts change their own, not the host's ---------------------
local raw_getfenv, raw_setfenv = getfenv, setfenv

function globals.getfenv(f)
  if type(f) == "function" then
    local env = raw_getfenv(f)
    return env == core.internal and globals or env
  end
  f = f == nil and 1 or f
  if f == 0 then return globals end
  local env = raw_getfenv(type(f) == "number" and f + 1 or f)
  return env == core.internal and globals or env
end

function globals.setfenv(f, env)
  local target = type(f) == "number" and f > 0 and f + 1 or f
  if (type(f) == "function" or type(f) == "number") and raw_getfenv(target) == core.internal then
    error("setfenv cannot change the host's own functions", 2)
  end
  local result = raw_setfenv(target, env)
  return result
end

-- ---- libraries -----------------------------------------------------------------
for name, f in pairs(core.time) do os[name] = f end
for name, f in pairs(core.nesting) do
  local dot = find(name, ".", 1, true)
  globals[sub(name, 1, dot - 1)][sub(name, dot + 1)] = f
end
local raw_find, bounded_find = find, string.find
function string.find(...) -- the plain search is one that LuaJIT compiles
  local _, _, _, plain = ...
  if plain then return raw_find(...) end
  return bounded_find(...)
end
core.module("numbers")

string.dump = nil
table.foreach, table.foreachi = nil, nil -- their order is not reproducible; pairs is
globals.newproxy, globals.gcinfo, globals.module, globals.arg = nil, nil, nil, nil
os.setlocale, os.exit = nil, nil
if not unsafe then
  globals.io, globals.debug, globals.jit = nil, nil, nil
  globals.package = { loaded = loaded }
  globals.os = { time = os.time, date = os.date, clock = os.clock, difftime = os.difftime }
end
if unsafe and core.view_file then core.library_found = core.module("proof_files") end
for _, name in ipairs { "string", "table", "math", "bit", "coroutine", "os" } do loaded[name] = globals[name] end
loaded._G = globals

-- The host's own modules see the same functions, but in tables that scripts cannot change.
for name in pairs(core.internal) do core.internal[name] = nil end
for name, value in pairs(globals) do
  if type(value) == "table" and value ~= globals then
    local copy = {}
    for key, item in pairs(value) do copy[key] = item end
    value = copy
  end
  core.internal[name] = value
end
core.internal._G = core.internal

-- While a proof repeats a run (host/prove), the files of an --unsafe script are copies: what it reads is what the proof
-- wants it to see, what it writes stays with it, so that fifty repetitions leave no trace. Ways to data that cannot be
-- seen from here are reported.
local core = ...
local view, outside = core.view_file, core.outside
local type, error, find, sub = type, error, string.find, string.sub
local raw_open, raw_lines, raw_input, raw_output, raw_read = io.open, io.lines, io.input, io.output, io.read
local raw_close, raw_popen, tmpfile, stdin = io.close, io.popen, io.tmpfile, io.stdin
local raw_execute, raw_loadlib = os.execute, package.loadlib

local writing = {} -- [path] = handle that the script has open for writing
local path_of = {} -- the reverse
local kept = {}    -- [path] = what it wrote, false when it removed it

local methods = core.raw_getmetatable(stdin).__index
local method_close, method_read, method_lines = methods.close, methods.read, methods.lines

local function all_of(handle)
  handle:flush()
  local at = handle:seek("cur")
  handle:seek("set")
  local text = method_read(handle, "*a")
  handle:seek("set", at)
  return text
end

local function content(path)
  if writing[path] then return all_of(writing[path]) end
  if kept[path] then return kept[path] end
  if kept[path] == false then return nil, path .. ": No such file or directory", 2 end
  local file, why, code = raw_open(path, "rb")
  if not file then return nil, why, code end
  local text, problem = method_read(file, "*a")
  method_close(file)
  if not text then return nil, problem or path .. ": cannot be read", 21 end
  return view(path, text)
end

local function copy_of(text)
  local handle = tmpfile()
  handle:write(text)
  handle:seek("set")
  return handle
end

function io.open(path, mode)
  mode = mode or "r"
  if type(path) ~= "string" or type(mode) ~= "string" or not find(mode, "^[rwa]") then return raw_open(path, mode) end
  local kind, changes = sub(mode, 1, 1), find(mode, "[wa+]") ~= nil
  local text, why, code
  if kind ~= "w" then
    text, why, code = content(path)
    if not text and kind == "r" then return nil, why, code end
  end
  local handle = copy_of(text or "")
  if kind == "a" then handle:seek("end") end
  if changes then writing[path], path_of[handle] = handle, path end
  return handle
end

function methods.close(handle)
  local path = path_of[handle]
  if path then
    kept[path], path_of[handle] = all_of(handle), nil
    if writing[path] == handle then writing[path] = nil end
  end
  return method_close(handle)
end

function io.close(handle)
  if handle == nil then return raw_close() end
  return methods.close(handle)
end

local function heard(handle) if handle == stdin then outside("standard input") end end
function methods.read(handle, ...) heard(handle) return method_read(handle, ...) end
function methods.lines(handle, ...) heard(handle) return method_lines(handle, ...) end
function io.read(...) heard(raw_input()) return raw_read(...) end

function io.lines(path, ...)
  if path == nil then
    heard(raw_input())
    return raw_lines()
  end
  local handle, why = io.open(path)
  if not handle then error(why, 2) end
  return method_lines(handle, ...)
end

function io.input(file)
  if type(file) ~= "string" then return raw_input(file) end
  local handle, why = io.open(file)
  if not handle then error(why, 2) end
  return raw_input(handle)
end

function io.output(file)
  if type(file) ~= "string" then return raw_output(file) end
  return raw_output(io.open(file, "w"))
end

function io.popen(...) outside("io.popen") return raw_popen(...) end
function os.execute(...) outside("os.execute") return raw_execute(...) end
function package.loadlib(...) outside("package.loadlib") return raw_loadlib(...) end

function os.remove(path)
  local text, why, code = content(path)
  if not text then return nil, why, code end
  kept[path] = false
  return true
end

function os.rename(from, to)
  local text, why, code = content(from)
  if not text then return nil, why, code end
  kept[from], kept[to] = false, text
  return true
end

-- With the debug library a script could reach the functions behind these.
local raw_debug, plain = debug, { traceback = true, getinfo = true }
core.globals.debug = core.raw_setmetatable({}, {
  __index = function(_, name)
    if not plain[name] then outside("the debug library") end
    return raw_debug[name]
  end,
})
package.loaded.debug = core.globals.debug

--- A library that `require` found outside of the script's folder.
local built_in = { string = true, table = true, math = true, bit = true, coroutine = true, os = true, io = true, debug = true,
                   jit = true, package = true, _G = true, ["table.new"] = true, ["table.clear"] = true, ["string.buffer"] = true }
return function(name)
  if not built_in[name] and sub(name, 1, 4) ~= "jit." then outside("require '" .. name .. "'") end
end

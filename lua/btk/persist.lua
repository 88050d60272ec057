-- btk.use_persist: where a paper or live session keeps its state, in Lua. The host calls it on the thread of the
-- script that registered it; values are JSON texts.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, ipairs = type, tostring, ipairs
local pairs, format = core.raw_pairs, core.raw_format

local persist = {}
local hooks = { "read", "write", "has", "keys", "wait_for_init" }
local known = {}
for _, name in ipairs(hooks) do known[name] = true end
local backend, ready

--- Keeps the state of runs with the script's own functions: read(kind, key) -> json or nil, write(kind, key, json),
--- keys(kind) -> list; optional: has(kind, key) -> boolean, wait_for_init() before the first of them.
local function use_persist(given)
  if type(given) ~= "table" then raise("use_persist needs a table of functions, got " .. type(given)) end
  for name, fn in pairs(given) do
    if not known[name] then
      local near = host.nearest(tostring(name), hooks)
      raise(format("use_persist has no function '%s'%s", tostring(name), near and format("; did you mean '%s'?", near) or "; there are " .. table.concat(hooks, ", ")))
    end
    if type(fn) ~= "function" then raise(format("use_persist: %s must be a function, got %s", name, type(fn))) end
  end
  for _, name in ipairs { "read", "write", "keys" } do
    if not given[name] then raise(format("use_persist: %s is missing; give read, write and keys", name)) end
  end
  backend, ready = given, false
end

local function prepared()
  if not backend then raise("no persistence is registered; call btk.use_persist{...}") end
  if not ready and backend.wait_for_init then backend.wait_for_init() end
  ready = true
  return backend
end

function persist.exists() return backend ~= nil end
function persist.read(kind, key)
  local b = prepared()
  if b.has and not b.has(kind, key) then return nil end
  local value = b.read(kind, key)
  if value ~= nil and type(value) ~= "string" then raise(format("use_persist: read must return a JSON text or nil, got %s", type(value))) end
  return value
end
function persist.write(kind, key, json) prepared().write(kind, key, json) end
function persist.keys(kind)
  local list = prepared().keys(kind)
  if type(list) ~= "table" then raise(format("use_persist: keys must return a list, got %s", type(list))) end
  for i = 1, #list do
    if type(list[i]) ~= "string" then raise(format("use_persist: keys must return a list of texts, see entry %d", i)) end
  end
  return list
end

function persist.install(btk) btk.use_persist = use_persist end

return persist

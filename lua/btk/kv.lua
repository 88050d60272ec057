-- btk.kv: values by key, for whatever a script wants to keep. open(name) gives a store of its own; the functions of btk.kv
-- itself work on one that has no name. Values are JSON values; nil takes a key away.
local core = ...
local host = core.host
local args, kept, text = core.module("args"), core.module("kept"), core.module("kept_text")
local ipairs, setmetatable, format = ipairs, setmetatable, core.raw_format

local kv = {}

-- Puts the functions of the store of that name into `self`.
local function make(self, name)
  local space = kept.space("kv", name)
  -- Functions of a store may be called with a dot or a colon.
  local function method(called, fn)
    local who = name == "" and "kv." .. called or "kv.open(\"" .. name .. "\")." .. called
    self[called] = function(first, ...)
      if first == self then return fn(who, ...) end
      return fn(who, first, ...)
    end
  end
  local function key_of(who, key)
    kept.run(who)
    return args.value(who, "key", key, "text")
  end

  --- The value, or `default`.
  method("get", function(who, key, default)
    local value = kept.get(space, key_of(who, key))
    if value == nil then return default end
    return value
  end)
  method("set", function(who, key, value)
    key_of(who, key)
    if value == nil then kept.erase(space, key) else kept.put(space, key, value) end
  end)
  method("has", function(who, key) return host.kept_get(space, key_of(who, key)) ~= nil end)
  method("delete", function(who, key) kept.erase(space, key_of(who, key)) end)
  --- Keys in the order in which they came, all or those that begin with `prefix`.
  method("keys", function(who, prefix)
    kept.run(who)
    if prefix ~= nil then args.value(who, "prefix", prefix, "text") end
    local keys, out = host.kept_list(space), {}
    for _, key in ipairs(keys) do
      if not prefix or key:sub(1, #prefix) == prefix then out[#out + 1] = key end
    end
    return out
  end)
  --- Sets the key to what fn(value) returns, in one go: fn is called again when another symbol changed it meanwhile.
  method("update", function(who, key, fn)
    key_of(who, key)
    args.value(who, "the second argument", fn, "function")
    while true do
      local was = host.kept_get(space, key)
      local before
      if was ~= nil then before = text.decode(was) end
      local value = fn(before)
      local new
      if value ~= nil then new = text.encode(value) end
      if host.kept_swap(space, key, was, new) then return kept.copy(value) end
    end
  end)
  return self
end

function kv.open(name)
  local store = make({}, args.value("kv.open", "name", name, "text"))
  return setmetatable(store, { __index = core.module("unknown").refuse(format("the store \"%s\"", name), store) })
end

function kv.install(btk)
  btk.kv = make(kv, "")
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.kv.delete(key)
--- Forgets a key.

--- @api btk.kv.get(key, default?)
--- The value of a key, or the default.

--- @api btk.kv.has(key)
--- Whether there is a value for the key.

--- @api btk.kv.keys(prefix?)
--- All keys, or those that begin with the prefix, in the order in which they came.

--- @api btk.kv.open(name)
--- A store of that name, with the same functions.

--- @api btk.kv.set(key, value)
--- Keeps a value under a key.

--- @api btk.kv.update(key, change)
--- Changes the value of a key by a function.

return kv

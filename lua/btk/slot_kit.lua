-- What btk.cache and btk.interval have in common: functions that are wrapped together with something that belongs to a
-- slot of an interval (analytics.md 6.1, 6.2).
local core = ...
local host, raise = core.host, core.raise
local args, kept = core.module("args"), core.module("kept")
local tostring, type, ipairs, setmetatable, rawequal = tostring, type, ipairs, setmetatable, rawequal
local format = core.raw_format

local kit = {}

--- strategy:exchange[:frame]:mode of the run.
local function context_of(self)
  local context = self.context
  local frame = context.frame_name and ":" .. context.frame_name or ""
  return format("%s:%s%s:%s", context.strategy_name, context.exchange_name, frame, kept.mode(self))
end
kit.context_of = context_of

-- The key of a call in a wrapper's table of entries.
local function entry_key(self, of_arguments, ...)
  local own = of_arguments({ ... })
  if own == nil then own = "" end
  if type(own) == "table" or type(own) == "function" then
    raise("the key function must return a text or a number, got " .. type(own))
  end
  return context_of(self) .. ":" .. tostring(own)
end

--- A callable with methods, which may be called with a dot or a colon. `who` made it: "cache.fn".
function kit.callable(who, call, methods)
  local wrapped = {}
  for name, fn in core.raw_pairs(methods) do
    wrapped[name] = function(first, ...)
      if rawequal(first, wrapped) then return fn(...) end
      return fn(first, ...)
    end
  end
  return setmetatable(wrapped, { __call = function(_, ...) return call(...) end,
                                 __index = core.module("unknown").refuse("what btk." .. who .. " returned", wrapped) })
end

--- The wrapped form of a function that keeps entries in memory. `state`: interval, key (function of the list of
--- arguments), entries by key with `slot`. `call(self, state, key, slot, ...)` does the work.
function kit.in_memory(who, state, call)
  local function present()
    local self = kept.run(who)
    return self, args.align(self.now.when, state.interval)
  end
  return kit.callable(who, function(...)
    local self, slot = present()
    return call(self, state, entry_key(self, state.key, ...), slot, ...)
  end, {
    --- Forgets the entries of the present context.
    clear = function()
      local prefix = context_of(present()) .. ":"
      for key in core.raw_pairs(state.entries) do
        if key:sub(1, #prefix) == prefix then state.entries[key] = nil end
      end
    end,
    --- Forgets entries of slots other than the present one, in every context; how many, nil when there never was one.
    gc = function()
      local _, slot = present()
      if not state.used then return nil end
      local gone = 0
      for key, entry in core.raw_pairs(state.entries) do
        if entry.slot ~= slot then
          state.entries[key] = nil
          gone = gone + 1
        end
      end
      return gone
    end,
    --- Whether a call with these arguments would find an entry of the present slot.
    has_value = function(...)
      local self, slot = present()
      local entry = state.entries[entry_key(self, state.key, ...)]
      return entry ~= nil and entry.slot == slot
    end,
  })
end

--- The wrapped form of a function whose entries are kept by the host. `call(space, key, ...)` does the work. The bucket has
--- a number given in the order of wrapping, so that a script finds its own again after a restart.
function kit.in_store(who, kind, options, index, call)
  local bucket = format("%s_%s_%d", options.name, options.interval, index)
  local function place(symbol, ...)
    local self = kept.run(who)
    args.value(who, "the first argument, the symbol,", symbol, "text")
    local slot = args.align(self.now.when, options.interval)
    local key = format("%s_%.0f", symbol, slot)
    if options.key then
      key = options.key(symbol, slot, ...)
      if type(key) ~= "string" or key == "" then raise(format("%s: the key function must return a text, got %s", who, type(key))) end
    end
    return kept.space(kind, kept.mode(self), bucket), key
  end
  return kit.callable(who, function(...)
    local space, key = place(...)
    return call(space, key, ...)
  end, {
    clear = function()
      local space = kept.space(kind, kept.mode(kept.run(who)), bucket)
      for _, key in ipairs((host.kept_list(space))) do kept.erase(space, key) end
    end,
    has_value = function(...)
      local space, key = place(...)
      return host.kept_get(space, key) ~= nil
    end,
  })
end

--- Functions of btk.cache and btk.interval around wrap and wrap_stored.
function kit.service(name, default_key, call, call_stored)
  local service, wrapped, counter = {}, setmetatable({}, { __mode = "k" }), 0
  local function check(who, f, options, known)
    args.value(who, "the first argument", f, "function")
    return args.named(who, options, known)
  end
  --- Wraps a function in memory: { interval = [, key = function(arguments)] }. The same function shares what it has.
  function service.fn(f, options)
    local who = name .. ".fn"
    check(who, f, options, { interval = "interval", key = "function?" })
    local state = wrapped[f]
    if not state then
      state = { interval = options.interval, key = options.key or default_key, entries = {}, fn = f }
      wrapped[f] = state
    end
    return kit.in_memory(who, state, call)
  end
  --- Wraps a function of a symbol, with what it has in the host's store: { interval =, name = [, key = function(symbol,
  --- slot, ...)] }.
  function service.file(f, options)
    local who = name .. ".file"
    check(who, f, options, { interval = "interval", name = "text", key = "function?" })
    local index = counter
    counter = counter + 1
    return kit.in_store(who, name, options, index, function(space, key, ...) return call_stored(f, space, key, ...) end)
  end
  --- Forgets what a wrapped function has in memory.
  function service.dispose(f)
    local state = wrapped[args.value(name .. ".dispose", "the first argument", f, "function")]
    if state then state.entries, state.used = {}, nil end
  end
  --- The same for all of them.
  function service.clear()
    for _, state in core.raw_pairs(wrapped) do state.entries, state.used = {}, nil end
  end
  --- The next stored wrapper gets number 0 again.
  function service.reset_counter() counter = 0 end
  return service
end

return kit

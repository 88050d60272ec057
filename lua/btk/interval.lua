-- btk.interval: a function that is called once per slot of an interval and answers nil in the rest of it (analytics.md 6.2).
-- When it returns nil it has not fired, and is tried again. Without a key function the first argument, the symbol, counts.
local core = ...
local kept, kit = core.module("kept"), core.module("slot_kit")
local host = core.host

local function call(self, state, key, slot, ...)
  local entry = state.entries[key]
  if entry and entry.slot == slot then return nil end
  local value = state.fn(...)
  if value ~= nil then state.entries[key], state.used = { slot = slot }, true end
  return value
end

local function call_stored(f, space, key, ...)
  if host.kept_get(space, key) ~= nil then return nil end
  local value = f(...)
  if value ~= nil then kept.put(space, key, { data = value, when = core.current.now.when }) end
  return value
end

return kit.service("interval", function(arguments) return arguments[1] end, call, call_stored)

-- btk.cache: what a function returned, kept until the slot of an interval ends (analytics.md 6.1). Without a key function the
-- arguments do not count, not even the symbol.
local core = ...
local kept, kit = core.module("kept"), core.module("slot_kit")
local host, text = core.host, core.module("kept_text")
local select, unpack = select, unpack

local function pack(...) return { n = select("#", ...), ... } end

local function call(self, state, key, slot, ...)
  local entry = state.entries[key]
  if not entry or entry.slot ~= slot then
    entry = { slot = slot, values = pack(state.fn(...)) }
    state.entries[key], state.used = entry, true
  end
  return unpack(entry.values, 1, entry.values.n)
end

local function call_stored(f, space, key, ...)
  local written = host.kept_get(space, key)
  if written ~= nil then return text.decode(written).data end
  local value = f(...)
  kept.put(space, key, { data = value })
  return kept.copy(value)
end

return kit.service("cache", function() return "" end, call, call_stored)

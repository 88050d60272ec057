-- What services keep: JSON values (lua/btk/kept_text.lua) by space and key, in the host's store. In a back-test the store is the isolate's own,
-- or that of the runs that keep step; the traders of a paper or live session share one that survives the process.
-- Everything here works inside a run, because a replay of a session must be told the same.
local core = ...
local host, raise = core.host, core.raise
local data, listeners = core.module("data"), core.module("listeners")
local places, text = core.module("kept_places"), core.module("kept_text")
local type, ipairs, pairs, select, max = type, ipairs, core.raw_pairs, select, math.max
local format, match, encode, decode = core.raw_format, string.match, text.encode, text.decode

local kept = {}

kept.run = data.the_run

--- A name for a space, whatever its parts are.
function kept.space(kind, ...)
  local out = kind
  for i = 1, select("#", ...) do
    local part = select(i, ...) or ""
    out = format("%s/%d:%s", out, #part, part)
  end
  return out
end

--- "backtest" or "live", as the reference divides its stores.
function kept.mode(self) return self.backtest and "backtest" or "live" end

local chosen = {}  -- service -> its place; absent: the store

local function place_of(space) return chosen[match(space, "^[^/]*")] or places.store end

-- space -> { place, key, value }: the last value, where nobody can see that it is not written yet (kept.put_late).
local late = {}

-- Where the values of a space are, the late one among them.
local function settled(space)
  local waiting = late[space]
  if waiting then
    late[space] = nil
    waiting.place.put(space, waiting.key, waiting.value)
  end
  return place_of(space)
end

--- The value, nil when there is none.
function kept.get(space, key) return settled(space).get(space, key) end
--- Keeps a value that has a JSON form; what has none is an error.
function kept.put(space, key, value) settled(space).put(space, key, value) end
function kept.erase(space, key) settled(space).put(space, key, nil) end

--- Keys in the order in which they came.
function kept.keys(space) return settled(space).keys(space) end
--- Keys and values in that order.
function kept.list(space) return settled(space).list(space) end

local function own(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for key, item in pairs(value) do out[key] = own(item) end
  return out
end

--- put() for what changes every minute and is seldom read: in a back-test, whose store nobody else reads, it is written when
--- this script reads it. `value`: made by the host, a copy is kept.
function kept.put_late(space, key, value)
  local place, waiting = place_of(space), late[space]
  if not (host.kept_alone() and place.quiet) then return kept.put(space, key, value) end
  if waiting and (waiting.key ~= key or waiting.place ~= place) then settled(space) end
  late[space] = { place = place, key = key, value = own(value) }
end

--- get() for who only looks at the value: it may be the one that is not written yet.
function kept.look(space, key)
  local waiting = late[space]
  if waiting and waiting.key == key and waiting.place == place_of(space) then return waiting.value end
  return kept.get(space, key)
end

--- Gives a service its functions use_persist(), use_memory() under the name `in_memory`, use_dummy() and use_<name>_adapter{...}.
function kept.offer(service, name, in_memory)
  local function choose(place)
    chosen[name] = place
  end
  local custom = format("use_%s_adapter", name)
  service.use_persist = function() choose(nil) end
  service[in_memory] = function() choose(places.process) end
  service.use_dummy = function() choose(places.nowhere) end
  service[custom] = function(given) choose(places.adapter(format("%s.%s", name, custom), given)) end
end

--- A copy that shares nothing with the value: what a store would give back.
function kept.copy(value)
  if type(value) ~= "table" then return value end
  return decode(encode(value))
end

-- JSON has no infinity: a lifetime without end comes back as one.
function kept.row(row)
  if type(row) == "table" and row.minute_estimated_time == nil then row.minute_estimated_time = 1 / 0 end
  return row
end

--- Id of the open position, else of the waiting order of the run.
function kept.signal_id(who)
  local self = data.the_run(who)
  local row = host.row(self.handle, false) or host.row(self.handle, true)
  if not row then raise(format("%s requires a pending or scheduled signal for symbol=%s", who, self.symbol)) end
  return row.id
end

--- A moment that a caller gave, else the present one.
function kept.moment(self, given) return given or self.now.when end

--- Is an entry, which came with `when` and was written in minute `at`, there for somebody who asks at `when`? After a crash
--- a session works on its last minutes again: what it wrote in them is not from the future, but from before.
function kept.seen(self, entry, when)
  local again = self.backtest and 0 or max(0, entry.at - self.now.when)
  return entry.when - again <= when
end

--- How a service hears of events while it is enabled.
function kept.ear(name)
  local ear, undo = {}, nil
  --- Hears { { channel, fn }, ... } from now on, if it does not already. Returns a function that ends it.
  function ear.open(heard)
    if undo then return ear.close end
    undo = {}
    for i, item in ipairs(heard) do undo[i] = listeners.add(item[1], item[2], nil, "plain", name) end
    return ear.close
  end
  function ear.close()
    for _, fn in ipairs(undo or {}) do fn() end
    undo = nil
  end
  --- Raises when the service is not enabled.
  function ear.need(who)
    if not undo then raise(format("%s: btk.%s is not enabled; call btk.%s.enable() at the top of the script first", who, name, name)) end
  end
  return ear
end

return kept

-- What services keep: JSON values (lua/btk/kept_text.lua) by space and key, in the host's store. In a back-test the store is the isolate's own,
-- or that of the runs that keep step; the traders of a paper or live session share one that survives the process.
-- Everything here works inside a run, because a replay of a session must be told the same.
local core = ...
local host, raise = core.host, core.raise
local data, listeners = core.module("data"), core.module("listeners")
local places, text = core.module("kept_places"), core.module("kept_text")
local type, ipairs, select, max = type, ipairs, select, math.max
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

--- The value, nil when there is none.
function kept.get(space, key) return place_of(space).get(space, key) end
--- Keeps a value that has a JSON form; what has none is an error.
function kept.put(space, key, value) place_of(space).put(space, key, value) end
function kept.erase(space, key) place_of(space).put(space, key, nil) end

--- Keys in the order in which they came.
function kept.keys(space) return place_of(space).keys(space) end
--- Keys and values in that order.
function kept.list(space) return place_of(space).list(space) end

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

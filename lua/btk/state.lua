-- btk.state: one value per signal and bucket (analytics.md 6.5). A value that was set later than the asking moment is not
-- seen: the initial one is.
local core = ...
local args, kept = core.module("args"), core.module("kept")
local type = type

local state, ear = {}, kept.ear("state")

local known = { signal_id = "text", bucket_name = "text", initial_value = "any?", backtest = "boolean?", when = "number?" }
local by_run = { bucket_name = "text", initial_value = "any?" }
local first = {}  -- initial value of the first access, by space

local function place(who, given)
  local self = kept.run(who)
  local mode = given.backtest == nil and kept.mode(self) or (given.backtest and "backtest" or "live")
  local space = kept.space("state", mode, given.signal_id, given.bucket_name)
  if first[space] == nil then first[space] = { kept.copy(given.initial_value) } end
  return self, space, kept.moment(self, given.when)
end

local function seen(self, space, when)
  local stored = kept.get(space, "value")
  if stored and kept.seen(self, stored, when) then return stored.value end
  return kept.copy(first[space][1])
end

local function get(who, given)
  local self, space, when = place(who, given)
  return seen(self, space, when)
end
local function set(who, dispatch, given)
  local self, space, when = place(who, given)
  local value = dispatch
  if type(dispatch) == "function" then value = dispatch(seen(self, space, when)) end
  kept.put(space, "value", { when = when, at = self.now.when, value = value })
  return kept.copy(value)
end

--- The value of a signal's bucket: { signal_id, bucket_name, initial_value [, backtest, when] }.
function state.get_state(given)
  return get("state.get_state", args.named("state.get_state", given, known))
end
--- Sets it to a value, or to what a function makes of the present one; returns the new value.
function state.set_state(dispatch, given)
  return set("state.set_state", dispatch, args.named("state.set_state", given, known))
end

-- The value of the signal that the run holds.
local function of_signal(who, given)
  return { signal_id = kept.signal_id(who), bucket_name = given.bucket_name, initial_value = given.initial_value }
end

--- From now on the states of a signal are forgotten when it closes or is cancelled (in a session they stay on disk).
function state.enable()
  local function forget(event)
    if (event.action ~= "closed" and event.action ~= "cancelled") or not event.backtest then return end
    local prefix = kept.space("state", "backtest", event.signal.id)
    for space in core.raw_pairs(first) do
      if space:sub(1, #prefix) == prefix then
        kept.erase(space, "value")
        first[space] = nil
      end
    end
  end
  return ear.open { { "signal_event", forget }, { "order_schedule", forget } }
end
function state.disable() ear.close() end

kept.offer(state, "state", "use_local")

--- @api btk.state.use_persist()
--- States are kept in the store of the session, so that they are there after a restart (the default).

--- @api btk.state.use_local()
--- States are kept as long as the process lives.

--- @api btk.state.use_dummy()
--- States are kept nowhere.

--- @api btk.state.use_state_adapter(given)
--- States are kept by functions of the script; values are tables, nil takes one away. `space` names mode, signal and bucket.
--- @param given table { get = function(space, key) end, set = function(space, key, value) end, keys = function(space) end }

--- Forgets the values of a signal: dispose(signal_id, bucket_name).
function state.dispose(signal_id, bucket_name)
  local who = "state.dispose"
  local space = kept.space("state", kept.mode(kept.run(who)), args.value(who, "signal_id", signal_id, "text"),
                           args.value(who, "bucket_name", bucket_name, "text"))
  first[space] = nil
  kept.erase(space, "value")
end

--- create_signal_state{ bucket_name, initial_value } returns get(symbol) and set(symbol, value or function), bound to the
--- signal that the run holds at the moment of the call.
function state.install(btk)
  btk.state = state
  local function checked(who, symbol) core.module("commands").the_run(who, symbol) end
  function btk.get_signal_state(symbol, given)
    checked("get_signal_state", symbol)
    args.named("get_signal_state", given, by_run)
    return get("get_signal_state", of_signal("get_signal_state", given))
  end
  function btk.set_signal_state(symbol, dispatch, given)
    checked("set_signal_state", symbol)
    args.named("set_signal_state", given, by_run)
    return set("set_signal_state", dispatch, of_signal("set_signal_state", given))
  end
  function btk.create_signal_state(given)
    args.named("create_signal_state", given, by_run)
    local bound = { bucket_name = given.bucket_name, initial_value = kept.copy(given.initial_value) }
    return function(symbol) return btk.get_signal_state(symbol, bound) end,
           function(symbol, dispatch) return btk.set_signal_state(symbol, dispatch, bound) end
  end
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.create_signal_state(given)
--- Two functions: get(symbol) and set(symbol, value or function) for the state of the signal that the run holds.
--- @param given table { bucket_name =, initial_value = }

--- @api btk.get_signal_state(symbol, given)
--- The state of the signal that the run holds (open position, else waiting order); an error without one.
--- @param given table { bucket_name =, initial_value = }

--- @api btk.set_signal_state(symbol, dispatch, given)
--- Sets it to a value, or to what a function makes of the present one; returns the new value.
--- @param given table { bucket_name =, initial_value = }

--- @api btk.state.disable()
--- States are kept when their signal ends, as before enable().

return state

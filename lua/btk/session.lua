-- btk.session: one value per symbol, strategy, exchange, frame and mode that outlives signals (analytics.md 6.6). A value
-- that was set later than the asking moment is not seen.
local core = ...
local args, kept = core.module("args"), core.module("kept")

local session = {}

local names = { strategy_name = "text", exchange_name = "text", frame_name = "text?" }

local function place(who, symbol, context, backtest)
  local self = kept.run(who)
  args.value(who, "symbol", symbol, "text")
  if context == nil then context = self.context else args.named(who, context, names) end
  if backtest == nil then backtest = self.backtest end
  args.value(who, "backtest", backtest, "boolean")
  return self, kept.space("session", backtest and "backtest" or "live", context.strategy_name, context.exchange_name,
                          context.frame_name), symbol
end

--- The value of a context: get_data(symbol [, context, backtest, when]); nil when there is none.
function session.get_data(symbol, context, backtest, when)
  local self, space, key = place("session.get_data", symbol, context, backtest)
  if when ~= nil then args.value("session.get_data", "when", when, "number") end
  local stored = kept.get(space, key)
  if stored and kept.seen(self, stored, kept.moment(self, when)) then return stored.value end
  return nil
end

--- Sets it; nil takes it away: set_data(symbol, value [, context, backtest, when]).
function session.set_data(symbol, value, context, backtest, when)
  local self, space, key = place("session.set_data", symbol, context, backtest)
  if when ~= nil then args.value("session.set_data", "when", when, "number") end
  kept.put(space, key, { when = kept.moment(self, when), at = self.now.when, value = value })
end

--- Forgets it.
function session.dispose(symbol, context, backtest)
  local _, space, key = place("session.dispose", symbol, context, backtest)
  kept.erase(space, key)
end

kept.offer(session, "session", "use_local")

function session.install(btk)
  btk.session = session
  --- The value of the run itself.
  function btk.get_session_data(symbol) return session.get_data(symbol) end
  function btk.set_session_data(symbol, value) session.set_data(symbol, value) end
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.session.use_persist()
--- Session data are kept in the store of the session, so that they are there after a restart (the default).

--- @api btk.session.use_local()
--- Session data are kept as long as the process lives.

--- @api btk.session.use_dummy()
--- Session data are kept nowhere.

--- @api btk.session.use_session_adapter(given)
--- Session data are kept by functions of the script; values are tables, nil takes one away. `space` names mode, strategy, exchange and frame, the key is the symbol.
--- @param given table { get = function(space, key) end, set = function(space, key, value) end, keys = function(space) end }

--- @api btk.set_session_data
--- Keeps data for the session.

return session

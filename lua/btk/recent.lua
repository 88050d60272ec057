-- btk.recent: the signal that was last active in a context (analytics.md 6.7). One that was made after the asking moment
-- is not seen.
local core = ...
local raise = core.raise
local args, kept = core.module("args"), core.module("kept")
local floor, format = math.floor, core.raw_format

local recent, ear = {}, kept.ear("recent")
local KNOWN = { strategy_name = "text", exchange_name = "text", frame_name = "text?" }

local function space_of(mode, context)
  return kept.space("recent", mode, context.strategy_name, context.exchange_name, context.frame_name)
end

--- The latest signal of each context is remembered from now on. Returns a function that ends it.
function recent.enable()
  return ear.open { { "active_ping", function(event)
    kept.put_late(space_of(event.backtest and "backtest" or "live", event), event.symbol, event.signal)
  end } }
end
--- Nothing is remembered from now on.
function recent.disable() ear.close() end

kept.offer(recent, "recent", "use_memory")

--- @api btk.recent.use_persist()
--- The latest signals are kept in the store of the session, so that they are there after a restart (the default).

--- @api btk.recent.use_memory()
--- The latest signals are kept as long as the process lives.

--- @api btk.recent.use_dummy()
--- The latest signals are kept nowhere.

--- @api btk.recent.use_recent_adapter(given)
--- The latest signals are kept by functions of the script; `space` names mode, strategy, exchange and frame, the key is the symbol.
--- @param given table { get = function(space, key) end, set = function(space, key, value) end, keys = function(space) end }

local function latest(who, symbol, context, when)
  ear.need(who)
  local self = kept.run(who)
  args.value(who, "symbol", symbol, "text")
  if context == nil then context = self.context else args.named(who, context, KNOWN) end
  if when == nil then when = self.now.when else args.value(who, "when", when, "number") end
  local row = kept.get(space_of("backtest", context), symbol) or kept.get(space_of("live", context), symbol)
  if row and row.timestamp > when then row = nil end
  return kept.row(row), when
end

local function minutes(who, ...)
  local row, when = latest(who, ...)
  if not row then raise(format("%s: there was no signal of %s yet", who, (...))) end
  return floor((when - row.timestamp) / 60000)
end

--- Its row: get_latest_signal(symbol [, context, when]); nil when there was none.
function recent.get_latest_signal(...) return (latest("recent.get_latest_signal", ...)) end
--- Minutes since it was made; an error when there was none.
function recent.get_minutes_since_latest_signal_created(...)
  return (minutes("recent.get_minutes_since_latest_signal_created", ...))
end
--- Was there none?
function recent.has_no_latest_signal(...) return latest("recent.has_no_latest_signal", ...) == nil end

function recent.install(btk)
  btk.recent = recent
  --- Row of the signal that was last open for the symbol of the run; nil when there was none.
  function btk.get_latest_signal(symbol) return (latest("get_latest_signal", symbol)) end
  --- Minutes since it was made; an error when there was none.
  function btk.get_minutes_since_latest_signal_created(symbol)
    return (minutes("get_minutes_since_latest_signal_created", symbol))
  end
end

return recent

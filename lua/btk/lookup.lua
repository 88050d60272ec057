-- btk.lookup: the runs that are under way in this isolate, by context (analytics.md 6.12). Each symbol that the host runs has
-- an isolate of its own; several are listed where a script drives several runs itself.
local core = ...
local args = core.module("args")
local ipairs, format, remove = ipairs, core.raw_format, table.remove

local lookup, active = { is_parallel = false }, {}

local KNOWN = { symbol = "text", context = "table", backtest = "boolean" }
local NAMES = { strategy_name = "text", exchange_name = "text", frame_name = "text?" }

local function key_of(activity)
  local c = activity.context
  local frame = c.frame_name and ":" .. c.frame_name or ""
  return format("%s:%s:%s%s:%s", activity.symbol, c.strategy_name, c.exchange_name, frame, activity.backtest and "backtest" or "live")
end

local function checked(who, activity)
  args.named(who, activity, KNOWN)
  args.named(who .. ": context", activity.context, NAMES)
  return key_of(activity)
end

local function take(key)
  for i, item in ipairs(active) do
    if item.key == key then remove(active, i) break end
  end
  lookup.is_parallel = active[2] ~= nil
end

--- Adds { symbol =, context =, backtest = }; one of the same context is replaced.
function lookup.add_activity(activity)
  local key = checked("lookup.add_activity", activity)
  take(key)
  active[#active + 1] = { key = key, activity = activity }
  lookup.is_parallel = active[2] ~= nil
end
--- Takes it away.
function lookup.remove_activity(activity) take(checked("lookup.remove_activity", activity)) end
--- Those that are under way, as { symbol =, context =, backtest = }.
function lookup.list_activity()
  local out = {}
  for i, item in ipairs(active) do out[i] = item.activity end
  return out
end

-- The host's own runs.
function lookup.begun(run)
  run.activity = { symbol = run.symbol, backtest = run.backtest,
                   context = { strategy_name = run.context.strategy_name, exchange_name = run.context.exchange_name,
                               frame_name = run.context.frame_name } }
  lookup.add_activity(run.activity)
end
function lookup.ended(run)
  if run.activity then take(key_of(run.activity)) end
end

function lookup.install(btk)
  core.run_begun, core.run_ended = lookup.begun, lookup.ended
  lookup.begun, lookup.ended = nil, nil
  btk.lookup = lookup
end

return lookup

-- btk.sweep: dated trade ideas against a grid of exits (analytics.md 3.2). The arithmetic is the host's
-- (engine/idea_sweep.h); here are the checks, the callbacks and the shape of the result.
local core = ...
local host, raise = core.host, core.raise
local schema, hook = core.module("schema"), core.module("hook")
local type, ipairs, tostring, setmetatable, rawset = type, ipairs, tostring, setmetatable, rawset
local pairs, format = core.raw_pairs, core.raw_format

local functions, used = {}, false
local CRITERIA = { "sharpe", "sortino", "pnl", "recovery" }
local DIRECTIONS = { LONG = true, SHORT = true, NEUTRAL = true }
local IDEA = { id = "number", ts = "number", symbol = "string", direction = "string", author = "string" }
local RUN = { symbol = true, sweep_name = true, ideas = true }

local function check_idea(i, idea)
  local function refuse(...) raise(format("sweep.run: idea %d: ", i) .. format(...)) end
  if type(idea) ~= "table" then refuse("is a %s, not a table { id =, ts =, symbol =, direction =, author = }", type(idea)) end
  for name in pairs(idea) do
    if not IDEA[name] then refuse("unknown field '%s'; there are author, direction, id, symbol, ts", tostring(name)) end
  end
  for _, name in ipairs { "id", "ts", "symbol", "direction", "author" } do
    local value = idea[name]
    if type(value) ~= IDEA[name] or value == "" or value ~= value then
      refuse("%s must be a %s, got %s", name, IDEA[name] == "string" and "non-empty text" or "number", tostring(value))
    end
  end
  if not DIRECTIONS[idea.direction] then refuse("direction must be LONG, SHORT or NEUTRAL, got %q", idea.direction) end
end

local function check_run(given)
  if type(given) ~= "table" then raise("sweep.run needs { symbol =, sweep_name =, ideas = }") end
  for name in pairs(given) do
    if not RUN[name] then raise(format("sweep.run: unknown field '%s'; there are ideas, sweep_name, symbol", tostring(name))) end
  end
  if type(given.symbol) ~= "string" or given.symbol == "" then raise("sweep.run: symbol must be a text") end
  if given.sweep_name == nil then raise("sweep.run: sweep_name is missing") end
  if type(given.ideas) ~= "table" then raise("sweep.run: ideas must be a list, got " .. type(given.ideas)) end
  for i, idea in ipairs(given.ideas) do check_idea(i, idea) end
  if core.current then raise("sweep.run: a sweep cannot be made inside a callback of a run") end
  return schema.get("sweep", given.sweep_name)
end

-- The candles of [from, to) as a source that the host opens, or as a builder filled by the script's own function.
local function candles_of(s, symbol, from, to)
  local exchange = schema.get("exchange", s.exchange_name)
  if not exchange.get_candles then return { exchange = exchange, folder = schema.folder("exchange", s.exchange_name) } end
  return { builder = (hook.earlier(exchange, symbol, from, to, true)) }
end

-- The trades of a report are made into tables when they are first looked at: a grid has thousands of reports.
local function report_of(handle, point)
  return setmetatable(host.sweep_report(handle, point), { __index = function(self, name)
    if name ~= "trades_list" then return nil end
    local trades = host.sweep_trades(handle, point)
    rawset(self, name, trades)
    return trades
  end })
end

local function sorted(handle, reports, criterion)
  local out = {}
  for i, point in ipairs(host.sweep_order(handle, criterion)) do out[i] = reports[point] end
  return out
end

--- Replays dated ideas on one symbol against every point of a sweep's grid: { symbol =, sweep_name =, ideas = { { id =, ts =,
--- symbol =, direction = "LONG"|"SHORT"|"NEUTRAL", author = }, ... } }. Returns the reference's result; a report's
--- `trades_list` is there when it is asked for. An error in a callback ends the sweep.
--- @param given table
--- @return table result
function functions.run(given)
  local s = check_run(given)
  used = true
  host.in_charge()
  local symbol = given.symbol
  -- A worker executes the chunk again: it needs the result, and nobody hears it twice.
  local callbacks = not host.is_worker() and s.callbacks or {}
  local function tell(name, ...)
    if callbacks[name] then callbacks[name](symbol, ...) end
  end
  local handle, ideas, kept, from, to = host.sweep_new(symbol, given.ideas, s.grid_axes or {})
  tell("on_ideas", ideas, kept)
  if #kept > 0 then host.sweep_candles(handle, symbol, from, to, candles_of(s, symbol, from, to)) end
  local profiles, truncated = host.sweep_profiles(handle)
  for i = 1, #profiles do tell("on_progress", "profiles", i, #profiles) end
  tell("on_profiles", profiles, truncated)

  local reports, tracks, points = {}, {}, host.sweep_points(handle)
  for point = 1, points do
    local own = host.sweep_try(handle, point)
    for _, track in ipairs(own) do tracks[#tracks + 1] = track end
    tell("on_authors_trained", own)
    reports[point] = report_of(handle, point)
    if callbacks.on_grid_point then tell("on_grid_point", reports[point], host.sweep_trades(handle, point)) end
    tell("on_progress", "grid", point, points)
  end
  local best = {}
  for i, criterion in ipairs(CRITERIA) do
    local list = sorted(handle, reports, criterion)
    best[i] = { criterion = criterion, report = list[1] }
    tell("on_ranking", criterion, list, best[i])
  end
  local result = host.sweep_figures(handle)
  result.symbol, result.ideas_total, result.ideas_directional = symbol, #ideas, #kept
  result.profile_count, result.truncated_count = #profiles, truncated
  result.reports = { reports = sorted(handle, reports, s.report_order or "sharpe"), best = best, tracks = tracks }
  tell("on_done", result)
  return result
end

--- Did the script make sweeps of its own?
return { functions = functions, used = function() return used end }

-- What scripts register: exchanges, frames, strategies, risks, sizings, actions, walkers, sweeps. One table says which
-- fields a schema has; add_, get_, list_ and override_ of every kind follow from it. A failed add_ reserves nothing,
-- list_ shows overrides (differences.md 15).
local core = ...
local raise, host = core.raise, core.host
local type, ipairs, next, tostring = type, ipairs, core.raw_next, tostring
local pairs = core.raw_pairs
local format, concat, sort = core.raw_format, table.concat, table.sort

local optimizer_rules = core.module("optimizer_schema")

local schema = {}

local function describe(value)
  local kind = type(value)
  if kind == "string" then return format("the text %q", value) end
  if kind == "number" or kind == "boolean" then return kind .. " " .. tostring(value) end
  return kind
end

local function known_names(fields)
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  sort(names)
  return names
end

local function unknown(what, name, names)
  local near = host.nearest(tostring(name), names)
  raise(format("%s has no field '%s'%s", what, tostring(name),
               near and format("; did you mean '%s'?", near) or "; it has " .. concat(names, ", ")))
end

-- Checks of one value: return nothing when sound, else what was wanted.
local is = {}
function is.text(v) if type(v) ~= "string" or v == "" then return "a non-empty text" end end
function is.any_text(v) if type(v) ~= "string" then return "a text" end end
function is.number(v) if type(v) ~= "number" or v ~= v or v == 1 / 0 or v == -1 / 0 then return "a finite number" end end
function is.flag(v) if type(v) ~= "boolean" then return "true or false" end end
function is.fn(v) if type(v) ~= "function" then return "a function" end end
function is.table(v) if type(v) ~= "table" then return "a table" end end
function is.date(v)
  if type(v) ~= "number" and (type(v) ~= "string" or not host.parse_date(v)) then
    return 'a date such as "2024-01-31" or "2024-01-31T12:00:00Z", or milliseconds since 1970'
  end
end
function is.one_of(...)
  local choices = { ... }
  local text = '"' .. concat(choices, '", "') .. '"'
  return function(v)
    for _, choice in ipairs(choices) do if v == choice then return end end
    return "one of " .. text
  end
end
function is.names(v)
  if type(v) ~= "table" then return "a list of names" end
  local seen = {}
  for _, name in ipairs(v) do
    if type(name) ~= "string" or name == "" then return "a list of names" end
    if seen[name] then return format("a list without repeats ('%s' stands twice)", name) end
    seen[name] = true
  end
  if next(v) ~= nil and #v == 0 then return "a list of names" end
end
function is.functions(known, what)
  return function(v)
    if type(v) ~= "table" then return "a table of functions" end
    for name, fn in pairs(v) do
      if not known[name] then unknown(what, name, known_names(known)) end
      if type(fn) ~= "function" then return format("a table of functions ('%s' is a %s)", name, type(fn)) end
    end
  end
end

local grid_axes = { hard_stop_percent = true, trailing_take_percent = true, hold_minutes = true, profit_lock_percent = true }
function is.axes(v)
  if type(v) ~= "table" then return "a table of lists such as { hard_stop_percent = { 1, 2 } }" end
  for name, list in pairs(v) do
    if not grid_axes[name] then unknown("grid_axes", name, known_names(grid_axes)) end
    if type(list) ~= "table" or #list == 0 then return format("a table of lists ('%s' is none)", name) end
    for _, value in ipairs(list) do
      if is.number(value) or value < 0 or name == "hold_minutes" and (value < 1 or value % 1 ~= 0) then
        return format("a table of lists of numbers ('%s' has %s)", name, describe(value))
      end
    end
  end
end

local function set(...)
  local out = {}
  for _, name in ipairs { ... } do out[name] = true end
  return out
end

local strategy_callbacks = set("on_tick", "on_open", "on_active", "on_idle", "on_close", "on_schedule", "on_cancel",
  "on_write", "on_partial_profit", "on_partial_loss", "on_breakeven", "on_schedule_ping", "on_active_ping")
local action_hooks = set("on_init", "on_signal", "on_signal_live", "on_signal_backtest", "on_breakeven_available",
  "on_partial_profit_available", "on_partial_loss_available", "on_ping_scheduled", "on_ping_active", "on_ping_idle",
  "on_pending_event", "on_schedule_event", "on_risk_rejection", "on_order_sync", "on_order_check", "on_dispose")
schema.action_hooks = action_hooks

local function validations(v)
  if type(v) ~= "table" then return "a list of functions or { validate =, note = } tables" end
  for i, item in ipairs(v) do
    if type(item) == "table" then
      for key in pairs(item) do
        if key ~= "validate" and key ~= "note" then unknown("a risk validation", key, { "note", "validate" }) end
      end
      item = item.validate
    end
    if type(item) ~= "function" then return format("a list of functions or { validate =, note = } tables (see item %d)", i) end
  end
end

local function handler(v)
  if type(v) == "function" then return end
  if type(v) ~= "table" then return "a table of hooks or a function that makes one" end
  schema.check_handler(v)
end

--- A handler table has the known hooks; names that begin with "_" are the handler's own.
function schema.check_handler(v)
  for name, value in pairs(v) do
    if type(name) == "string" and type(value) == "function" and name:sub(1, 1) ~= "_" and not action_hooks[name] then
      unknown("an action handler", name, known_names(action_hooks))
    end
  end
end

-- name = { check, required }
local kinds = {
  exchange = {
    exchange_name = { is.text, true }, note = { is.any_text },
    driver = { is.text }, path = { is.text }, market = { is.one_of("spot", "futures") }, base_url = { is.text },
    seed = { is.number }, start_price = { is.number }, volatility = { is.number },
    get_candles = { is.fn }, format_price = { is.fn }, format_quantity = { is.fn }, get_order_book = { is.fn },
    get_aggregated_trades = { is.fn }, gaps = { is.one_of("fill", "error") },
    callbacks = { is.functions(set("on_candle_data"), "exchange callbacks") },
  },
  frame = {
    frame_name = { is.text, true }, note = { is.any_text },
    interval = { is.one_of("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d") },
    start_date = { is.date, true }, end_date = { is.date, true },
    callbacks = { is.functions(set("on_timeframe"), "frame callbacks") },
  },
  strategy = {
    strategy_name = { is.text, true }, note = { is.any_text },
    interval = { is.one_of("1m", "3m", "5m", "15m", "30m", "1h") },
    get_signal = { is.fn }, risk_name = { is.text }, risk_list = { is.names }, actions = { is.names },
    info = { is.table }, params = { core.module("params").check }, callbacks = { is.functions(strategy_callbacks, "strategy callbacks") },
  },
  risk = {
    risk_name = { is.text, true }, note = { is.any_text }, validations = { validations },
    callbacks = { is.functions(set("on_rejected", "on_allowed"), "risk callbacks") },
  },
  sizing = {
    sizing_name = { is.text, true }, note = { is.any_text },
    method = { is.one_of("fixed-percentage", "kelly-criterion", "atr-based"), true },
    risk_percentage = { is.number }, kelly_multiplier = { is.number }, atr_multiplier = { is.number },
    min_position_size = { is.number }, max_position_size = { is.number }, max_position_percentage = { is.number },
    callbacks = { is.functions(set("on_calculate"), "sizing callbacks") },
  },
  optimizer = {
    optimizer_name = { is.text, true }, note = { is.any_text }, range_train = { is.table, true },
    range_test = { is.table, true }, source = { is.table, true }, get_prompt = { is.fn, true },
    template = { optimizer_rules.functions(optimizer_rules.templates, "template functions") },
    callbacks = { optimizer_rules.functions(optimizer_rules.callbacks, "optimizer callbacks") },
    kind = { is.one_of("rules", "advisor") }, options = { is.table }, allow_overlap = { is.flag }, anonymize = { is.flag },
  },
  sweep = {
    sweep_name = { is.text, true }, note = { is.any_text }, exchange_name = { is.text, true },
    grid_axes = { is.axes }, report_order = { is.one_of("sharpe", "sortino", "pnl", "recovery") },
    callbacks = { is.functions(set("on_ideas", "on_profiles", "on_progress", "on_authors_trained", "on_grid_point",
                                   "on_ranking", "on_done"), "sweep callbacks") },
  },
  action = { action_name = { is.text, true }, note = { is.any_text }, handler = { handler, true } },
  walker = {
    walker_name = { is.text, true }, note = { is.any_text }, exchange_name = { is.text, true },
    frame_name = { is.text, true }, strategies = { is.names, true }, metric = { is.text },
    callbacks = { is.functions(set("on_strategy_start", "on_strategy_complete", "on_strategy_error", "on_complete"),
                               "walker callbacks") },
  },
}

-- Rules over several fields.
local whole = {}
function whole.exchange(s)
  if not s.driver and not s.get_candles then
    raise(format("exchange '%s' has neither driver nor get_candles; give one of them", s.exchange_name))
  end
  if s.driver and s.get_candles then
    raise(format("exchange '%s' has both driver and get_candles; give one of them", s.exchange_name))
  end
  if s.driver then host.check_driver(s.driver) end
  if s.driver == "csv" and not s.path then
    raise(format("exchange '%s' (csv) has no path; give the files, for example path = \"data/{symbol}-1m-*.csv.gz\"",
                 s.exchange_name))
  end
end
function whole.frame(s)
  local from, to = schema.frame_range(s)
  if to < from then
    raise(format("frame '%s' ends (%s) before it starts (%s)", s.frame_name, tostring(s.end_date), tostring(s.start_date)))
  end
end
function whole.sizing(s)
  if s.method ~= "kelly-criterion" and not s.risk_percentage then
    raise(format("sizing '%s' (%s) needs risk_percentage", s.sizing_name, s.method))
  end
end
function whole.walker(s)
  if s.metric and not host.is_metric(s.metric) then
    core.log("warn", format("walker '%s': there is no metric '%s', so no strategy can be the best", s.walker_name, s.metric))
  end
  if #s.strategies == 0 then raise(format("walker '%s' lists no strategies", s.walker_name)) end
end

whole.optimizer = optimizer_rules.whole

local stores, orders, folders, places, files = {}, {}, {}, {}, {}
for kind in pairs(kinds) do
  stores[kind], orders[kind], folders[kind], places[kind], files[kind] = {}, {}, {}, {}, {}
end

local function check(kind, s)
  local fields, what = kinds[kind], kind .. " schema"
  if type(s) ~= "table" then raise(format("add_%s needs a table, got %s", kind, describe(s))) end
  for key in pairs(s) do
    if not fields[key] then unknown(what, key, known_names(fields)) end
  end
  if kind == "optimizer" then optimizer_rules.first(s) end
  for _, key in ipairs(known_names(fields)) do
    local rule, value = fields[key], s[key]
    if value == nil then
      if rule[2] then raise(format("%s has no %s; give it", what, key)) end
    else
      local wanted = rule[1](value)
      if wanted then raise(format("%s: %s must be %s, got %s", what, key, wanted, describe(value))) end
    end
  end
  if whole[kind] then whole[kind](s) end
end

local function copy(s)
  local out = {}
  for k, v in pairs(s) do out[k] = v end
  return out
end

--- The range of a frame in ms: a bare end date means the whole day.
function schema.frame_range(s)
  local from = type(s.start_date) == "number" and s.start_date or host.parse_date(s.start_date)
  local to = type(s.end_date) == "number" and s.end_date or host.parse_date(s.end_date, true)
  return from, to
end

--- The registered schema of that name; an error that names the nearest one otherwise, and who asked for it.
function schema.get(kind, name, owner)
  local found = type(name) == "string" and stores[kind][name]
  if found then return found end
  if kind == "optimizer" then raise(format("optimizer %s not found source=%s", tostring(name), owner or "get_optimizer")) end
  local near = type(name) == "string" and host.nearest(name, orders[kind]) or nil
  raise(format('%s%s "%s" is not registered%s', owner or "", kind, tostring(name), near and format(' (did you mean "%s"?)', near) or ""))
end

--- The file that registered it, as messages show it, or nil.
function schema.file(kind, name) return files[kind][name] end
--- Folder of the script that registered it: paths in a schema are relative to it.
function schema.folder(kind, name) return folders[kind][name] end
function schema.has(kind, name) return stores[kind][name] ~= nil end
--- Name of the first schema registered, or nil.
function schema.first(kind) return orders[kind][1] end
function schema.names(kind) return orders[kind] end

--- References between schemas: a strategy's risks and actions, a walker's parts. `place` stands before the error.
function schema.check_references(kind, s, place)
  local owner = format("%s%s '%s': ", place or "", kind, s[kind .. "_name"])
  if kind == "strategy" then
    for _, name in ipairs(schema.risks_of(s)) do schema.get("risk", name, owner) end
    for _, name in ipairs(s.actions or {}) do schema.get("action", name, owner) end
  elseif kind == "walker" then
    schema.get("exchange", s.exchange_name, owner)
    schema.get("frame", s.frame_name, owner)
    for _, name in ipairs(s.strategies) do schema.get("strategy", name, owner) end
  elseif kind == "sweep" then
    schema.get("exchange", s.exchange_name, owner)
  end
end

--- All of them, when everything is registered: what is missing is told at the line of the add_ that needs it.
function schema.check_all_references()
  for _, kind in ipairs { "strategy", "walker", "sweep" } do
    for _, name in ipairs(orders[kind]) do schema.check_references(kind, stores[kind][name], places[kind][name]) end
  end
end

--- Risk profiles of a strategy in the order of checking: risk_name first, then the list without repeats.
function schema.risks_of(s)
  local out, seen = {}, {}
  local function add(name)
    if name and not seen[name] then
      seen[name] = true
      out[#out + 1] = name
    end
  end
  add(s.risk_name)
  for _, name in ipairs(s.risk_list or {}) do add(name) end
  return out
end

local function add(kind, s)
  -- The reference says so before it looks at anything else.
  if kind == "optimizer" and type(s) == "table" and stores.optimizer[s.optimizer_name or ""] then
    raise(format("optimizer %s already exist; give it another name", s.optimizer_name))
  end
  check(kind, s)
  local name = s[kind .. "_name"]
  if stores[kind][name] then raise(format('%s "%s" is already registered; give it another name', kind, name)) end
  stores[kind][name] = copy(s)
  folders[kind][name] = core.script_folder
  local file, line = core.user_position()
  places[kind][name] = file and format("%s:%d: ", file, line)
  files[kind][name] = file
  orders[kind][#orders[kind] + 1] = name
end

--- A schema of another script, checked there.
function schema.lend(kind, s, folder)
  local name = s[kind .. "_name"]
  if not stores[kind][name] then orders[kind][#orders[kind] + 1] = name end
  stores[kind][name], folders[kind][name] = s, folder
end

--- Registers a schema that the host's own Lua made.
function schema.register(kind, s) add(kind, s) end

local function list(kind)
  local out = {}
  for i, name in ipairs(orders[kind]) do out[i] = copy(stores[kind][name]) end
  return out
end

-- The members that are given replace those of the registered schema. Runs that have begun keep the old one.
local function override(kind, part)
  if type(part) ~= "table" then raise(format("override_%s needs a table, got %s", kind, describe(part))) end
  local key = kind .. "_name"
  if part[key] == nil then raise(format("override_%s: %s is missing; say which one", kind, key)) end
  local merged = copy(schema.get(kind, part[key]))
  for k, v in pairs(part) do merged[k] = v end
  if kind == "exchange" and part.driver and not part.get_candles then merged.get_candles = nil end
  if kind == "exchange" and part.get_candles and not part.driver then merged.driver = nil end
  check(kind, merged)
  stores[kind][part[key]] = merged
  return copy(merged)
end

--- @api btk.add_exchange(schema)
--- @api btk.add_frame(schema)
--- @api btk.add_strategy(schema)
--- @api btk.add_risk(schema)
--- @api btk.add_sizing(schema)
--- @api btk.add_action(schema)
--- @api btk.add_walker(schema)
--- @api btk.add_sweep(schema)
--- @api btk.add_optimizer(schema)
--- Registers an exchange, frame, strategy, risk, sizing, action, walker, sweep or optimizer. The fields stand in the manual; an unknown, missing
--- or wrong one is an error that says so.
--- @param schema table

--- @api btk.get_exchange(name)
--- @api btk.get_frame(name)
--- @api btk.get_strategy(name)
--- @api btk.get_risk(name)
--- @api btk.get_sizing(name)
--- @api btk.get_action(name)
--- @api btk.get_walker(name)
--- @api btk.get_sweep(name)
--- @api btk.get_optimizer(name)
--- The registered schema of that name, as a copy; an error that names the nearest one otherwise.
--- @param name string
--- @return table

--- @api btk.list_exchange()
--- @api btk.list_frame()
--- @api btk.list_strategy()
--- @api btk.list_risk()
--- @api btk.list_sizing()
--- @api btk.list_action()
--- @api btk.list_walker()
--- @api btk.list_sweep()
--- @api btk.list_optimizer()
--- All registered schemas of the kind, in the order of registration, with overrides.
--- @return table[]

--- @api btk.override_exchange(part)
--- @api btk.override_frame(part)
--- @api btk.override_strategy(part)
--- @api btk.override_risk(part)
--- @api btk.override_sizing(part)
--- @api btk.override_action(part)
--- @api btk.override_walker(part)
--- @api btk.override_sweep(part)
--- @api btk.override_optimizer(part)
--- Replaces members of a registered schema; `part` names it. Runs that have begun keep the old one.
--- @param part table
--- @return table schema as it is now

--- Puts add_<kind>, get_<kind>, list_<kind> and override_<kind> of every kind into `btk`.
function schema.install(btk)
  for kind in pairs(kinds) do
    btk["add_" .. kind] = function(s) add(kind, s) end
    btk["get_" .. kind] = function(name) return copy(schema.get(kind, name)) end
    btk["list_" .. kind] = function() return list(kind) end
    btk["override_" .. kind] = function(part) return override(kind, part) end
  end
end

return schema

-- Which fields a schema has, and when it is sound: each kind's fields with their checks, rules over several of them.
local core = ...
local raise, host = core.raise, core.host
local type, ipairs, tostring = type, ipairs, tostring
local pairs = core.raw_pairs
local format, concat, sort = core.raw_format, table.concat, table.sort

local optimizer_rules = core.module("optimizer_schema")
local choices = core.module("schema_choices")

local fields_of = {}

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
function is.range(low, high, text)
  return function(v) if type(v) ~= "number" or not (v >= low and v <= high) then return text end end
end
-- Beyond 2^53 neighbours are the same number.
function is.seed(v) if is.number(v) or v < 0 or v >= 2 ^ 53 or v % 1 ~= 0 then return "a whole number from 0 to 9007199254740991" end end
function is.flag(v) if type(v) ~= "boolean" then return "true or false" end end
function is.fn(v) if type(v) ~= "function" then return "a function" end end
function is.table(v) if type(v) ~= "table" then return "a table" end end
function is.date(v)
  -- Dates without dashes (20240131) and seconds would be moments of 1970 to 1973.
  if type(v) == "number" and (not (v >= 0 and v < 1e16) or v >= 19000101 and v <= 21001231 or v >= 1e8 and v < 1e11) then
    return 'a date such as "2024-01-31", or milliseconds since 1970 such as 1704067200000'
  end
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
  fields_of.check_handler(v)
end

local function is_callable(fn)
  local meta = type(fn) == "table" and core.raw_getmetatable(fn)
  return type(fn) == "function" or meta and meta.__call ~= nil
end

--- The hook of an action handler, or nil. One that came after the handler was checked, and is no function, says so when it is called.
function fields_of.hook(action_name, hooks, name)
  local fn = hooks[name]
  if fn == nil or is_callable(fn) then return fn end
  return function() raise(format("action '%s': handler.%s must be a function, got %s", action_name, name, type(fn))) end
end

--- A handler table has the known hooks, functions all of them; names that begin with "_" are the handler's own.
function fields_of.check_handler(v)
  for _, name in ipairs(known_names(action_hooks)) do
    if v[name] ~= nil and not is_callable(v[name]) then
      raise(format("action schema: handler.%s must be a function, got %s", name, type(v[name])))
    end
  end
  for name, value in pairs(v) do
    if type(name) == "string" and type(value) == "function" and name:sub(1, 1) ~= "_" and not action_hooks[name] then
      unknown("an action handler", name, known_names(action_hooks))
    end
  end
end

local frame_interval = is.one_of("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
local signal_interval = is.one_of("1m", "3m", "5m", "15m", "30m", "1h")

-- What the `options` of an optimizer may be: they stand in the files that it generates.
local optimizer_options = {
  strategy_interval = signal_interval, frame_interval = frame_interval,
  metric = function(v)
    if type(v) ~= "string" or not host.is_metric(v) then return 'a metric such as "sharpe_ratio" or "total_pnl"' end
  end,
  max_context_bytes = function(v) if is.number(v) or v < 1 then return "a number of bytes from 1 up" end end,
  prefix = function(v)
    if type(v) ~= "string" or #v > 40 or not v:find("^[A-Za-z0-9_-]+$") then return "1 to 40 letters, digits, _ and -" end
  end,
}

-- name = { check, required }
local kinds = {
  exchange = {
    exchange_name = { is.text, true }, note = { is.any_text },
    driver = { is.text }, path = { is.text }, market = { is.one_of("spot", "futures") }, base_url = { is.text },
    -- The limits of the made-up market (host/exchange/synthetic_walk.h).
    seed = { is.seed }, start_price = { is.range(1e-6, 1e9, "a number from 0.000001 to 1e9") },
    volatility = { is.range(0, 0.02, "a number from 0 to 0.02 (0.001 is 0.1 % a minute)") },
    get_candles = { is.fn }, format_price = { is.fn }, format_quantity = { is.fn }, get_order_book = { is.fn },
    get_aggregated_trades = { is.fn }, gaps = { is.one_of("fill", "error") },
    callbacks = { is.functions(set("on_candle_data"), "exchange callbacks") },
  },
  frame = {
    frame_name = { is.text, true }, note = { is.any_text },
    interval = { frame_interval },
    start_date = { is.date, true }, end_date = { is.date, true },
    callbacks = { is.functions(set("on_timeframe"), "frame callbacks") },
  },
  strategy = {
    strategy_name = { is.text, true }, note = { is.any_text },
    interval = { signal_interval },
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
  local from, to = fields_of.frame_range(s)
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

function whole.optimizer(s)
  optimizer_rules.whole(s)
  local options, what = s.options or {}, format("optimizer '%s': options", s.optimizer_name)
  for name in pairs(options) do
    if not optimizer_options[name] then unknown(what, name, known_names(optimizer_options)) end
  end
  for _, name in ipairs(known_names(optimizer_options)) do
    local value = options[name]
    local wanted = value ~= nil and optimizer_options[name](value)
    if wanted then raise(format("%s: %s must be %s, got %s", what, name, wanted, describe(value))) end
  end
end

--- Raises an error that names the field at fault.
function fields_of.check(kind, s)
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
  choices.check(kind, s)
end

--- The range of a frame in ms: a bare end date means the whole day.
function fields_of.frame_range(s)
  local from = type(s.start_date) == "number" and s.start_date or host.parse_date(s.start_date)
  local to = type(s.end_date) == "number" and s.end_date or host.parse_date(s.end_date, true)
  return from, to
end

fields_of.kinds, fields_of.describe, fields_of.drop_foreign = kinds, describe, choices.drop

return fields_of

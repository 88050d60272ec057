-- btk.schedule, btk.partial, btk.breakeven, btk.risk, btk.strategy, btk.sync, btk.highest_profit, btk.max_drawdown,
-- btk.performance and btk.heat: what the runs of this script told, as data, as Markdown and as a file (analytics.md 1.3 to 1.5, 2.3).
-- Events are kept for the reports that a script names in this way, or that --report asks for.
local core = ...
local host, raise = core.host, core.raise
local runs, columns_of, schema = core.module("runs"), core.module("columns"), core.module("schema")
local type, ipairs = type, ipairs
local pairs, format = core.raw_pairs, core.raw_format

local reports = {}

-- The names of a context as the host wants them; a live context has no frame.
local function names_of(who, context)
  local names = runs.check_names(who, context, host.mode() == "backtest" and { "strategy", "exchange", "frame" } or { "strategy", "exchange" })
  return names.strategy_name, names.exchange_name, names.frame_name or ""
end

local function check_path(who, path)
  if path ~= nil and type(path) ~= "string" then raise(format("%s: path must be a text, got %s", who, type(path))) end
  return path or ""
end

local function dump(kind, symbol, strategy, exchange, frame, table_, path)
  return core.module("writers").dump(kind, { symbol = symbol, strategy_name = strategy, exchange_name = exchange, frame_name = frame },
    function() return host.kind_report(kind, symbol, strategy, exchange, frame, table_) end,
    function() return host.kind_dump(kind, symbol, strategy, exchange, frame, table_, path) end)
end

local function pnl_of(row, prefix)
  local percentage = row[prefix .. "percentage"]
  if percentage == nil then return nil end
  return { pnl_percentage = percentage, pnl_cost = row[prefix .. "cost"], pnl_entries = row[prefix .. "entries"],
           price_open = row[prefix .. "price_open"], price_close = row[prefix .. "price_close"] }
end

local function event_kind(kind, list)
  local facade = {}
  local function data(symbol, strategy, exchange, frame)
    local found = host.event_data(kind, symbol, strategy, exchange, frame)
    for _, row in ipairs(found.event_list) do
      row.pnl, row.peak_profit, row.max_drawdown = pnl_of(row, "pnl_"), pnl_of(row, "peak_profit_"), pnl_of(row, "max_drawdown_")
    end
    return found
  end

  columns_of.rows_of(kind, function(...) return data(...).event_list end)
  local function own(who, columns, ...) return columns_of.table(who, kind .. "_columns", columns, ...) end

  --- Figures of the newest run of these names, with `event_list` (newest first).
  function facade.get_data(symbol, context)
    runs.check_symbol(kind .. ".get_data", symbol)
    return data(symbol, names_of(kind .. ".get_data", context))
  end
  --- The same as a Markdown report; `columns` replaces the table's columns for this call.
  function facade.get_report(symbol, context, columns)
    local who = kind .. ".get_report"
    runs.check_symbol(who, symbol)
    local strategy, exchange, frame = names_of(who, context)
    data(symbol, strategy, exchange, frame)  -- raises when its events were not kept
    return host.kind_report(kind, symbol, strategy, exchange, frame, own(who, columns, symbol, strategy, exchange, frame))
  end
  --- Writes the report, to `path` or to where the command puts reports; returns the path.
  function facade.dump(symbol, context, path, columns)
    local who = kind .. ".dump"
    runs.check_symbol(who, symbol)
    local strategy, exchange, frame = names_of(who, context)
    data(symbol, strategy, exchange, frame)
    return dump(kind, symbol, strategy, exchange, frame, own(who, columns, symbol, strategy, exchange, frame), check_path(who, path))
  end
  --- Forgets the events of a run, or of all runs.
  function facade.clear(symbol, context)
    if symbol == nil then return host.clear_events(kind) end
    runs.check_symbol(kind .. ".clear", symbol)
    host.clear_events(kind, symbol, names_of(kind .. ".clear", context))
  end
  --- Every run of this script with its status.
  facade.list = list
  return facade
end

-- Rows of the table: the metric with the longest total first.
local function metric_rows(data)
  local rows = {}
  for _, stats in pairs(data.metric_stats) do rows[#rows + 1] = stats end
  table.sort(rows, function(a, b)
    if a.total_duration ~= b.total_duration then return a.total_duration > b.total_duration end
    return a.metric_type < b.metric_type
  end)
  return rows
end

local function performance_kind(list)
  local facade = {}
  local function arguments(who, symbol, context)
    who = "performance." .. who
    runs.check_symbol(who, symbol)
    return who, symbol, names_of(who, context)
  end
  columns_of.rows_of("performance", function(...) return metric_rows(host.performance_data("performance", ...)) end)
  local function own(who, columns, ...) return columns_of.table(who, "performance_columns", columns, ...) end

  --- How long the newest run of these names, its ticks and its signals took: milliseconds of this machine's clock, by
  --- metric_stats[metric], with `events` (newest first).
  function facade.get_data(symbol, context)
    local _, _, strategy, exchange, frame = arguments("get_data", symbol, context)
    return host.performance_data("performance", symbol, strategy, exchange, frame)
  end
  --- The same as a Markdown report; `columns` replaces the table's columns for this call.
  function facade.get_report(symbol, context, columns)
    local who, _, strategy, exchange, frame = arguments("get_report", symbol, context)
    return host.kind_report("performance", symbol, strategy, exchange, frame, own(who, columns, symbol, strategy, exchange, frame))
  end
  --- Writes the report, to `path` or to where the command puts reports; returns the path.
  function facade.dump(symbol, context, path, columns)
    local who, _, strategy, exchange, frame = arguments("dump", symbol, context)
    return dump("performance", symbol, strategy, exchange, frame, own(who, columns, symbol, strategy, exchange, frame), check_path(who, path))
  end
  --- Forgets the measurements of a run, or of all runs.
  function facade.clear(symbol, context)
    if symbol == nil then return host.clear_events("performance") end
    local _, _, strategy, exchange, frame = arguments("clear", symbol, context)
    host.clear_events("performance", symbol, strategy, exchange, frame)
  end
  --- Every run of this script with its status.
  facade.list = list
  return facade
end

-- A portfolio is that of an exchange and a frame: the strategy only names the report, and may be left out.
local function names_of_heat(who, context)
  if type(context) == "table" and context.strategy_name == nil then
    local named = {}
    for name, value in pairs(context) do named[name] = value end
    for _, entry in ipairs(runs.known) do
      if not named.strategy_name and entry.exchange_name == context.exchange_name and (entry.frame_name or "") == (context.frame_name or "") then
        named.strategy_name = entry.strategy_name
      end
    end
    named.strategy_name = named.strategy_name or schema.first("strategy")
    context = named
  end
  return names_of(who, context)
end

local function heat_kind(list)
  local heat = {}
  --- The portfolio of the newest runs on this exchange and frame, with `symbols`, best Sharpe ratio first. Of the context,
  --- `strategy_name` may be left out.
  --- @param symbol? string  makes no difference: without it the context comes first
  function heat.get_data(symbol, context)
    if type(symbol) ~= "string" then context = symbol end
    return host.heat_data("heat", "", names_of_heat("heat.get_data", context))
  end
  columns_of.rows_of("heat", function(...) return host.heat_data("heat", ...).symbols end)
  local function own(who, columns, ...) return columns_of.table(who, "heat_columns", columns, "", ...) end
  --- The same as a Markdown report.
  --- @param symbol? string  as in get_data
  function heat.get_report(symbol, context, columns)
    if type(symbol) ~= "string" then context, columns = symbol, context end
    local strategy, exchange, frame = names_of_heat("heat.get_report", context)
    return host.kind_report("heat", "", strategy, exchange, frame, own("heat.get_report", columns, strategy, exchange, frame))
  end
  --- Writes the report, to `path` or to where the command puts reports; returns the path.
  --- @param symbol? string  as in get_data
  function heat.dump(symbol, context, path, columns)
    if type(symbol) ~= "string" then context, path, columns = symbol, context, path end
    local strategy, exchange, frame = names_of_heat("heat.dump", context)
    return dump("heat", "", strategy, exchange, frame, own("heat.dump", columns, strategy, exchange, frame), check_path("heat.dump", path))
  end
  heat.list = list
  return heat
end

--- Puts the facades and the column configuration into `btk`; `list` gives the runs of the script. Returns their names.
function reports.install(btk, list)
  for _, kind in ipairs(columns_of.EVENT_KINDS) do btk[kind] = event_kind(kind, list) end
  btk.heat = heat_kind(list)
  btk.performance = performance_kind(list)

  columns_of.install(btk)

  local names = { "heat", "performance" }
  for _, kind in ipairs(columns_of.EVENT_KINDS) do names[#names + 1] = kind end
  return names
end

return reports

-- Columns of report tables (analytics.md 2.3): the lists that btk.set_columns replaces, and tables made with them. A list
-- holds columns of a script's own and, by their keys, those that the program has. The table is made here and stands in
-- the report that the host makes (host/report) in the place of the usual one.
local core = ...
local host, raise = core.host, core.raise
local type, ipairs, tostring = type, ipairs, tostring
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local columns = {}

local EVENT_KINDS = { "schedule", "partial", "breakeven", "risk", "strategy", "sync", "highest_profit", "max_drawdown" }
columns.EVENT_KINDS = EVENT_KINDS

-- Every list by its name: `usual(...)` its columns, with cells when a run or a walk is named, or nothing where no reports
-- are made; `rows(...)` what functions of a script get, newest first; `limit` the setting that bounds them.
local lists = {}
local chosen = {}  -- what the script has set, by the list's name

local function add_kind(kind, limit)
  lists[kind .. "_columns"] = { usual = function(...) return host.usual_columns(kind, ...) end, limit = limit }
end
add_kind("backtest", "CC_MAX_BACKTEST_MARKDOWN_ROWS")
add_kind("live", "CC_MAX_LIVE_MARKDOWN_ROWS")
add_kind("heat")
add_kind("performance")
for _, kind in ipairs(EVENT_KINDS) do add_kind(kind, "CC_MAX_" .. kind:upper() .. "_MARKDOWN_ROWS") end
lists.walker_strategy_columns = { usual = function(index) return host.walk_columns(false, index) end, limit = "CC_WALKER_MARKDOWN_TOP_N" }
lists.walker_pnl_columns = { usual = function(index) return host.walk_columns(true, index) end }

lists.backtest_columns.rows = function(...) return host.run_stats(...).signal_list end
lists.live_columns.rows = function(...) return host.run_stats(...).event_list or {} end

--- How to find the rows of a kind of report: `rows(symbol, strategy, exchange, frame)`.
function columns.rows_of(kind, rows) lists[kind .. "_columns"].rows = rows end

-- Highest metric first, those without one last; of equal ones the one that stood first.
function lists.walker_strategy_columns.rows(index)
  local ranked = {}
  for _, result in ipairs(host.walk_data(index).strategy_results) do
    local value, at = result.metric_value or -math.huge, #ranked + 1
    while at > 1 and (ranked[at - 1].metric_value or -math.huge) < value do at = at - 1 end
    table.insert(ranked, at, result)
  end
  return ranked
end

function lists.walker_pnl_columns.rows(index)
  local rows = {}
  for _, result in ipairs(host.walk_data(index).strategy_results) do
    for _, closed in ipairs(result.stats.signal_list) do
      local signal = closed.signal
      rows[#rows + 1] = { strategy_name = result.strategy_name, signal_id = signal.id, symbol = closed.symbol, position = signal.position,
                          pnl = closed.pnl.pnl_percentage, close_reason = closed.close_reason, open_time = signal.pending_at,
                          close_time = closed.close_timestamp, signal = signal }
    end
  end
  return rows
end

-- Checking -----------------------------------------------------------------------

local FIELDS = { key = true, label = true, format = true, is_visible = true }

-- The names in a table, sorted: what is said about them must not depend on where they lie in memory.
local function names_of(given)
  local names = {}
  for name in pairs(given) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local function near_hint(name, names)
  local near = host.nearest(tostring(name), names)
  return near and format(" (did you mean '%s'?)", near)
end

local function not_a_list(name, given) return format("%s must be a list of columns, got %s", name, type(given)) end

-- The keys of a list's usual columns, and which they are; nil where no reports are made.
local function keys_of(list)
  local usual, keys, known = lists[list].usual(), {}, {}
  if not usual then return nil end
  for i, column in ipairs(usual) do keys[i], known[column.key] = column.key, true end
  return keys, known
end

-- Every mistake in a list of columns, as sentences. `list` names the usual ones, `name` is what the sentences call it.
local function mistakes_of(list, name, given)
  local out, seen = {}, {}
  if type(given) ~= "table" then return { not_a_list(name, given) } end
  for i, column in ipairs(given) do
    local function wrong(text) out[#out + 1] = format("%s: column %d %s", name, i, text) end
    local key
    if type(column) == "string" then
      local keys, known = keys_of(list)
      key = column
      if keys and not known[key] then wrong(format('"%s" is none of the report\'s own%s', key, near_hint(key, keys) or "")) end
    elseif type(column) ~= "table" then
      wrong("is a " .. type(column) .. ", not a table")
    else
      for _, field in ipairs { "key", "label" } do
        if type(column[field]) ~= "string" or column[field] == "" then wrong(field .. " must be a text that is not empty") end
      end
      if type(column.format) ~= "function" then wrong("format must be a function(row, index)") end
      if column.is_visible ~= nil and type(column.is_visible) ~= "function" then wrong("is_visible must be a function") end
      for _, field in ipairs(names_of(column)) do
        if not FIELDS[field] then
          wrong(format("has no field '%s'%s", tostring(field), near_hint(field, names_of(FIELDS)) or "; it has key, label, format, is_visible"))
        end
      end
      key = column.key
    end
    if key and seen[key] then
      out[#out + 1] = format('%s: Duplicate key "%s" at indexes %d, %d', name, tostring(key), seen[key], i)
    end
    if key then seen[key] = i end
  end
  if not given[1] then out[1] = name .. " has no columns" end
  return out
end

local function refuse(mistakes)
  for i, text in ipairs(mistakes) do mistakes[i] = format("  %d. %s", i, text) end
  raise("Column configuration validation failed:\n" .. concat(mistakes, "\n"))
end

-- Tables -------------------------------------------------------------------------

-- The columns that are shown; those of the program with their cells.
local function shown_of(given, usual)
  local shown, by_key = {}, nil
  for _, column in ipairs(given) do
    if type(column) == "string" then
      if not by_key then
        by_key = {}
        for _, own in ipairs(usual() or {}) do by_key[own.key] = own end
      end
      shown[#shown + 1] = by_key[column]
    elseif not column.is_visible or column.is_visible() then
      shown[#shown + 1] = column
    end
  end
  return shown
end

-- What a script says, on one line of a table. A missing value and one that is no number are N/A, as in the program's own columns.
local function cell_text(value)
  if value == nil or value ~= value or value == math.huge or value == -math.huge then return "N/A" end
  return (tostring(value):gsub("%s*[\r\n]%s*", " "):gsub("\\?|", "\\|"))
end

-- One of the program's columns has its cells already; they stand in the line as in the program's own table (host/report/table.h).
local function cell(column, row, index)
  if not column.cells then return cell_text(column.format(row, index)) end
  return ((column.cells[index] or "N/A"):gsub("[\r\n\t]", " "):gsub("|", "\\|"))
end

local function table_text(given, rows, usual)
  local shown, labels, dashes = shown_of(given, usual), {}, {}
  for i, column in ipairs(shown) do labels[i], dashes[i] = column.cells and column.label or cell_text(column.label), "---" end
  local lines = { "| " .. concat(labels, " | ") .. " |", "| " .. concat(dashes, " | ") .. " |" }
  for index, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(shown) do cells[i] = cell(column, row, index) end
    lines[#lines + 1] = "| " .. concat(cells, " | ") .. " |"
  end
  return concat(lines, "\n")
end

--- The text that replaces a report's table, or an empty one for the usual columns. `given`: columns for this call only,
--- or nil; the rest names the run (symbol, strategy, exchange, frame) or the walk (index).
function columns.table(who, list, given, ...)
  if given ~= nil then
    local mistakes = mistakes_of(list, who, given)
    if mistakes[1] then refuse(mistakes) end
  end
  given = given or chosen[list]
  if not given then return "" end
  local place, names = lists[list], { ... }
  local rows = place.rows(...)
  local limit = place.limit and host.get_config()[place.limit]
  if limit and limit >= 0 and #rows > limit then
    local newest = {}
    for i = 1, limit do newest[i] = rows[i] end
    rows = newest
  end
  return table_text(given, rows, function() return place.usual(names[1], names[2], names[3], names[4]) end)
end

--- What the host asks when it writes a report by itself: the table in the columns that the script has set, or "".
function columns.own_table(kind, ...) return columns.table(kind, kind .. "_columns", nil, ...) end

--- The same for the two tables of a comparison.
function columns.own_walk_tables(index)
  return columns.table("walker", "walker_strategy_columns", nil, index), columns.table("walker", "walker_pnl_columns", nil, index)
end

function columns.install(btk)
  --- Replaces whole lists of report columns, also in the reports that the command writes: { risk_columns = { "symbol",
  --- { key =, label =, format = function(row, index) end, is_visible = function() end } } }. A text is the key of a
  --- column that the report has by itself (get_default_columns). With `unsafe` the columns in the lists are not checked.
  function btk.set_columns(given, unsafe)
    if type(given) ~= "table" then raise("set_columns needs a table of column lists, got " .. type(given)) end
    local mistakes = {}
    for _, name in ipairs(names_of(given)) do
      local list = given[name]
      if unsafe then
        if type(list) ~= "table" then mistakes[#mistakes + 1] = not_a_list(tostring(name), list) end
      elseif not lists[name] then
        mistakes[#mistakes + 1] = format("there is no column list '%s'%s", tostring(name), near_hint(name, names_of(lists)) or "")
      else
        for _, text in ipairs(mistakes_of(name, name, list)) do mistakes[#mistakes + 1] = text end
      end
    end
    if mistakes[1] then refuse(mistakes) end
    for name, list in pairs(given) do chosen[name] = core.copy_list(list) end
  end
  --- The lists that set_columns replaced.
  function btk.get_columns()
    local out = {}
    for name, list in pairs(chosen) do out[name] = core.copy_list(list) end
    return out
  end
  --- The keys of the columns that reports have by themselves: { backtest_columns = { "signalId", ... }, ... }.
  function btk.get_default_columns()
    local out = {}
    for name in pairs(lists) do out[name] = keys_of(name) end
    return out
  end
end

return columns

-- btkhost ta: the columns of an indicator script. The file returns a function(candles, symbol, interval) that returns a table of
-- columns by name: lists of numbers whose last element belongs to the newest candle (as btk.ta.series gives them), or single numbers
-- for the newest candle alone. It is called once, inside a run of one minute, so that it sees what get_signal would see then.
local core = ...
local host, raise = core.host, core.raise
local order = core.module("key_order")
local type, tostring, error, ipairs, insert = type, tostring, error, ipairs, table.insert
local format, raw_xpcall = core.raw_format, core.raw_xpcall

local ta_table = {}

-- Columns in the order of the returned table; a column is a list that ends at the newest candle.
local function columns_of(value)
  if type(value) ~= "table" then raise("an indicator's function must return a table of columns, got " .. type(value)) end
  local names, columns = {}, {}
  for name, column in order.pairs(value) do
    if type(column) == "number" then column = { column } end
    if type(column) ~= "table" then
      raise(format("column '%s' must be a list of numbers or a number, got %s", tostring(name), type(column)))
    end
    names[#names + 1], columns[#columns + 1] = tostring(name), column
  end
  if #names == 0 then raise("the indicator's function returned no columns") end
  return names, columns
end

-- The close comes first, unless the script has a column of that name.
local function show_close(names, columns, candles)
  local closes = {}
  for i = 1, #candles do closes[i] = candles[i].close end
  for _, name in ipairs(names) do
    if name == "close" then return end
  end
  insert(names, 1, "close")
  insert(columns, 1, closes)
end

local function cell(value)
  if value == nil or value ~= value then return "" end
  if type(value) == "number" then return host.fixed(value, 6) end
  return tostring(value)
end

--- The table as { header, row, ... }, all texts. `fn` is what the script returned.
function ta_table.make(fn, symbol, interval, count, exchange_name, when)
  if type(fn) ~= "function" then
    raise("an indicator script returns a function(candles, symbol, interval) that returns its columns; this one returned " .. type(fn))
  end
  local btk = core.loaded.btk
  local names, columns, candles, problem
  btk.add_frame { frame_name = "btkhost ta", interval = "1m", start_date = when, end_date = when }
  btk.add_strategy {
    strategy_name = "btkhost ta", interval = "1m",
    get_signal = function()
      candles = btk.get_candles(symbol, interval, count)
      local ok, raised = raw_xpcall(function() names, columns = columns_of(fn(candles, symbol, interval)) end, host.error_handler)
      if not ok then problem = raised end
    end,
  }
  local context = { strategy_name = "btkhost ta", exchange_name = exchange_name, frame_name = "btkhost ta" }
  for _ in btk.backtest.run(symbol, context) do end -- luacheck: ignore
  if problem then error(problem, 0) end
  if not candles then
    raise(format("there are fewer than %d candles of %s, %s, before %s; ask for fewer with --limit", count, symbol, interval,
                 host.format_time(when)))
  end
  show_close(names, columns, candles)
  local header = { "time" }
  for _, name in ipairs(names) do header[#header + 1] = name end
  local out = { header }
  for i = 1, #candles do
    local row = { host.format_time(candles[i].timestamp) }
    for _, column in ipairs(columns) do row[#row + 1] = cell(column[i - #candles + #column]) end
    out[#out + 1] = row
  end
  return out
end

return ta_table

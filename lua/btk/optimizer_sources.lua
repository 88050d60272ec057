-- Ready-made sources of training data: btk.optimizer.sources.indicators, .csv, .http, .backtest_results.
local core = ...
local host, raise = core.host, core.raise
local schema, tables, json = core.module("schema"), core.module("indicator_table"), core.module("json")
local rules_of = core.module("optimizer_schema")
local type, tostring, ipairs, tonumber = type, tostring, ipairs, tonumber
local pairs, format, min = core.raw_pairs, core.raw_format, math.min

local sources = {}

local function check(who, given, known)
  if type(given) ~= "table" then raise(format("optimizer.sources.%s needs a table, got %s", who, type(given))) end
  for name in pairs(given) do
    if not known[name] then raise(format("optimizer.sources.%s has no field '%s'", who, tostring(name))) end
  end
end

local function moment(date, is_end)
  local ms = type(date) == "string" and host.parse_date(date, is_end) or date
  if type(ms) ~= "number" or ms - ms ~= 0 then
    raise(format("optimizer.sources: a range has dates or milliseconds as its ends, got %s", tostring(date)))
  end
  return ms
end

-- Sources know no present moment: nothing that runs may ask them.
local function outside_runs(name, rows, fetch)
  return function(args)
    if core.current then
      raise(format("optimizer.sources.%s reads %s of any time, so no run may call it; get_candles and get_raw_candles read the past", name, rows))
    end
    return fetch(args)
  end
end

local function page(rows, args)
  local out = {}
  for i = args.offset + 1, min(args.offset + args.limit, #rows) do out[#out + 1] = rows[i] end
  return out
end

local MINUTES = { ["1h"] = 60, ["30m"] = 30, ["15m"] = 15, ["1m"] = 1 }

--- Indicators of the registered exchange's candles, a row per bar of the range: term = "long" (1h), "swing" (30m), "short" (15m)
--- or "micro" (every second minute; use it for short ranges). The model sees the newest rows as a table with a legend.
function sources.indicators(given)
  check("indicators", given, { term = true, exchange_name = true })
  local term = tables.term(given.term, "optimizer.sources.indicators")
  local minutes = MINUTES[term.bar]
  local step = minutes * 60000
  local made, columns, key = nil, {}, nil
  local function all(args)
    local wanted = format("%s|%s|%s|%s", args.symbol, tostring(args.start_date), tostring(args.end_date), tostring(args.scale))
    if key == wanted then return made end
    local name = given.exchange_name or rules_of.exchange()
    if not name then raise("optimizer.sources.indicators needs a registered exchange") end
    local from, to = moment(args.start_date), moment(args.end_date, true)
    -- Bars that are over within the range; history before it for the first rows.
    local candles = host.range_candles(schema.get("exchange", name), schema.folder("exchange", name), args.symbol, term.bar,
                                       from - (tables.history + 1) * step, to + 60000 - step + 1)
    if args.scale then
      for _, c in ipairs(candles) do
        c.open, c.high, c.low, c.close = c.open * args.scale, c.high * args.scale, c.low * args.scale, c.close * args.scale
      end
    end
    local first = #candles + 1
    for i = #candles, 1, -1 do
      if candles[i].timestamp < from then break end
      first = i
    end
    made, columns = tables.rows(term, candles, first, step)
    key = wanted
    return made
  end
  return {
    name = "indicators-" .. given.term, builtin = true,
    fetch = outside_runs("indicators", "candles", function(args) return page(all(args), args) end),
    user = function(symbol, rows)
      return tables.markdown(format("%s: indicators of %s bars", symbol, term.bar), term, rows, columns, minutes)
        .. "\n\nRead the table and answer OK."
    end,
  }
end

local function split(line)
  local out, at = {}, 1
  while true do
    local cell
    if line:sub(at, at) == '"' then
      local stop = at + 1
      while true do
        local quote = line:find('"', stop, true)
        if not quote then raise("optimizer.sources.csv: a quoted field has no end") end
        if line:sub(quote + 1, quote + 1) ~= '"' then stop = quote break end
        stop = quote + 2
      end
      cell = line:sub(at + 1, stop - 1):gsub('""', '"')
      at = stop + 1
    else
      local stop = line:find(",", at, true) or #line + 1
      cell = line:sub(at, stop - 1)
      at = stop
    end
    out[#out + 1] = cell
    if line:sub(at, at) ~= "," then return out end
    at = at + 1
  end
end

--- Rows of a CSV file with a header beside the script; `id` names the column of the row's id. With `time` (a column of Unix
--- milliseconds or ISO dates) only rows of the range are taken.
function sources.csv(given)
  check("csv", given, { path = true, id = true, time = true })
  if type(given.path) ~= "string" then raise("optimizer.sources.csv: path is missing") end
  local rows
  local function read()
    if rows then return rows end
    local lines, made = host.read_beside(given.path), {}
    local names
    for line in (lines:gsub("\r\n", "\n") .. "\n"):gmatch("([^\n]*)\n") do
      if line ~= "" then
        local cells = split(line)
        if not names then
          names = cells
          for _, wanted in ipairs { "id", "time" } do
            local column, there = given[wanted], false
            for _, name in ipairs(names) do there = there or name == column end
            if column and not there then
              raise(format("optimizer.sources.csv: %s has no column '%s' (%s); it has %s", given.path, tostring(column), wanted, table.concat(names, ", ")))
            end
          end
        else
          local row = {}
          for i, name in ipairs(names) do row[name] = tonumber(cells[i]) or cells[i] end
          if given.id then row.id = row[given.id] end
          made[#made + 1] = row
        end
      end
    end
    rows = made
    return rows
  end
  return { name = "csv", fetch = outside_runs("csv", "rows", function(args)
    local chosen = read()
    if given.time then
      local from, to = moment(args.start_date), moment(args.end_date, true)
      local all = chosen
      chosen = {}
      for _, row in ipairs(all) do
        local at = row[given.time]
        if type(at) == "string" then at = host.parse_date(at) end
        if at and at >= from and at <= to then chosen[#chosen + 1] = row end
      end
    end
    return page(chosen, args)
  end) }
end

--- Rows of a server: GET url?symbol&startDate&endDate&limit&offset answers { "rows": [...] }; a page every 100 ms at most.
function sources.http(given)
  check("http", given, { url = true })
  if type(given.url) ~= "string" or not given.url:find("^https?://") then raise("optimizer.sources.http: url must begin with http:// or https://") end
  return { name = "http", fetch = outside_runs("http", "rows", function(args)
    local query = format("symbol=%s&startDate=%.0f&endDate=%.0f&limit=%d&offset=%d", args.symbol, moment(args.start_date), moment(args.end_date, true),
                         args.limit, args.offset)
    if args.offset > 0 then host.sleep(100) end
    local answer = host.http("GET", given.url .. (given.url:find("?", 1, true) and "&" or "?") .. query, nil, "", 30000)
    if answer.status ~= 200 then raise(format("optimizer.sources.http: the server answered %d", answer.status)) end
    local body = json.decode(answer.body)
    if type(body) ~= "table" or type(body.rows) ~= "table" then raise('optimizer.sources.http: the answer has no "rows"') end
    return body.rows
  end) }
end

--- Closed signals of back-tests that this script has made, those closed within the range.
function sources.backtest_results(given)
  check("backtest_results", given, { strategy_name = true, exchange_name = true, frame_name = true })
  return { name = "backtest-" .. tostring(given.strategy_name), price_columns = { "price_open", "price_take_profit", "price_stop_loss" },
           fetch = outside_runs("backtest_results", "results", function(args)
    local stats = host.run_stats(args.symbol, given.strategy_name, given.exchange_name or rules_of.exchange(),
                                 given.frame_name or schema.first("frame"))
    local from, to, rows = moment(args.start_date), moment(args.end_date, true), {}
    local list = stats and stats.signal_list or {}
    for i = #list, 1, -1 do
      local s = list[i]
      if s.close_timestamp and s.close_timestamp >= from and s.close_timestamp <= to then
        local signal = s.signal or s
        rows[#rows + 1] = { id = signal.id, position = signal.position, price_open = signal.price_open, opened = signal.pending_at,
                            closed = s.close_timestamp, close_reason = s.close_reason, pnl_percentage = s.pnl and s.pnl.pnl_percentage }
      end
    end
    return page(rows, args)
  end) }
end

return sources

-- Hides from a language model which market it looks at (OPT-52a). Names and dates are hidden in every text, by the host
-- (optimizer/llm/mask.h). A number is a price only where its field says so, never because of its size: 50 may be a price of a coin, or
-- an RSI, or percent. Here: which fields are prices, rows with those fields divided by the last close, and a warning about numbers that
-- no field names and that stay as close to the price as if they were one.
local core = ...
local host, raise = core.host, core.raise
local schema, rules_of, tables = core.module("schema"), core.module("optimizer_schema"), core.module("indicator_table")
local type, ipairs, tonumber, tostring = type, ipairs, tonumber, tostring
local pairs, format, concat, sort = core.raw_pairs, core.raw_format, table.concat, table.sort
local min, max, huge = math.min, math.max, math.huge

local masks = {}

local DEPTH = 8     -- of tables in rows
local BESIDE = 0.05 -- so near to the prices of its row a number may be one itself
local SHORT = 12    -- entries of a list that are told apart in the warning

-- The levels of a market. Compared without case and underscores, so that price_open and priceOpen are one.
local LEVELS = { "open", "high", "low", "close", "price", "opens", "highs", "lows", "closes", "prices", "open_price", "high_price",
                 "low_price", "close_price", "price_open", "price_close", "price_take_profit", "price_stop_loss", "take_profit", "stop_loss",
                 "current_price", "last_price", "mark_price", "index_price", "average_price", "entry_price", "exit_price", "entry", "vwap", "bid", "ask",
                 "best_bid", "best_ask" }

-- With what the indicator tables have in price units: sma_20, but also atr_14, which is no level.
local FIELDS = core.copy_list(LEVELS)
for _, name in ipairs(tables.price_columns()) do FIELDS[#FIELDS + 1] = name end

local function plain(name) return (tostring(name):lower():gsub("[_%s-]", "")) end

local function set_of(...)
  local set = {}
  for _, names in ipairs { ... } do
    for _, name in ipairs(names) do set[plain(name)] = true end
  end
  return set
end
local levels = set_of(LEVELS)

-- A number, or a text that is nothing but one.
local function number_of(value)
  return type(value) == "number" and value or type(value) == "string" and tonumber(value) or nil
end

local function scaled(value, price)
  return type(value) == "number" and value / price or format("%.10g", tonumber(value) / price)
end

-- In a list nothing names the numbers: what may be Unix seconds or milliseconds is a time, unless prices are as large.
local function is_time(number, price)
  return number % 1 == 0 and (number >= 1e9 and number < 1e10 or number >= 1e12 and number < 1e13) and (number > 100 * price or number < price / 100)
end

-- A candle as exchanges send it, { time, open, high, low, close, ... }, in any order: a time, then four positive numbers of like size.
local function is_candle(list, price)
  local time, least, most = number_of(list[1]), huge, 0
  if not time or not is_time(time, price) then return false end
  for i = 2, 5 do
    local number = number_of(list[i])
    if not number or not (number > 0) then return false end
    least, most = min(least, number), max(most, number)
  end
  return most <= 2 * least
end

-- A copy of a table of a row. `work`: the names that are prices, the price to divide by; it gathers the least and the highest level of
-- the row and the numbers that no field names. `priced`: the table stands in a field of prices.
local function copy(row, work, depth, path, priced)
  local short = row.o and row.h and row.l and row.c   -- as some exchanges name them; one letter alone says nothing
  local candle = not priced and is_candle(row, work.price)
  local out = {}
  for key, value in pairs(row) do
    local named, is_price, is_level = type(key) == "string", false, false
    if named then
      is_level = levels[plain(key)] or short and (key == "o" or key == "h" or key == "l" or key == "c")
      is_price = is_level or work.wanted[plain(key)]
    elseif type(key) == "number" then
      is_level = candle and key >= 2 and key <= 5
      is_price = is_level or priced
    end
    if type(value) == "table" then
      if depth == 0 then raise(format("anonymize: tables in a row are nested deeper than %d", DEPTH)) end
      out[key] = copy(value, work, depth - 1, named and (path == "" and key or path .. "." .. key) or path, is_price)
    else
      local number = number_of(value)
      local time = number and not named and is_time(number, work.price)
      out[key] = number and is_price and not time and scaled(value, work.price) or value
      if number and is_level and number > 0 then work.least, work.most = min(work.least, number), max(work.most, number) end
      if number and not is_price and not time then
        local place = named and (path == "" and key or path .. "." .. key) or #row <= SHORT and format("%s[%s]", path, tostring(key)) or path .. "[...]"
        work.unnamed[#work.unnamed + 1] = { place, number }
      end
    end
  end
  return out
end

-- Counts for every place how often there was a number, and how often it was near the prices of its row; a row without any: near the last.
local function judge(work, places)
  local least, most = work.least * (1 - BESIDE), work.most * (1 + BESIDE)
  if most == 0 then least, most = work.price / 2, work.price * 2 end
  for _, one in ipairs(work.unnamed) do
    local place = places[one[1]] or { all = 0, near = 0 }
    places[one[1]] = place
    place.all = place.all + 1
    if one[2] >= least and one[2] <= most then place.near = place.near + 1 end
  end
end

local told = {}
-- What mostly stays near the price is probably one. Said once.
local function warn(name, places)
  local doubtful = {}
  for place, count in pairs(places) do
    if count.near * 2 > count.all then doubtful[#doubtful + 1] = place end
  end
  if not doubtful[1] then return end
  sort(doubtful)
  local text = format('source "%s": numbers that stay near the price are shown to the model as they are: %s; name the fields that are prices '
                      .. "in price_columns of the source", tostring(name), concat(doubtful, ", "))
  if not told[text] then core.log("warn", text) end
  told[text] = true
end

--- Copies of a source's rows, their prices divided by `price`: those of known fields, of the source's `price_columns` and of candles in
--- lists. Other numbers stay; a warning names those that may be prices. The ready-made indicators were computed from divided candles already.
function masks.rows(source, rows, price)
  local own = type(source) == "table" and source or {}
  if own.builtin then return rows end
  local wanted, out, places = set_of(FIELDS, own.price_columns or {}), {}, {}
  for i, row in ipairs(rows) do
    local work = { wanted = wanted, price = price, least = huge, most = 0, unnamed = {} }
    out[i] = copy(row, work, DEPTH, "")
    judge(work, places)
  end
  warn(own.name or "unknown", places)
  return out
end

--- What hides the market of a training range. Its texts hold no prices any more: they were divided in the rows.
function masks.of_range(symbol, range)
  local name = rules_of.exchange()
  if not name then raise("anonymize needs an exchange with candles of the training range: the price level comes from it") end
  local from, to = rules_of.ends(range)
  local candles = host.range_candles(schema.get("exchange", name), schema.folder("exchange", name), symbol, "1h", from, to)
  if not candles[1] then raise(format("anonymize: there are no candles of %s from %s", symbol, host.format_time(from))) end
  return { symbol = symbol, now = to + 60000, price = candles[#candles].close }
end

--- What hides the market of a run at its present moment, in texts: candle lines, JSON and tables of indicators.
function masks.of_run(run, symbol)
  return { symbol = symbol, now = run.now.when, price = core.btk.get_close_price(symbol, "1m"), price_fields = FIELDS }
end

return masks

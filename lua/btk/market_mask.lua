-- Hides from a language model which market it looks at (OPT-52a). Names and dates are hidden in every text, by the host
-- (optimizer/llm/mask.h). A number is a price only where its field says so, never because of its size: 50 may be a price of a coin, or
-- an RSI, or percent. Here: which fields are prices, and rows with those fields divided by the last close.
local core = ...
local host, raise = core.host, core.raise
local schema, rules_of, tables = core.module("schema"), core.module("optimizer_schema"), core.module("indicator_table")
local type, ipairs, tonumber, tostring = type, ipairs, tonumber, tostring
local pairs, format = core.raw_pairs, core.raw_format

local masks = {}

local DEPTH = 8   -- of tables in rows

-- Compared without case and underscores, so that price_open and priceOpen are one.
local FIELDS = { "open", "high", "low", "close", "price", "opens", "highs", "lows", "closes", "prices", "open_price", "high_price",
                 "low_price", "close_price", "price_open", "price_close", "price_take_profit", "price_stop_loss", "take_profit", "stop_loss",
                 "current_price", "last_price", "mark_price", "index_price", "average_price", "entry_price", "exit_price", "vwap", "bid", "ask" }

local function plain(name) return (tostring(name):lower():gsub("[_%s-]", "")) end

local known = {}
for _, name in ipairs(FIELDS) do known[plain(name)] = true end

-- A number, or a text that is nothing but one.
local function scaled(value, price)
  if type(value) == "number" then return value / price end
  local number = type(value) == "string" and tonumber(value)
  return number and format("%.10g", number / price) or value
end

local function copy(row, wanted, price, depth)
  local short = row.o and row.h and row.l and row.c   -- as some exchanges name them; one letter alone says nothing
  local out = {}
  for key, value in pairs(row) do
    local is_price = type(key) == "string" and (wanted[plain(key)] or short and (key == "o" or key == "h" or key == "l" or key == "c"))
    if type(value) ~= "table" then
      out[key] = is_price and scaled(value, price) or value
    elseif depth == 0 then
      raise(format("anonymize: tables in a row are nested deeper than %d", DEPTH))
    elseif is_price and #value > 0 then
      local list = {}
      for i, item in ipairs(value) do list[i] = type(item) == "table" and copy(item, wanted, price, depth - 1) or scaled(item, price) end
      out[key] = list
    else
      out[key] = copy(value, wanted, price, depth - 1)
    end
  end
  return out
end

--- Copies of a source's rows, their prices divided by `price`: those of known fields and of the source's `price_columns`. The
--- ready-made indicators were computed from divided candles already.
function masks.rows(source, rows, price)
  if type(source) == "table" and source.builtin then return rows end
  local wanted = known
  if type(source) == "table" and source.price_columns then
    wanted = {}
    for name in pairs(known) do wanted[name] = true end
    for _, name in ipairs(source.price_columns) do wanted[plain(name)] = true end
  end
  local out = {}
  for i, row in ipairs(rows) do out[i] = copy(row, wanted, price, DEPTH) end
  return out
end

--- What hides the market of a training range. Its texts hold no prices any more: they were divided in the rows.
function masks.of_range(symbol, range)
  local name = schema.first("exchange")
  if not name then raise("anonymize needs an exchange with candles of the training range: the price level comes from it") end
  local from, to = rules_of.ends(range)
  local candles = host.range_candles(schema.get("exchange", name), schema.folder("exchange", name), symbol, "1h", from, to)
  if not candles[1] then raise(format("anonymize: there are no candles of %s from %s", symbol, host.format_time(from))) end
  return { symbol = symbol, now = to + 60000, price = candles[#candles].close }
end

local fields
--- What hides the market of a run at its present moment, in texts: candle lines, JSON and tables of indicators.
function masks.of_run(run, symbol)
  if not fields then
    fields = core.copy_list(FIELDS)
    for _, name in ipairs(tables.price_columns()) do fields[#fields + 1] = name end
  end
  return { symbol = symbol, now = run.now.when, price = core.btk.get_close_price(symbol, "1m"), price_fields = fields }
end

return masks

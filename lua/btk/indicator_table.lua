-- Tables of indicators for language models: which columns a term has, their values over a list of candles, and the table
-- as Markdown with a legend. One term looks at one length of bar: long 1h, swing 30m, short 15m, micro 1m.
local core = ...
local raise = core.raise
local series, date = core.module("ta_series"), core.module("date")
local ipairs, type, tostring, abs, min, max = ipairs, type, tostring, math.abs, math.min, math.max
local format, concat, sqrt = core.raw_format, table.concat, math.sqrt

local tables = {}

-- Values of a column as numbers aligned with the end of the list: value i of n belongs to candle #list - n + i.
local function from_each(list, first, fn)
  local out = {}
  for i = first, #list do out[#out + 1] = fn(i) end
  return out
end

local function ranges(list, n, pick)
  return from_each(list, n, function(i)
    local best = list[i][pick]
    for k = i - n + 1, i do best = (pick == "low" and min or max)(best, list[k][pick]) end
    return best
  end)
end

local function stoch_rsi(list, n)
  local rsi = series.rsi(list, n)
  local out = {}
  for i = n, #rsi do
    local low, high = rsi[i], rsi[i]
    for k = i - n + 1, i do low, high = min(low, rsi[k]), max(high, rsi[k]) end
    out[#out + 1] = high > low and (rsi[i] - low) / (high - low) * 100 or 50
  end
  return out
end

local function volatility(list, n)
  return from_each(list, n + 1, function(i)
    local sum, squares = 0, 0
    for k = i - n + 1, i do
      local change = list[k].close / list[k - 1].close - 1
      sum, squares = sum + change, squares + change * change
    end
    return sqrt(max(0, squares / n - (sum / n) ^ 2)) * 100
  end)
end

local function pressure(list, n)
  return from_each(list, n, function(i)
    local up, all = 0, 0
    for k = i - n + 1, i do
      local c = list[k]
      all = all + c.volume
      if c.close > c.open then up = up + c.volume elseif c.close < c.open then up = up - c.volume end
    end
    return all > 0 and up / all or 0
  end)
end

local LEVELS = { { "0.0%", 0 }, { "23.6%", 0.236 }, { "38.2%", 0.382 }, { "50.0%", 0.5 }, { "61.8%", 0.618 }, { "78.6%", 0.786 }, { "100.0%", 1 } }

local function fibonacci(list, n)
  local names, prices, distances = {}, {}, {}
  for i = n, #list do
    local low, high = list[i].low, list[i].high
    for k = i - n + 1, i do low, high = min(low, list[k].low), max(high, list[k].high) end
    local price, best = list[i].close, nil
    for _, level in ipairs(LEVELS) do
      local at = high - (high - low) * level[2]
      if not best or abs(at - price) < abs(best - price) then best, names[#prices + 1] = at, level[1] end
    end
    prices[#prices + 1], distances[#distances + 1] = best, abs(best - price) / price * 100
  end
  return names, prices, distances
end

local function each(list, fn) return from_each(list, 1, function(i) return fn(list[i]) end) end

-- What a word of a term makes: { name, legend, values }... ; `bars` of the legend is its lookback.
local makers = {}
local function simple(name, what)
  makers[name] = function(list, n) return { { name .. "_" .. n, format(what, n), series[name](list, n), n } } end
end
simple("rsi", "relative strength index over %d bars, 0 to 100")
simple("atr", "average true range over %d bars, in price units")
simple("cci", "commodity channel index over %d bars, about -200 to 200")
simple("sma", "simple moving average of %d closes, a price")
simple("ema", "exponential moving average of %d closes, a price")
simple("wma", "weighted moving average of %d closes, a price")
simple("dema", "double exponential moving average of %d closes, a price")
simple("momentum", "close minus the close %d bars ago, in price units")
simple("roc", "change of the close over %d bars in percent")
function makers.stoch_rsi(list, n) return { { "stoch_rsi_" .. n, format("place of rsi_%d in its range of %d bars, 0 to 100", n, n), stoch_rsi(list, n), 2 * n } } end
function makers.macd(list, fast, slow, signal)
  local line, sig, histogram = series.macd(list, fast, slow, signal)
  local what = format("%d/%d/%d", fast, slow, signal)
  return { { "macd", "MACD line " .. what .. ", in price units", line, slow }, { "macd_signal", "signal line of " .. what, sig, slow + signal },
           { "macd_histogram", "MACD line minus signal line", histogram, slow + signal } }
end
function makers.adx(list, n)
  local adx, plus, minus = series.adx(list, n)
  return { { "adx_" .. n, format("strength of the trend over %d bars, 0 to 100", n), adx, 2 * n },
           { "plus_di_" .. n, "upward movement, 0 to 100", plus, n }, { "minus_di_" .. n, "downward movement, 0 to 100", minus, n } }
end
function makers.bollinger(list, n, k)
  local middle, upper, lower = series.bollinger(list, n, k)
  local width, place = {}, {}
  local shift = #list - #middle
  for i = 1, #middle do
    width[i] = (upper[i] - lower[i]) / middle[i] * 100
    place[i] = upper[i] > lower[i] and (list[shift + i].close - lower[i]) / (upper[i] - lower[i]) * 100 or 50
  end
  local what = format("Bollinger %d/%d", n, k)
  return { { "bb_upper", what .. " upper band, a price", upper, n }, { "bb_middle", what .. " middle, a price", middle, n },
           { "bb_lower", what .. " lower band, a price", lower, n }, { "bb_width", what .. " width in percent of the middle", width, n },
           { "bb_position", "place of the close between the bands, 0 to 100 inside", place, n } }
end
function makers.stochastic(list, n, d, smooth)
  local k, dd = series.stochastic(list, n, d, smooth)
  local what = format("%d/%d/%d", n, d, smooth)
  return { { format("stoch_k_%d", n), "stochastic %K " .. what .. ", 0 to 100", k, n + smooth }, { format("stoch_d_%d", n), "its average %D", dd, n + smooth + d } }
end
function makers.levels(list, n)
  return { { "support", format("lowest low of %d bars, a price", n), ranges(list, n, "low"), n },
           { "resistance", format("highest high of %d bars, a price", n), ranges(list, n, "high"), n } }
end
function makers.fibonacci(list, n)
  local names, prices, distances = fibonacci(list, n)
  return { { "fib_level", format("nearest Fibonacci retracement of the range of %d bars", n), names, n },
           { "fib_price", "its price", prices, n }, { "fib_distance", "its distance from the close in percent", distances, n } }
end
function makers.volatility(list, n) return { { "volatility_" .. n, format("standard deviation of %d changes of the close, percent", n), volatility(list, n), n } } end
function makers.pressure(list, n) return { { "pressure", format("volume of rising less that of falling bars over %d bars, -1 to 1", n), pressure(list, n), n } } end
function makers.squeeze(list, n, k)
  local width = makers.bollinger(list, n, k)[4][3]
  local out = {}
  for i = 20, #width do
    local sum = 0
    for j = i - 19, i do sum = sum + width[j] end
    out[#out + 1] = sum > 0 and width[i] / (sum / 20) or 1
  end
  return { { "squeeze", "width of the bands by its average of 20 bars; below 1: narrowing", out, n + 20 } }
end
function makers.volume_ratio(list, n)
  local average = from_each(list, n, function(i)
    local sum = 0
    for k = i - n + 1, i do sum = sum + list[k].volume end
    return sum / n
  end)
  local ratio, shift = {}, #list - #average
  for i = 1, #average do ratio[i] = average[i] > 0 and list[shift + i].volume / average[i] or 1 end
  return { { "volume_sma_" .. n, format("average volume of %d bars", n), average, n }, { "volume_ratio", "volume by that average", ratio, n } }
end
function makers.true_range(list) return { { "true_range", "range of the bar with the gap before it, in price units", series.true_range(list), 2 } } end
function makers.volume(list) return { { "volume", "volume of the bar in the base asset", each(list, function(c) return c.volume end), 1 } } end
function makers.body(list) return { { "body", "size of the bar's body in percent", each(list, function(c) return abs(c.close - c.open) / c.open * 100 end), 1 } } end
function makers.close(list) return { { "close", "closing price of the bar", each(list, function(c) return c.close end), 1 } } end

local terms = {
  long = { bar = "1h", shown = 48, { "rsi", 14 }, { "stoch_rsi", 14 }, { "macd", 12, 26, 9 }, { "adx", 14 }, { "atr", 14 }, { "atr", 20 }, { "cci", 20 },
           { "bollinger", 20, 2 }, { "stochastic", 14, 3, 3 }, { "dema", 21 }, { "wma", 20 }, { "sma", 50 }, { "ema", 20 }, { "ema", 34 },
           { "momentum", 10 }, { "levels", 4 }, { "fibonacci", 48 }, { "body" }, { "close" } },
  swing = { bar = "30m", shown = 96, { "rsi", 14 }, { "stoch_rsi", 14 }, { "macd", 12, 26, 9 }, { "adx", 14 }, { "atr", 14 }, { "atr", 20 }, { "cci", 20 },
            { "bollinger", 20, 2 }, { "stochastic", 14, 3, 3 }, { "dema", 21 }, { "wma", 20 }, { "sma", 20 }, { "ema", 13 }, { "ema", 34 },
            { "momentum", 8 }, { "roc", 6 }, { "levels", 20 }, { "fibonacci", 96 }, { "volume" }, { "volatility", 20 }, { "body" }, { "close" } },
  short = { bar = "15m", shown = 96, { "rsi", 9 }, { "stoch_rsi", 9 }, { "macd", 8, 21, 5 }, { "adx", 14 }, { "atr", 9 }, { "cci", 14 },
            { "bollinger", 10, 2 }, { "stochastic", 5, 3, 3 }, { "momentum", 8 }, { "roc", 5 }, { "roc", 10 }, { "sma", 50 }, { "ema", 8 },
            { "ema", 21 }, { "dema", 21 }, { "wma", 20 }, { "levels", 48 }, { "volume" }, { "close" } },
  micro = { bar = "1m", shown = 60, every = 2, { "rsi", 9 }, { "macd", 8, 21, 5 }, { "bollinger", 8, 2 }, { "stochastic", 3, 3, 3 }, { "stochastic", 5, 3, 3 },
            { "adx", 9 }, { "cci", 9 }, { "atr", 5 }, { "atr", 9 }, { "volatility", 5 }, { "true_range" }, { "momentum", 5 }, { "momentum", 10 },
            { "roc", 1 }, { "roc", 3 }, { "roc", 5 }, { "ema", 3 }, { "ema", 8 }, { "ema", 13 }, { "ema", 21 }, { "sma", 8 }, { "dema", 8 },
            { "wma", 5 }, { "volume_ratio", 5 }, { "levels", 30 }, { "squeeze", 8, 2 }, { "pressure", 5 }, { "volume" }, { "close" } },
}
tables.history = 120   -- bars before the first row, so that every column has a value

--- The definition of a term; an error names the four.
function tables.term(name, who)
  local term = terms[name]
  if not term then raise(format('%s: there is no term "%s"; there are long, swing, short, micro', who, tostring(name))) end
  return term
end

-- Columns in price units: these words with their periods, and these names.
local PRICED = { atr = true, sma = true, ema = true, wma = true, dema = true, momentum = true }
local PRICED_NAMES = { "macd", "macd_signal", "macd_histogram", "bb_upper", "bb_middle", "bb_lower", "support", "resistance", "fib_price",
                       "true_range", "close" }

--- Names of all columns in price units, of every term.
function tables.price_columns()
  local names, seen = core.copy_list(PRICED_NAMES), {}
  for _, term in pairs(terms) do
    for _, word in ipairs(term) do
      local name = PRICED[word[1]] and word[1] .. "_" .. word[2]
      if name and not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  return names
end

--- Rows for the bars of `list` from number `first` on, oldest first. `step` is the length of a bar in ms: a row stands at the
--- moment when its bar closes, and knows that bar and those before. Columns are returned as { name =, legend = }.
function tables.rows(term, list, first, step)
  local columns, rows = {}, {}
  if #list < tables.history then first = #list + 1 end
  for i = first, #list do
    local moment = list[i].timestamp + step
    if not term.every or (moment / step) % term.every == 0 then rows[#rows + 1] = { id = moment, time = date.iso(moment), at = i } end
  end
  if not rows[1] then return rows, columns end
  for _, word in ipairs(term) do
    for _, made in ipairs(makers[word[1]](list, word[2], word[3], word[4])) do
      local name, values = made[1], made[3]
      columns[#columns + 1] = { name = name, legend = made[2], bars = made[4] }
      local shift = #list - #values
      for _, row in ipairs(rows) do row[name] = values[row.at - shift] end
    end
  end
  for _, row in ipairs(rows) do row.at = nil end
  return rows, columns
end

local function short(value)
  if type(value) ~= "number" then return value == nil and "N/A" or value end
  local size = abs(value)
  if size >= 1000 then return format("%.2f", value) end
  if size >= 1 then return format("%.4f", value) end
  return format("%.6g", value)
end

--- The newest rows as a titled Markdown table with a legend.
function tables.markdown(title, term, rows, columns, bar_minutes)
  local out, names, dashes = { "# " .. title, "" }, { "time" }, { "---" }
  for i, column in ipairs(columns) do names[i + 1], dashes[i + 1] = column.name, "---" end
  out[#out + 1] = "| " .. concat(names, " | ") .. " |"
  out[#out + 1] = "| " .. concat(dashes, " | ") .. " |"
  for i = max(1, #rows - term.shown + 1), #rows do
    local cells = { rows[i].time }
    for k, column in ipairs(columns) do cells[k + 1] = short(rows[i][column.name]) end
    out[#out + 1] = "| " .. concat(cells, " | ") .. " |"
  end
  out[#out + 1] = "\n## Columns\n"
  for _, column in ipairs(columns) do
    local minutes = column.bars * bar_minutes
    out[#out + 1] = format("- **%s**: %s; looks back %s", column.name, column.legend,
                           minutes % 60 == 0 and format("%d h", minutes / 60) or format("%d min", minutes))
  end
  return concat(out, "\n")
end

return tables

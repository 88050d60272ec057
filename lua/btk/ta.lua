-- btk.ta: technical indicators. ta.sma(list, n) is the value at the newest candle; ta.series.sma(list, n) is a
-- plain table of all values, oldest first, whose last element belongs to the last candle of the list (it is
-- shorter than the list by the warm-up). Both give the same bits.
--
-- A list is a candle list as btk.get_candles returns it, a plain table of candle tables, or a plain table of
-- numbers, oldest first. Indicators of one column read the closes of candles, or the column named by `source`
-- ("open", "high", "low", "close", "volume"). Too few values, NaN or infinite values and wrong periods raise an
-- error. Formulas, sources and warm-up: lua/indicators.h.
local core = ...
local kit = core.module "ta_kit"
local C = core.ffi.C
local of_values, of_ranges, of_candles, of_volumes = kit.of_values, kit.of_ranges, kit.of_candles, kit.of_volumes
local needs = kit.needs

local ta = { series = core.module "ta_series" }

-- Averages -------------------------------------------------------------------

---Simple moving average of the last n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.sma(list, n, source) return of_values(false, 1, "sma", C.btk_ta_sma, needs.n, list, n, source) end

---Exponential moving average with weight 2/(n+1), seeded with the mean of the first n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.ema(list, n, source) return of_values(false, 1, "ema", C.btk_ta_ema, needs.n, list, n, source) end

---Wilder's moving average: weight 1/n, seeded with the mean of the first n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.rma(list, n, source) return of_values(false, 1, "rma", C.btk_ta_rma, needs.n, list, n, source) end

---Linearly weighted moving average, the newest value weighs n. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.wma(list, n, source) return of_values(false, 1, "wma", C.btk_ta_wma, needs.n, list, n, source) end

---Double exponential moving average. Needs 2n - 1 values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.dema(list, n, source) return of_values(false, 1, "dema", C.btk_ta_dema, needs.dema, list, n, source) end

---Triple exponential moving average. Needs 3n - 2 values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.tema(list, n, source) return of_values(false, 1, "tema", C.btk_ta_tema, needs.tema, list, n, source) end

---Hull moving average, n of 2 or more. Needs n + floor(sqrt(n)) - 1 values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.hma(list, n, source)
  return of_values(false, 1, "hma", C.btk_ta_hma, needs.hma, list, n, source, "close", 2)
end

---Least squares line through the last n values, n of 2 or more. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number value at the newest value
---@return number slope per value
function ta.linreg(list, n, source)
  return of_values(false, 2, "linreg", C.btk_ta_linreg, needs.n, list, n, source, "close", 2)
end

-- Momentum -------------------------------------------------------------------

---Wilder's relative strength index, 0 to 100; 50 when nothing moved. Needs n + 1 values.
---@param list table candle list or numbers
---@param n? integer default 14
---@param source? string column of candles, default "close"
---@return number
function ta.rsi(list, n, source)
  return of_values(false, 1, "rsi", C.btk_ta_rsi, needs.one_more, list, n or 14, source)
end

---Moving average convergence divergence. Needs max(fast, slow) + signal - 1 values.
---@param list table candle list or numbers
---@param fast? integer default 12
---@param slow? integer default 26
---@param signal? integer default 9
---@param source? string column of candles, default "close"
---@return number line ema(fast) - ema(slow)
---@return number signal ema of the line
---@return number histogram line - signal
function ta.macd(list, fast, slow, signal, source)
  return kit.macd(false, list, fast or 12, slow or 26, signal or 9, source)
end

---Value minus the value n before it. Needs n + 1 values.
---@param list table candle list or numbers
---@param n? integer default 10
---@param source? string column of candles, default "close"
---@return number
function ta.momentum(list, n, source)
  return of_values(false, 1, "momentum", C.btk_ta_momentum, needs.one_more, list, n or 10, source)
end

---Rate of change against the value n before, in percent. Needs n + 1 values.
---@param list table candle list or numbers
---@param n? integer default 10
---@param source? string column of candles, default "close"
---@return number
function ta.roc(list, n, source)
  return of_values(false, 1, "roc", C.btk_ta_roc, needs.one_more, list, n or 10, source)
end

---How many of the n values before the newest are not above it, in percent. Needs n + 1 values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.percent_rank(list, n, source)
  return of_values(false, 1, "percent_rank", C.btk_ta_percent_rank, needs.one_more, list, n, source)
end

---Stochastic oscillator, 0 to 100; 50 where the range is zero. Fast with smooth = 1, slow with smooth = 3.
---Needs n + d + smooth - 2 candles.
---@param list table candles
---@param n? integer candles of the range, default 14
---@param d? integer average of %K that makes %D, default 3
---@param smooth? integer average that makes %K, default 1
---@return number k
---@return number d
function ta.stochastic(list, n, d, smooth) return kit.stochastic(false, list, n or 14, d or 3, smooth or 1) end

---Williams %R, -100 to 0; -50 where the range is zero. Needs n candles.
---@param list table candles
---@param n? integer default 14
---@return number
function ta.williams_r(list, n)
  return of_candles(false, 1, "williams_r", C.btk_ta_williams_r, needs.n, list, n or 14)
end

---Commodity channel index of typical prices; 0 where they are all equal. Needs n candles.
---@param list table candles
---@param n? integer default 20
---@return number
function ta.cci(list, n) return of_candles(false, 1, "cci", C.btk_ta_cci, needs.n, list, n or 20) end

---Wilder's directional movement, each 0 to 100. Needs 2n candles.
---@param list table candles
---@param n? integer default 14
---@return number adx
---@return number plus_di
---@return number minus_di
function ta.adx(list, n) return of_candles(false, 3, "adx", C.btk_ta_adx, needs.twice, list, n or 14) end

---Aroon: how recent the highest high and the lowest low of n + 1 candles are, 0 to 100. Needs n + 1 candles.
---@param list table candles
---@param n? integer default 25
---@return number up
---@return number down
function ta.aroon(list, n) return of_ranges(false, 2, "aroon", C.btk_ta_aroon, needs.one_more, list, n or 25) end

-- Range and volatility -------------------------------------------------------

---Largest of the last n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "high"
---@return number
function ta.highest(list, n, source)
  return of_values(false, 1, "highest", C.btk_ta_highest, needs.n, list, n, source, "high")
end

---Smallest of the last n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "low"
---@return number
function ta.lowest(list, n, source)
  return of_values(false, 1, "lowest", C.btk_ta_lowest, needs.n, list, n, source, "low")
end

---Population standard deviation of the last n values. Needs n values.
---@param list table candle list or numbers
---@param n integer
---@param source? string column of candles, default "close"
---@return number
function ta.stddev(list, n, source)
  return of_values(false, 1, "stddev", C.btk_ta_stddev, needs.n, list, n, source)
end

---Bollinger bands: average and k population standard deviations around it. Needs n values.
---@param list table candle list or numbers
---@param n? integer default 20
---@param k? number default 2
---@param source? string column of candles, default "close"
---@return number middle
---@return number upper
---@return number lower
function ta.bollinger(list, n, k, source) return kit.bollinger(false, list, n or 20, k or 2, source) end

---Range of the newest candle including the gap to the previous close. Needs 2 candles.
---@param list table candles
---@return number
function ta.true_range(list) return kit.true_range(false, list) end

---Wilder's average true range. Needs n + 1 candles.
---@param list table candles
---@param n? integer default 14
---@return number
function ta.atr(list, n) return of_candles(false, 1, "atr", C.btk_ta_atr, needs.one_more, list, n or 14) end

---Keltner channel: ema of the closes and k average true ranges around it. Needs max(n, atr_n + 1) candles.
---@param list table candles
---@param n? integer default 20
---@param k? number default 2
---@param atr_n? integer default 10
---@return number middle
---@return number upper
---@return number lower
function ta.keltner(list, n, k, atr_n) return kit.keltner(false, list, n or 20, k or 2, atr_n or 10) end

---Donchian channel: highest high and lowest low of n candles and the middle between them. Needs n candles.
---@param list table candles
---@param n? integer default 20
---@return number middle
---@return number upper
---@return number lower
function ta.donchian(list, n)
  return of_ranges(false, 3, "donchian", C.btk_ta_donchian, needs.n, list, n or 20)
end

---Supertrend line, and 1 while the trend is up (line below the close), -1 while it is down. Needs n + 1 candles.
---@param list table candles
---@param n? integer default 10
---@param k? number default 3
---@return number line
---@return number direction
function ta.supertrend(list, n, k) return kit.supertrend(false, list, n or 10, k or 3) end

-- Volume ---------------------------------------------------------------------

---On-balance volume since the first candle of the list, which counts 0. Needs 1 candle.
---@param list table candles
---@return number
function ta.obv(list) return kit.obv(false, list) end

---Volume-weighted average of typical prices over the last n candles, or all of the list without n. Without any
---volume the mean of the closes. Needs n candles.
---@param list table candles
---@param n? integer
---@return number
function ta.vwap(list, n) return of_volumes(false, "vwap", C.btk_ta_vwap, needs.vwap, list, n or 0, 0) end

---Money flow index, 0 to 100; 50 when nothing flowed. Needs n + 1 candles.
---@param list table candles
---@param n? integer default 14
---@return number
function ta.mfi(list, n) return of_volumes(false, "mfi", C.btk_ta_mfi, needs.one_more, list, n or 14, 1) end

-- Crossings ------------------------------------------------------------------

---True when a came from below or on b and is above it at the newest value.
---@param a table|number numbers, candles (their closes), or one number
---@param b table|number
---@return boolean
function ta.crossover(a, b)
  local a1, a2 = kit.last_two("crossover", a)
  local b1, b2 = kit.last_two("crossover", b)
  return a1 <= b1 and a2 > b2
end

---True when a came from above or on b and is below it at the newest value.
---@param a table|number numbers, candles (their closes), or one number
---@param b table|number
---@return boolean
function ta.crossunder(a, b)
  local a1, a2 = kit.last_two("crossunder", a)
  local b1, b2 = kit.last_two("crossunder", b)
  return a1 >= b1 and a2 < b2
end

return ta

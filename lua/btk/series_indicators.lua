-- The indicators of btk.series: what each is called with, and the columns that it has. lua/btk/series.lua declares them.

-- declare(frame, name, source, results, names of parameters, a, b, c): a column, or one with columns as fields.
local declare
local ONE, N = { "value" }, { "n" }
local function one(frame, name, source, n) return declare(frame, name, source or "close", ONE, N, n == nil and "nothing" or n) end

--- @meta
--- @class btk.Column
--- @field [integer] number  [0] is the newest closed candle, [1] the one before
--- @field at fun(self: btk.Column, back?: integer): number?  nil while there is no value
--- @field values fun(self: btk.Column, count: integer): number[]  the newest, oldest first
--- @class btk.Linreg : btk.Column
--- @field value btk.Column
--- @field slope btk.Column
--- @class btk.Macd : btk.Column
--- @field line btk.Column
--- @field signal btk.Column
--- @field histogram btk.Column
--- @class btk.Stochastic : btk.Column
--- @field k btk.Column
--- @field d btk.Column
--- @class btk.Adx : btk.Column
--- @field adx btk.Column
--- @field plus_di btk.Column
--- @field minus_di btk.Column
--- @class btk.Aroon : btk.Column
--- @field up btk.Column
--- @field down btk.Column
--- @class btk.Bands : btk.Column
--- @field middle btk.Column
--- @field upper btk.Column
--- @field lower btk.Column
--- @class btk.Supertrend : btk.Column
--- @field line btk.Column
--- @field direction btk.Column

--- @methods indicators of btk.Series

-- Every indicator of btk.ta as a method; same parameters, defaults and formulas.
local indicators = {}

--- Simple moving average of the last n values.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:sma(n, source) return one(self, "sma", source, n) end

--- Exponential moving average with weight 2/(n+1).
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:ema(n, source) return one(self, "ema", source, n) end

--- Wilder's moving average: weight 1/n.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:rma(n, source) return one(self, "rma", source, n) end

--- Linearly weighted moving average, the newest value weighs n.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:wma(n, source) return one(self, "wma", source, n) end

--- Double exponential moving average.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:dema(n, source) return one(self, "dema", source, n) end

--- Triple exponential moving average.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:tema(n, source) return one(self, "tema", source, n) end

--- Hull moving average, n of 2 or more.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:hma(n, source) return one(self, "hma", source, n) end

--- Least squares line through the last n values: .value at the newest one, .slope per value.
--- @param n integer 2 or more
--- @param source? string column of candles, default "close"
--- @return btk.Linreg
function indicators:linreg(n, source)
  return declare(self, "linreg", source or "close", { "value", "slope" }, N, n == nil and "nothing" or n)
end

--- Wilder's relative strength index, 0 to 100; 50 when nothing moved.
--- @param n? integer default 14
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:rsi(n, source) return one(self, "rsi", source, n or 14) end

--- Moving average convergence divergence: .line, .signal, .histogram.
--- @param fast? integer default 12
--- @param slow? integer default 26
--- @param signal? integer default 9
--- @param source? string column of candles, default "close"
--- @return btk.Macd
function indicators:macd(fast, slow, signal, source)
  return declare(self, "macd", source or "close", { "line", "signal", "histogram" }, { "fast", "slow", "signal" },
                 fast or 12, slow or 26, signal or 9)
end

--- Value minus the value n before it.
--- @param n? integer default 10
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:momentum(n, source) return one(self, "momentum", source, n or 10) end

--- Rate of change against the value n before, in percent.
--- @param n? integer default 10
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:roc(n, source) return one(self, "roc", source, n or 10) end

--- How many of the n values before the newest are not above it, in percent.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:percent_rank(n, source) return one(self, "percent_rank", source, n) end

--- Stochastic oscillator, 0 to 100: .k and .d. Fast with smooth = 1, slow with smooth = 3.
--- @param n? integer candles of the range, default 14
--- @param d? integer average of %K that makes %D, default 3
--- @param smooth? integer average that makes %K, default 1
--- @return btk.Stochastic
function indicators:stochastic(n, d, smooth)
  return declare(self, "stochastic", "close", { "k", "d" }, { "n", "d", "smooth" }, n or 14, d or 3, smooth or 1)
end

--- Williams %R, -100 to 0.
--- @param n? integer default 14
--- @return btk.Column
function indicators:williams_r(n) return one(self, "williams_r", nil, n or 14) end

--- Commodity channel index of typical prices.
--- @param n? integer default 20
--- @return btk.Column
function indicators:cci(n) return one(self, "cci", nil, n or 20) end

--- Wilder's directional movement, each 0 to 100: .adx, .plus_di, .minus_di.
--- @param n? integer default 14
--- @return btk.Adx
function indicators:adx(n) return declare(self, "adx", "close", { "adx", "plus_di", "minus_di" }, N, n or 14) end

--- Aroon, 0 to 100: .up (how recent the highest high of n + 1 candles is) and .down (the lowest low).
--- @param n? integer default 25
--- @return btk.Aroon
function indicators:aroon(n) return declare(self, "aroon", "close", { "up", "down" }, N, n or 25) end

--- Largest of the last n values.
--- @param n integer
--- @param source? string column of candles, default "high"
--- @return btk.Column
function indicators:highest(n, source) return one(self, "highest", source or "high", n) end

--- Smallest of the last n values.
--- @param n integer
--- @param source? string column of candles, default "low"
--- @return btk.Column
function indicators:lowest(n, source) return one(self, "lowest", source or "low", n) end

--- Population standard deviation of the last n values.
--- @param n integer
--- @param source? string column of candles, default "close"
--- @return btk.Column
function indicators:stddev(n, source) return one(self, "stddev", source, n) end

--- Bollinger bands: .middle, and .upper and .lower k population standard deviations around it.
--- @param n? integer default 20
--- @param k? number default 2
--- @param source? string column of candles, default "close"
--- @return btk.Bands
function indicators:bollinger(n, k, source)
  return declare(self, "bollinger", source or "close", { "middle", "upper", "lower" }, { "n", "k" }, n or 20, k or 2)
end

--- Range of a candle including the gap to the close before it.
--- @return btk.Column
function indicators:true_range() return declare(self, "true_range", "close", ONE, {}) end

--- Wilder's average true range.
--- @param n? integer default 14
--- @return btk.Column
function indicators:atr(n) return one(self, "atr", nil, n or 14) end

--- Keltner channel: .middle (ema of the closes), and .upper and .lower k average true ranges around it.
--- @param n? integer default 20
--- @param k? number default 2
--- @param atr_n? integer default 10
--- @return btk.Bands
function indicators:keltner(n, k, atr_n)
  return declare(self, "keltner", "close", { "middle", "upper", "lower" }, { "n", "k", "atr_n" }, n or 20, k or 2, atr_n or 10)
end

--- Donchian channel: .upper (highest high of n candles), .lower (lowest low), .middle between them.
--- @param n? integer default 20
--- @return btk.Bands
function indicators:donchian(n) return declare(self, "donchian", "close", { "middle", "upper", "lower" }, N, n or 20) end

--- Supertrend: .line, and .direction: 1 while the trend is up, -1 while it is down.
--- @param n? integer default 10
--- @param k? number default 3
--- @return btk.Supertrend
function indicators:supertrend(n, k)
  return declare(self, "supertrend", "close", { "line", "direction" }, { "n", "k" }, n or 10, k or 3)
end

--- On-balance volume since the candle with which the series begins; only differences mean something.
--- @return btk.Column
function indicators:obv() return declare(self, "obv", "close", ONE, {}) end

--- Volume-weighted average of typical prices over the last n candles, or since the series begins without n.
--- @param n? integer
--- @return btk.Column
function indicators:vwap(n) return one(self, "vwap", nil, n or 0) end

--- Money flow index, 0 to 100.
--- @param n? integer default 14
--- @return btk.Column
function indicators:mfi(n) return one(self, "mfi", nil, n or 14) end

return function(given)
  declare = given
  return indicators
end

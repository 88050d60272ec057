-- btk.ta.series: the indicators of btk.ta as plain tables of all their values, oldest first. Same arguments,
-- defaults, errors and order of results as in lua/btk/ta.lua. The last element of a result belongs to the last
-- value of the list, result[#result - i] to list[#list - i].
local core = ...
local kit = core.module "ta_kit"
local C = core.ffi.C
local of_values, of_ranges, of_candles, of_volumes = kit.of_values, kit.of_ranges, kit.of_candles, kit.of_volumes
local needs = kit.needs

--- @api btk.ta.series.* like btk.ta.*
--- All values as plain tables, oldest first; the last one belongs to the last value of the list.

local series = {}

---@return number[]
function series.sma(list, n, source) return of_values(true, 1, "sma", C.btk_ta_sma, needs.n, list, n, source) end

---@return number[]
function series.ema(list, n, source) return of_values(true, 1, "ema", C.btk_ta_ema, needs.n, list, n, source) end

---@return number[]
function series.rma(list, n, source) return of_values(true, 1, "rma", C.btk_ta_rma, needs.n, list, n, source) end

---@return number[]
function series.wma(list, n, source) return of_values(true, 1, "wma", C.btk_ta_wma, needs.n, list, n, source) end

---@return number[]
function series.dema(list, n, source)
  return of_values(true, 1, "dema", C.btk_ta_dema, needs.dema, list, n, source)
end

---@return number[]
function series.tema(list, n, source)
  return of_values(true, 1, "tema", C.btk_ta_tema, needs.tema, list, n, source)
end

---@return number[]
function series.hma(list, n, source)
  return of_values(true, 1, "hma", C.btk_ta_hma, needs.hma, list, n, source, "close", 2)
end

---@return number[] value
---@return number[] slope
function series.linreg(list, n, source)
  return of_values(true, 2, "linreg", C.btk_ta_linreg, needs.n, list, n, source, "close", 2)
end

---@return number[]
function series.rsi(list, n, source)
  return of_values(true, 1, "rsi", C.btk_ta_rsi, needs.one_more, list, n or 14, source)
end

---@return number[] line
---@return number[] signal
---@return number[] histogram
function series.macd(list, fast, slow, signal, source)
  return kit.macd(true, list, fast or 12, slow or 26, signal or 9, source)
end

---@return number[]
function series.momentum(list, n, source)
  return of_values(true, 1, "momentum", C.btk_ta_momentum, needs.one_more, list, n or 10, source)
end

---@return number[]
function series.roc(list, n, source)
  return of_values(true, 1, "roc", C.btk_ta_roc, needs.one_more, list, n or 10, source)
end

---@return number[]
function series.percent_rank(list, n, source)
  return of_values(true, 1, "percent_rank", C.btk_ta_percent_rank, needs.one_more, list, n, source)
end

---@return number[] k
---@return number[] d
function series.stochastic(list, n, d, smooth) return kit.stochastic(true, list, n or 14, d or 3, smooth or 1) end

---@return number[]
function series.williams_r(list, n)
  return of_candles(true, 1, "williams_r", C.btk_ta_williams_r, needs.n, list, n or 14)
end

---@return number[]
function series.cci(list, n) return of_candles(true, 1, "cci", C.btk_ta_cci, needs.n, list, n or 20) end

---@return number[] adx
---@return number[] plus_di
---@return number[] minus_di
function series.adx(list, n) return of_candles(true, 3, "adx", C.btk_ta_adx, needs.twice, list, n or 14) end

---@return number[] up
---@return number[] down
function series.aroon(list, n) return of_ranges(true, 2, "aroon", C.btk_ta_aroon, needs.one_more, list, n or 25) end

---@return number[]
function series.highest(list, n, source)
  return of_values(true, 1, "highest", C.btk_ta_highest, needs.n, list, n, source, "high")
end

---@return number[]
function series.lowest(list, n, source)
  return of_values(true, 1, "lowest", C.btk_ta_lowest, needs.n, list, n, source, "low")
end

---@return number[]
function series.stddev(list, n, source)
  return of_values(true, 1, "stddev", C.btk_ta_stddev, needs.n, list, n, source)
end

---@return number[] middle
---@return number[] upper
---@return number[] lower
function series.bollinger(list, n, k, source) return kit.bollinger(true, list, n or 20, k or 2, source) end

---@return number[]
function series.true_range(list) return kit.true_range(true, list) end

---@return number[]
function series.atr(list, n) return of_candles(true, 1, "atr", C.btk_ta_atr, needs.one_more, list, n or 14) end

---@return number[] middle
---@return number[] upper
---@return number[] lower
function series.keltner(list, n, k, atr_n) return kit.keltner(true, list, n or 20, k or 2, atr_n or 10) end

---@return number[] middle
---@return number[] upper
---@return number[] lower
function series.donchian(list, n) return of_ranges(true, 3, "donchian", C.btk_ta_donchian, needs.n, list, n or 20) end

---@return number[] line
---@return number[] direction
function series.supertrend(list, n, k) return kit.supertrend(true, list, n or 10, k or 3) end

---@return number[]
function series.obv(list) return kit.obv(true, list) end

---@return number[]
function series.vwap(list, n) return of_volumes(true, "vwap", C.btk_ta_vwap, needs.vwap, list, n or 0, 0) end

---@return number[]
function series.mfi(list, n) return of_volumes(true, "mfi", C.btk_ta_mfi, needs.one_more, list, n or 14, 1) end

return series

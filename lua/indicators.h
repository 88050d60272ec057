// Technical indicators over plain columns of numbers, reached from lua/btk/ta.lua by FFI.
//
// Every function has the same form: input columns (oldest value first), their length `count`, the parameters,
// and where the answer goes. With `stride` 0 only the newest value is wanted and `out` gets one number per
// result. Otherwise `out` holds one column of `stride` >= `count` numbers per result; row 0 is the first
// value that exists, the last row belongs to the newest input. The return value is the number of rows
// written.
//
// Errors: 0 is returned, and `out` is then meaningless, when a period is not a whole number of 1 or more,
// when there are fewer than the `needs` values given below, when an input that is looked at is NaN or
// infinite, or when the result would be (a division by zero, an overflow). A newest value that depends on a
// window only looks at that window; smoothed ones (ema, rma, rsi, macd, atr, adx, ...) depend on the whole
// column.
//
// Results have the same bits on every machine: only + - * / and square roots, sums from oldest to newest, and
// the newest value equals the last row of the series. Prices and results that are prices are in quote
// currency, oscillators in percent (0 to 100 unless said otherwise). Nothing is allocated, nothing is thrown;
// the functions may be called from any thread.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
extern "C" {

// Averages
// ---------------------------------------------------------------------------------------------------

/// Simple moving average: (x1 + ... + xn) / n over the last n values. Needs n.
int32_t btk_ta_sma(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Exponential moving average: e += 2/(n+1) * (x - e), seeded with the mean of the first n values (as
/// StockCharts and TA-Lib do). Needs n.
int32_t btk_ta_ema(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Wilder's average: e += 1/n * (x - e), seeded with the mean of the first n values (Wilder, New Concepts in
/// Technical Trading Systems, 1978). Needs n.
int32_t btk_ta_rma(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Linearly weighted average: (1 x1 + 2 x2 + ... + n xn) / (n (n+1) / 2), newest heaviest. Needs n.
int32_t btk_ta_wma(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Double exponential average: 2 e1 - e2 with e1 = ema(x), e2 = ema(e1) (Mulloy, 1994). Needs 2n - 1.
int32_t btk_ta_dema(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Triple exponential average: 3 e1 - 3 e2 + e3 (Mulloy, 1994). Needs 3n - 2.
int32_t btk_ta_tema(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Hull average: wma(2 wma(x, n/2) - wma(x, n), sqrt(n)), both rounded down (Hull, 2005). n of 2 or more.
/// Needs n + floor(sqrt(n)) - 1.
int32_t btk_ta_hma(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Least squares line through the last n values: its value at the newest one, and its slope per value. n of 2
/// or more. Needs n.
int32_t btk_ta_linreg(const double* x, int32_t count, double n, double* out, int32_t stride);

// Momentum
// ---------------------------------------------------------------------------------------------------

/// Relative strength index: 100 * up / (up + down), where up and down are Wilder's averages (rma) of the
/// rises and falls (Wilder 1978). 50 when nothing moved. Needs n + 1.
int32_t btk_ta_rsi(const double* x, int32_t count, double n, double* out, int32_t stride);

/// MACD: line = ema(fast) - ema(slow), signal = ema of the line, histogram = line - signal (Appel). Each
/// average is seeded from its own first values. Needs max(fast, slow) + signal - 1.
int32_t btk_ta_macd(const double* x, int32_t count, double fast, double slow, double signal, double* out,
                    int32_t stride);

/// Momentum: x - x n values ago. Needs n + 1.
int32_t btk_ta_momentum(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Rate of change in percent: 100 (x - past) / past, past = x n values ago, which must not be zero. Needs n
/// + 1.
int32_t btk_ta_roc(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Which share of the n values before the newest is not above it, in percent. Needs n + 1.
int32_t btk_ta_percent_rank(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Stochastic oscillator: %K = 100 (close - lowest low) / (highest high - lowest low) over n candles,
/// averaged over `smooth` of them (1 = fast), and %D = the simple average of %K over d (Lane). 50 where the
/// range is zero. Needs n + smooth + d - 2.
int32_t btk_ta_stochastic(const double* high, const double* low, const double* close, int32_t count, double n,
                          double d, double smooth, double* out, int32_t stride);

/// Williams %R: -100 (highest high - close) / (highest high - lowest low) over n candles, -100 to 0; -50
/// where the range is zero. Needs n.
int32_t btk_ta_williams_r(const double* high, const double* low, const double* close, int32_t count, double n,
                          double* out, int32_t stride);

/// Commodity channel index: (t - mean t) / (0.015 mean |t - mean t|) over n typical prices t = (high + low +
/// close) / 3 (Lambert, 1980); no unit, without bounds. 0 where the window is flat. Needs n.
int32_t btk_ta_cci(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride);

/// Directional movement: ADX, +DI, -DI. DI = 100 rma(directional move) / rma(true range), ADX = rma of
/// 100 |+DI - -DI| / (+DI + -DI) (Wilder 1978). Zero where nothing moved. Needs 2n.
int32_t btk_ta_adx(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride);

/// Aroon: up, down = 100 (n - candles since the highest high, lowest low) / n over n + 1 candles; of equal
/// ones the newest counts (Chande, 1995). Needs n + 1.
int32_t btk_ta_aroon(const double* high, const double* low, int32_t count, double n, double* out,
                     int32_t stride);

// Range and volatility
// ---------------------------------------------------------------------------------------

/// Largest and smallest of the last n values. Needs n.
int32_t btk_ta_highest(const double* x, int32_t count, double n, double* out, int32_t stride);
int32_t btk_ta_lowest(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Population standard deviation of the last n values: sqrt(sum (x - mean)^2 / n). Needs n.
int32_t btk_ta_stddev(const double* x, int32_t count, double n, double* out, int32_t stride);

/// Bollinger bands: middle = sma, upper and lower = middle +- k population standard deviations. Needs n.
int32_t btk_ta_bollinger(const double* x, int32_t count, double n, double k, double* out, int32_t stride);

/// True range: the largest of high - low, |high - previous close|, |low - previous close|. Needs 2.
int32_t btk_ta_true_range(const double* high, const double* low, const double* close, int32_t count,
                          double* out, int32_t stride);

/// Average true range: rma of the true ranges (Wilder 1978). The first candle has no previous close and
/// therefore no true range (as in TA-Lib). Needs n + 1.
int32_t btk_ta_atr(const double* high, const double* low, const double* close, int32_t count, double n,
                   double* out, int32_t stride);

/// Keltner channel: middle = ema(close, n), upper and lower = middle +- k * atr(atr_n). Needs max(n, atr_n +
/// 1).
int32_t btk_ta_keltner(const double* high, const double* low, const double* close, int32_t count, double n,
                       double k, double atr_n, double* out, int32_t stride);

/// Donchian channel: middle, upper = highest high, lower = lowest low of n candles. Needs n.
int32_t btk_ta_donchian(const double* high, const double* low, int32_t count, double n, double* out,
                        int32_t stride);

/// Supertrend: the line, and its direction: 1 = up (the line is below the close), -1 = down. Bands are
/// (high + low)/2 +- k * atr(n); a band only moves towards the price until a close crosses it (Seban). Starts
/// down. Needs n + 1.
int32_t btk_ta_supertrend(const double* high, const double* low, const double* close, int32_t count, double n,
                          double k, double* out, int32_t stride);

// Volume
// -----------------------------------------------------------------------------------------------------

/// On-balance volume: plus the volume of every candle that closed higher, minus that of every one that closed
/// lower; 0 at the first candle (Granville). In units of volume; only differences mean something. Needs 1.
int32_t btk_ta_obv(const double* close, const double* volume, int32_t count, double* out, int32_t stride);

/// Volume-weighted average of the typical prices over the last n candles, or over all from the first with n =
/// 0. Without any volume the mean of the closes, as btk.get_average_price does. Needs n, or 1.
int32_t btk_ta_vwap(const double* high, const double* low, const double* close, const double* volume,
                    int32_t count, double n, double* out, int32_t stride);

/// Money flow index: 100 up / (up + down), where up and down are the sums of typical price * volume of the
/// last n candles whose typical price rose, fell (Quong and Soudack). 50 when nothing flowed. Needs n + 1.
int32_t btk_ta_mfi(const double* high, const double* low, const double* close, const double* volume,
                   int32_t count, double n, double* out, int32_t stride);

// Finding out why a call returned 0
// --------------------------------------------------------------------------

/// Index of the first NaN or infinite value, -1 when there is none.
int32_t btk_ta_first_bad(const double* x, int32_t count);

}  // extern "C"
#pragma GCC visibility pop

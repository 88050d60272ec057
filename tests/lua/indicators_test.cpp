// Indicators against worked examples that others have published, against their definitions written out
// plainly, and at their edges.
#include "lua/indicators.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace {

using Column = std::vector<double>;

/// Calls a function for a series and gives its results as columns; checks that the newest value alone has the
/// same bits as the last row.
template <class Call>
std::vector<Column> series(std::size_t results, int count, Call call) {
  const int stride = count + 1;
  Column out(results * stride, -1);
  const int rows = call(out.data(), stride);
  std::vector<Column> columns;
  for (std::size_t r = 0; r < results; ++r)
    columns.emplace_back(out.begin() + r * stride, out.begin() + r * stride + rows);
  double newest[4] = {-1, -1, -1, -1};
  const int answered = call(newest, 0);
  CHECK(answered == (rows > 0 ? 1 : 0));
  for (std::size_t r = 0; rows > 0 && r < results; ++r) CHECK(newest[r] == columns[r].back());
  return columns;
}

void check_near(const Column& got, const Column& expected, double tolerance) {
  REQUIRE(got.size() >= expected.size());
  // Published tables may begin later than ours; they end at the same candle.
  const std::size_t skipped = got.size() - expected.size();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("row " << i);
    CHECK(got[skipped + i] == Approx(expected[i]).margin(tolerance).epsilon(0));
  }
}

using OnValues = int32_t (*)(const double*, int32_t, double, double*, int32_t);
using OnCandles = int32_t (*)(const double*, const double*, const double*, int32_t, double, double*, int32_t);

std::vector<Column> on_values(OnValues f, const Column& x, double n, std::size_t results = 1) {
  const int count = static_cast<int>(x.size());
  return series(results, count, [&](double* out, int stride) { return f(x.data(), count, n, out, stride); });
}

struct Candles {
  Column high, low, close, volume;
  int count() const { return static_cast<int>(close.size()); }
};

std::vector<Column> on_candles(OnCandles f, const Candles& c, double n, std::size_t results = 1) {
  return series(results, c.count(), [&](double* out, int stride) {
    return f(c.high.data(), c.low.data(), c.close.data(), c.count(), n, out, stride);
  });
}

// The fifteen candles of the Tulip Indicators test set (tests/untest.txt), with its expected values to three
// decimals.
const Candles kTulip{
    {82.15, 81.89, 83.03, 83.30, 83.85, 83.90, 83.33, 84.30, 84.84, 85.00, 85.90, 86.58, 86.98, 88.00, 87.87},
    {81.29, 80.64, 81.31, 82.65, 83.07, 83.11, 82.49, 82.30, 84.15, 84.11, 84.03, 85.39, 85.76, 87.17, 87.01},
    {81.59, 81.06, 82.87, 83.00, 83.61, 83.15, 82.84, 83.99, 84.55, 84.36, 85.53, 86.54, 86.89, 87.77, 87.29},
    {5653100, 6447400, 7690900, 3831400, 4455100, 3798000, 3936200, 4732000, 4841300, 3915300, 6830800,
     6694100, 5293600, 7985800, 4807900}};
constexpr double kThree = 0.00051;

/// Seeded numbers with the same bits everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  double unit() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) / 9007199254740992.0;
  }

 private:
  std::uint64_t state_;
};

Candles random_candles(std::uint64_t seed, int count) {
  Random random(seed);
  Candles c;
  double price = 100;
  for (int i = 0; i < count; ++i) {
    const double open = price;
    // Every sixth candle repeats the last price: ties and flat stretches are where definitions differ.
    if (random.unit() > 1.0 / 6) price *= 1 + (random.unit() - 0.5) * 0.02;
    c.high.push_back(std::max(open, price) * (1 + 0.005 * random.unit()));
    c.low.push_back(std::min(open, price) * (1 - 0.005 * random.unit()));
    c.close.push_back(price);
    c.volume.push_back(random.unit() < 0.1 ? 0 : 1000 * random.unit());
  }
  return c;
}

// Definitions, written for reading: value of row i from the whole past.
double plain_mean(const Column& x, int first, int last) {
  double sum = 0;
  for (int i = first; i <= last; ++i) sum += x[i];
  return sum / (last - first + 1);
}

double plain_smoothed(const Column& x, int first, int last, int n, double weight) {
  if (last - first + 1 == n) return plain_mean(x, first, last);
  const double before = plain_smoothed(x, first, last - 1, n, weight);
  return before * (1 - weight) + x[last] * weight;
}

double plain_true_range(const Candles& c, int i) {
  return std::max(
      {c.high[i] - c.low[i], std::fabs(c.high[i] - c.close[i - 1]), std::fabs(c.low[i] - c.close[i - 1])});
}

void check_rows(const Column& got, int count, int first, const std::function<double(int)>& expected) {
  REQUIRE(got.size() == static_cast<std::size_t>(count - first));
  for (int i = first; i < count; ++i) {
    INFO("value " << i);
    CHECK(got[i - first] == Approx(expected(i)).epsilon(1e-10).margin(1e-9));
  }
}

}  // namespace

TEST_CASE("EMA(10) of StockCharts' moving averages example") {
  const Column closes{22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29,
                      22.15, 22.39, 22.38, 22.61, 23.36, 24.05, 23.75, 23.83, 23.95, 23.63,
                      23.82, 23.87, 23.65, 23.19, 23.10, 23.33, 22.68, 23.10, 22.40, 22.17};
  check_near(on_values(btk_ta_ema, closes, 10)[0],
             {22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80, 22.97, 23.13, 23.28, 23.34,
              23.43, 23.51, 23.53, 23.47, 23.40, 23.39, 23.26, 23.23, 23.08, 22.92},
             0.0055);
  check_near(on_values(btk_ta_sma, closes, 10)[0], {23.13}, 0.0055);
}

TEST_CASE("RSI(14) of StockCharts' example") {
  // Computed from the closes as printed, with two decimals (the page's own column, 70.53 66.32 66.55 ..., is
  // made from more decimals); these values are in several public test suites.
  const Column closes{44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89,
                      46.03, 45.61, 46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64, 46.21, 46.25,
                      45.71, 46.45, 45.78, 45.35, 44.03, 44.18, 44.22, 44.57, 43.42, 42.66, 43.13};
  check_near(on_values(btk_ta_rsi, closes, 14)[0],
             {70.46, 66.25, 66.48, 69.35, 66.29, 57.92, 62.88, 63.21, 56.01, 62.34, 54.67, 50.39, 40.02,
              41.49, 41.90, 45.50, 37.32, 33.09, 37.79},
             0.0055);
}

TEST_CASE("ATR(14) of StockCharts' example") {
  // The page takes high - low as the first candle's true range; a candle before it whose close lies inside
  // the first range says the same.
  Candles c{{48,    48.70, 48.72, 48.90, 48.87, 48.82, 49.05, 49.20, 49.35, 49.92, 50.19,
             50.12, 49.66, 49.88, 50.19, 50.36, 50.57, 50.65, 50.43, 49.63, 50.33, 50.29,
             50.17, 49.32, 48.50, 48.32, 46.80, 47.80, 48.39, 48.66, 48.79},
            {48,    47.79, 48.14, 48.39, 48.37, 48.24, 48.64, 48.94, 48.86, 49.50, 49.87,
             49.20, 48.90, 49.43, 49.73, 49.26, 50.09, 50.30, 49.21, 48.98, 49.61, 49.20,
             49.43, 48.08, 47.64, 41.55, 44.28, 47.31, 47.20, 47.90, 47.73},
            {48,    48.16, 48.61, 48.75, 48.63, 48.74, 49.03, 49.07, 49.32, 49.91, 50.13,
             49.53, 49.50, 49.75, 50.03, 50.31, 50.52, 50.41, 49.34, 49.37, 50.23, 49.24,
             49.93, 48.43, 48.18, 46.57, 45.41, 47.77, 47.72, 48.62, 47.85},
            {}};
  check_near(on_candles(btk_ta_atr, c, 14)[0],
             {0.554, 0.593, 0.585, 0.568, 0.615, 0.617, 0.642, 0.674, 0.692, 0.775, 0.781, 1.209, 1.302,
              1.380, 1.367, 1.336, 1.316},
             kThree);
}

TEST_CASE("ADX(14) of StockCharts' example, made by Wilder's own worksheet") {
  const Candles c{{30.1983, 30.2776, 30.4458, 29.3478, 29.3477, 29.2886, 28.8334, 28.7346, 28.6654,
                   28.8532, 28.6356, 27.6761, 27.2112, 26.8651, 27.4090, 26.9441, 26.5189, 26.5189,
                   27.0927, 27.6860, 28.4477, 28.5267, 28.6654, 29.0116, 29.8720, 29.8028, 29.7529,
                   30.6546, 30.5951, 30.7635, 31.1698, 30.8923, 30.0402, 30.6645},
                  {29.4072, 29.3182, 29.9611, 28.7443, 28.5566, 28.4081, 28.0818, 27.4289, 27.6565,
                   27.8345, 27.3992, 27.0927, 26.1826, 26.1332, 26.6277, 26.1332, 25.4307, 25.3518,
                   25.8760, 26.9640, 27.1421, 28.0123, 27.8840, 27.9928, 28.7643, 29.1402, 28.7127,
                   28.9290, 30.0304, 29.3863, 30.1365, 30.4267, 29.3467, 29.9906},
                  {29.8720, 30.2381, 30.0996, 28.9028, 28.9225, 28.4775, 28.5566, 27.5576, 28.4675,
                   28.2796, 27.4882, 27.2310, 26.3507, 26.3309, 27.0333, 26.2221, 26.0144, 25.4605,
                   27.0333, 27.4487, 28.3586, 28.4278, 27.9530, 29.0116, 29.3776, 29.3576, 28.9107,
                   30.6149, 30.0502, 30.1890, 31.1202, 30.5356, 29.7827, 30.0402},
                  {}};
  check_near(on_candles(btk_ta_adx, c, 14, 3)[0], {33.58, 32.15, 29.93, 28.36, 26.90, 25.78, 23.95}, 0.0055);
}

TEST_CASE("CCI(20) of StockCharts' example") {
  const Candles c{{24.20, 24.07, 24.04, 23.87, 23.67, 23.59, 23.80, 23.80, 24.30, 24.15,
                   24.05, 24.06, 23.88, 25.14, 25.20, 25.07, 25.22, 25.37, 25.36, 25.26,
                   24.82, 24.44, 24.65, 24.84, 24.75, 24.51, 24.68, 24.67, 23.84, 24.30},
                  {23.85, 23.72, 23.64, 23.37, 23.46, 23.18, 23.40, 23.57, 24.05, 23.77,
                   23.60, 23.84, 23.64, 23.94, 24.74, 24.77, 24.90, 24.93, 24.96, 24.93,
                   24.21, 24.21, 24.43, 24.44, 24.20, 24.25, 24.21, 24.15, 23.63, 23.76},
                  {23.89, 23.95, 23.67, 23.78, 23.50, 23.32, 23.75, 23.79, 24.14, 23.81,
                   23.78, 23.86, 23.70, 24.96, 24.88, 24.96, 25.18, 25.07, 25.27, 25.00,
                   24.46, 24.28, 24.62, 24.58, 24.53, 24.35, 24.34, 24.23, 23.76, 24.20},
                  {}};
  check_near(on_candles(btk_ta_cci, c, 20)[0],
             {102.1985, 30.7701, 6.4990, 33.1603, 34.9386, 13.9923, -10.7305, -11.5282, -29.3151, -129.5564,
              -73.1772},
             0.0001);
}

TEST_CASE("Stochastic %K(14) and %D(3) of StockCharts' example") {
  Candles c{
      {127.01, 127.62, 126.59, 127.35, 128.17, 128.43, 127.37, 126.42, 126.90, 126.85,
       125.65, 125.72, 127.16, 127.72, 127.69, 128.22, 128.27, 128.09, 128.27, 127.74,
       128.77, 129.29, 130.06, 129.12, 129.29, 128.47, 128.09, 128.65, 129.14, 128.64},
      {125.36, 126.16, 124.93, 126.09, 126.82, 126.48, 126.03, 124.83, 126.39, 125.72,
       124.56, 124.57, 125.07, 126.86, 126.63, 126.80, 126.71, 126.80, 126.13, 125.92,
       126.99, 127.81, 128.47, 128.06, 127.61, 127.60, 127.00, 126.90, 127.49, 127.40},
      {0,      0,      0,      0,      0,      0,      0,      0,
       0,      0,      0,      0,      0,      127.29, 127.18,  // the page's closes begin at the 14th day
       128.01, 127.11, 127.73, 127.06, 127.33, 128.71, 127.87, 128.58,
       128.60, 127.93, 128.11, 127.60, 127.60, 128.69, 128.27},
      {}};
  const auto rows = series(2, c.count(), [&](double* out, int stride) {
    return btk_ta_stochastic(c.high.data(), c.low.data(), c.close.data(), c.count(), 14, 3, 1, out, stride);
  });
  const Column k{89.1473, 65.8915, 81.9121, 64.5995, 74.6631, 98.5748, 69.9789, 73.0909,
                 73.4545, 61.2022, 60.9218, 40.5797, 40.5797, 66.9082, 56.7633};
  check_near(rows[0], k, 0.0001);
  check_near(rows[1], {(40.5797 + 66.9082 + 56.7633) / 3}, 0.0001);
}

TEST_CASE("Bollinger bands (20, 2) of StockCharts' example") {
  const Column closes{86.16, 89.09, 88.78, 90.32, 89.07, 91.15, 89.44, 89.18, 86.93, 87.68, 86.96,
                      89.43, 89.32, 88.72, 87.45, 87.26, 89.50, 87.90, 89.13, 90.70, 92.90, 92.98};
  const auto rows = series(3, 22, [&](double* out, int stride) {
    return btk_ta_bollinger(closes.data(), 22, 20, 2, out, stride);
  });
  check_near(rows[0], {88.7085, 89.0455, 89.2400}, 0.00005);
  check_near(rows[1], {91.2919, 91.9497, 92.6133}, 0.0001);
  check_near(rows[2], {86.1251, 86.1413, 85.8667}, 0.0001);
}

TEST_CASE("Rate of change (12) and money flow index (14) of StockCharts' examples") {
  const Column closes{11045.27, 11167.32, 11008.61, 11151.83, 10926.77, 10868.12, 10520.32,
                      10380.43, 10785.14, 10748.26, 10896.91, 10782.95, 10620.16, 10625.83,
                      10510.95, 10444.37, 10068.01, 10193.39, 10066.57, 10043.75};
  check_near(on_values(btk_ta_roc, closes, 12)[0], {-3.85, -4.85, -4.52, -6.34, -7.86, -6.21, -4.31, -3.24},
             0.0055);

  const Column typical{24.63, 24.69, 24.99, 25.36, 25.19, 25.17, 25.01, 24.96, 25.08, 25.25, 25.21,
                       25.37, 25.61, 25.58, 25.46, 25.33, 25.09, 25.03, 24.91, 24.89, 25.13};
  const Column volume{18730, 12272, 24691, 18358, 22964, 15919, 16067, 16568, 16019, 9774, 22573,
                      12987, 10907, 5799,  7395,  5818,  7165,  5673,  5625,  5023,  7457};
  const auto mfi = series(1, 21, [&](double* out, int stride) {
    return btk_ta_mfi(typical.data(), typical.data(), typical.data(), volume.data(), 21, 14, out, stride);
  });
  check_near(mfi[0], {49.46, 45.11, 36.27, 28.40, 31.53, 33.87, 41.30}, 0.0055);
}

TEST_CASE("Double EMA of TA-Lib's documentation tests") {
  check_near(on_values(btk_ta_dema, {26, 54, 8, 77, 61, 39, 44, 91, 98, 17}, 5)[0], {91.73037, 54.55632},
             0.00001);
}

TEST_CASE("The Tulip Indicators test set") {
  const Candles& c = kTulip;
  const Column& x = c.close;
  check_near(on_values(btk_ta_sma, x, 5)[0],
             {82.426, 82.738, 83.094, 83.318, 83.628, 83.778, 84.254, 84.994, 85.574, 86.218, 86.804},
             kThree);
  check_near(on_values(btk_ta_rma, x, 5)[0],
             {82.426, 82.571, 82.625, 82.898, 83.228, 83.455, 83.870, 84.404, 84.901, 85.475, 85.838},
             kThree);
  check_near(on_values(btk_ta_wma, x, 5)[0],
             {82.825, 83.066, 83.100, 83.399, 83.809, 84.053, 84.637, 85.399, 86.031, 86.763, 87.121},
             kThree);
  check_near(on_values(btk_ta_hma, x, 5)[0],
             {83.690, 83.038, 83.472, 84.550, 84.835, 85.360, 86.552, 87.346, 87.965, 87.916}, kThree);
  const auto line = on_values(btk_ta_linreg, x, 5, 2);
  check_near(line[0],
             {83.622, 83.722, 83.112, 83.560, 84.172, 84.604, 85.404, 86.210, 86.946, 87.854, 87.754},
             kThree);
  check_near(line[1], {0.598, 0.492, 0.009, 0.121, 0.272, 0.413, 0.575, 0.608, 0.686, 0.818, 0.475}, kThree);
  check_near(on_values(btk_ta_rsi, x, 5)[0],
             {72.034, 64.927, 75.936, 79.796, 74.713, 83.033, 87.478, 88.755, 91.483, 78.498}, kThree);
  check_near(on_values(btk_ta_stddev, x, 5)[0],
             {0.948, 0.875, 0.280, 0.423, 0.605, 0.671, 0.871, 0.926, 1.019, 1.174, 0.758}, kThree);
  check_near(on_values(btk_ta_highest, x, 5)[0],
             {83.61, 83.61, 83.61, 83.99, 84.55, 84.55, 85.53, 86.54, 86.89, 87.77, 87.77}, 0);
  check_near(on_values(btk_ta_lowest, x, 5)[0],
             {81.06, 81.06, 82.84, 82.84, 82.84, 82.84, 82.84, 83.99, 84.36, 84.36, 85.53}, 0);
  check_near(on_values(btk_ta_momentum, x, 5)[0],
             {1.56, 1.78, 1.12, 1.55, 0.75, 2.38, 3.70, 2.90, 3.22, 2.93}, kThree);
  check_near(on_candles(btk_ta_cci, c, 5)[0], {166.667, 82.020, 95.501, 130.912, 99.163, 116.342, 71.928},
             kThree);
  check_near(on_candles(btk_ta_williams_r, c, 5)[0],
             {-7.477, -23.006, -40.927, -15.500, -11.417, -23.704, -10.278, -0.935, -3.051, -5.793, -17.884},
             kThree);
  const auto stochastic = series(2, 15, [&](double* out, int stride) {
    return btk_ta_stochastic(c.high.data(), c.low.data(), c.close.data(), 15, 5, 3, 3, out, stride);
  });
  check_near(stochastic[0], {77.385, 83.126, 84.867, 88.361, 95.246, 96.740, 91.091}, kThree);
  check_near(stochastic[1], {75.702, 78.011, 81.793, 85.452, 89.491, 93.449, 94.359}, kThree);
  const auto aroon = series(2, 15, [&](double* out, int stride) {
    return btk_ta_aroon(c.high.data(), c.low.data(), 15, 5, out, stride);
  });
  check_near(aroon[0], {100, 80, 100, 100, 100, 100, 100, 100, 100, 80}, 0);
  check_near(aroon[1], {20, 0, 0, 80, 60, 40, 20, 0, 40, 20}, 0);
  const auto range = series(1, 15, [&](double* out, int stride) {
    return btk_ta_true_range(c.high.data(), c.low.data(), c.close.data(), 15, out, stride);
  });
  check_near(range[0], {1.25, 1.97, 0.65, 0.85, 0.79, 0.84, 2.00, 0.85, 0.89, 1.87, 1.19, 1.22, 1.11, 0.86},
             kThree);
  const auto obv = series(1, 15, [&](double* out, int stride) {
    return btk_ta_obv(c.close.data(), c.volume.data(), 15, out, stride);
  });
  check_near(obv[0],
             {0, -6447400, 1243500, 5074900, 9530000, 5732000, 1795800, 6527800, 11369100, 7453800, 14284600,
              20978700, 26272300, 34258100, 29450200},
             0);
  const auto mfi = series(1, 15, [&](double* out, int stride) {
    return btk_ta_mfi(c.high.data(), c.low.data(), c.close.data(), c.volume.data(), 15, 5, out, stride);
  });
  check_near(mfi[0], {61.172, 67.308, 62.796, 64.661, 45.238, 67.841, 85.578, 85.963, 87.504, 84.647},
             kThree);
}

TEST_CASE("Indicators of one column follow their definitions on random walks") {
  for (const int seed : {1, 2, 3}) {
    const Column x = random_candles(seed, 70).close;
    const int count = static_cast<int>(x.size());
    for (const int n : {1, 2, 7, 20}) {
      INFO("seed " << seed << ", n " << n);
      const double e = 2.0 / (n + 1);
      check_rows(on_values(btk_ta_sma, x, n)[0], count, n - 1,
                 [&](int i) { return plain_mean(x, i - n + 1, i); });
      check_rows(on_values(btk_ta_ema, x, n)[0], count, n - 1,
                 [&](int i) { return plain_smoothed(x, 0, i, n, e); });
      check_rows(on_values(btk_ta_rma, x, n)[0], count, n - 1,
                 [&](int i) { return plain_smoothed(x, 0, i, n, 1.0 / n); });
      check_rows(on_values(btk_ta_wma, x, n)[0], count, n - 1, [&](int i) {
        double sum = 0, weights = 0;
        for (int k = 1; k <= n; ++k) sum += k * x[i - n + k], weights += k;
        return sum / weights;
      });
      const Column e1 = on_values(btk_ta_ema, x, n)[0];
      const Column e2 = on_values(btk_ta_ema, e1, n)[0];
      const Column e3 = on_values(btk_ta_ema, e2, n)[0];
      const int at2 = n - 1, at3 = 2 * (n - 1);  // e2[0] belongs to e1[n - 1], e3[0] to e1[2n - 2]
      check_rows(on_values(btk_ta_dema, x, n)[0], count, 2 * (n - 1),
                 [&](int i) { return 2 * e1[i - (n - 1)] - e2[i - (n - 1) - at2]; });
      if (count > 3 * (n - 1))
        check_rows(on_values(btk_ta_tema, x, n)[0], count, 3 * (n - 1), [&](int i) {
          const int k = i - (n - 1);
          return 3 * e1[k] - 3 * e2[k - at2] + e3[k - at3];
        });
      check_rows(on_values(btk_ta_rsi, x, n)[0], count, n, [&](int i) {
        Column up, down;
        for (int k = 1; k <= i; ++k) {
          up.push_back(std::max(x[k] - x[k - 1], 0.0));
          down.push_back(std::max(x[k - 1] - x[k], 0.0));
        }
        const double u = plain_smoothed(up, 0, i - 1, n, 1.0 / n),
                     d = plain_smoothed(down, 0, i - 1, n, 1.0 / n);
        if (u == 0 && d == 0) return 50.0;
        return d == 0 ? 100 : 100 - 100 / (1 + u / d);
      });
      check_rows(on_values(btk_ta_highest, x, n)[0], count, n - 1,
                 [&](int i) { return *std::max_element(x.begin() + i - n + 1, x.begin() + i + 1); });
      check_rows(on_values(btk_ta_stddev, x, n)[0], count, n - 1, [&](int i) {
        const double mean = plain_mean(x, i - n + 1, i);
        double sum = 0;
        for (int k = i - n + 1; k <= i; ++k) sum += (x[k] - mean) * (x[k] - mean);
        return std::sqrt(sum / n);
      });
      check_rows(on_values(btk_ta_percent_rank, x, n)[0], count, n, [&](int i) {
        return 100.0 * std::count_if(x.begin() + i - n, x.begin() + i, [&](double v) { return v <= x[i]; }) /
               n;
      });
      if (n > 1)
        check_rows(on_values(btk_ta_linreg, x, n, 2)[1], count, n - 1, [&](int i) {
          double sx = 0, sy = 0, sxx = 0, sxy = 0;
          for (int k = 0; k < n; ++k) {
            const double y = x[i - n + 1 + k];
            sx += k, sy += y, sxx += 1.0 * k * k, sxy += k * y;
          }
          return (n * sxy - sx * sy) / (n * sxx - sx * sx);
        });
    }
    const auto macd = series(3, count, [&](double* out, int stride) {
      return btk_ta_macd(x.data(), count, 12, 26, 9, out, stride);
    });
    Column line;
    for (int i = 25; i < count; ++i)
      line.push_back(plain_smoothed(x, 0, i, 12, 2.0 / 13) - plain_smoothed(x, 0, i, 26, 2.0 / 27));
    check_rows(macd[0], count, 33, [&](int i) { return line[i - 25]; });
    check_rows(macd[1], count, 33, [&](int i) { return plain_smoothed(line, 0, i - 25, 9, 0.2); });
    check_rows(macd[2], count, 33,
               [&](int i) { return line[i - 25] - plain_smoothed(line, 0, i - 25, 9, 0.2); });
  }
}

TEST_CASE("Indicators of candles follow their definitions on random walks") {
  for (const int seed : {4, 5}) {
    const Candles c = random_candles(seed, 70);
    const int count = c.count();
    Column ranges;
    for (int i = 1; i < count; ++i) ranges.push_back(plain_true_range(c, i));
    for (const int n : {1, 3, 14}) {
      INFO("seed " << seed << ", n " << n);
      const auto lowest = [&](int i) {
        return *std::min_element(c.low.begin() + i - n + 1, c.low.begin() + i + 1);
      };
      const auto highest = [&](int i) {
        return *std::max_element(c.high.begin() + i - n + 1, c.high.begin() + i + 1);
      };
      const auto atr = [&](int i) { return plain_smoothed(ranges, 0, i - 1, n, 1.0 / n); };
      check_rows(on_candles(btk_ta_atr, c, n)[0], count, n, atr);
      check_rows(on_candles(btk_ta_williams_r, c, n)[0], count, n - 1, [&](int i) {
        return highest(i) == lowest(i) ? -50 : -100 * (highest(i) - c.close[i]) / (highest(i) - lowest(i));
      });
      const auto donchian = series(3, count, [&](double* out, int stride) {
        return btk_ta_donchian(c.high.data(), c.low.data(), count, n, out, stride);
      });
      check_rows(donchian[0], count, n - 1, [&](int i) { return (highest(i) + lowest(i)) / 2; });
      check_rows(donchian[1], count, n - 1, highest);
      check_rows(donchian[2], count, n - 1, lowest);
      const auto keltner = series(3, count, [&](double* out, int stride) {
        return btk_ta_keltner(c.high.data(), c.low.data(), c.close.data(), count, 10, 1.5, n, out, stride);
      });
      const int first = std::max(9, n);
      const auto middle = [&](int i) { return plain_smoothed(c.close, 0, i, 10, 2.0 / 11); };
      check_rows(keltner[0], count, first, middle);
      check_rows(keltner[1], count, first, [&](int i) { return middle(i) + 1.5 * atr(i); });
      check_rows(keltner[2], count, first, [&](int i) { return middle(i) - 1.5 * atr(i); });
      const auto vwap = [&](double period) {
        return series(1, count, [&](double* out, int stride) {
          return btk_ta_vwap(c.high.data(), c.low.data(), c.close.data(), c.volume.data(), count, period, out,
                             stride);
        })[0];
      };
      const auto average = [&](int from, int to) {
        double money = 0, volume = 0;
        for (int i = from; i <= to; ++i) {
          money += (c.high[i] + c.low[i] + c.close[i]) / 3 * c.volume[i];
          volume += c.volume[i];
        }
        return volume == 0 ? plain_mean(c.close, from, to) : money / volume;
      };
      check_rows(vwap(n), count, n - 1, [&](int i) { return average(i - n + 1, i); });
      check_rows(vwap(0), count, 0, [&](int i) { return average(0, i); });
    }
  }
}

TEST_CASE("Supertrend stays on one side until a close crosses its line") {
  for (const int seed : {6, 7, 8}) {
    const Candles c = random_candles(seed, 300);
    const auto rows = series(2, 300, [&](double* out, int stride) {
      return btk_ta_supertrend(c.high.data(), c.low.data(), c.close.data(), 300, 10, 2, out, stride);
    });
    REQUIRE(rows[0].size() == 290);
    CHECK(rows[1][0] == -1);
    int turns = 0;
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
      const double close = c.close[i + 10], line = rows[0][i], direction = rows[1][i];
      CHECK((direction > 0 ? close >= line : close <= line));
      if (i == 0) continue;
      if (direction == rows[1][i - 1])
        CHECK((direction > 0 ? line >= rows[0][i - 1] : line <= rows[0][i - 1]));
      else
        ++turns;
    }
    CHECK(turns > 2);
  }
}

TEST_CASE("What does not move: exact answers, no rounding noise") {
  // 1.1 has no exact binary form, so the mean of n of them need not be 1.1.
  for (const int n : {3, 5, 7, 14}) {
    const Column flat(40, 1.1);
    const Candles c{flat, flat, flat, Column(40, 0)};
    CHECK(on_values(btk_ta_ema, flat, n)[0].back() == on_values(btk_ta_ema, flat, n)[0].front());
    CHECK(on_values(btk_ta_stddev, flat, n)[0].back() == 0);
    CHECK(on_values(btk_ta_rsi, flat, n)[0].back() == 50);
    CHECK(on_candles(btk_ta_cci, c, n)[0].back() == 0);
    CHECK(on_candles(btk_ta_williams_r, c, n)[0].back() == -50);
    CHECK(on_candles(btk_ta_atr, c, n)[0].back() == 0);
    for (const Column& result : on_candles(btk_ta_adx, c, n, 3)) CHECK(result.back() == 0);
    double out = -1;
    CHECK(btk_ta_mfi(flat.data(), flat.data(), flat.data(), c.volume.data(), 40, n, &out, 0) == 1);
    CHECK(out == 50);
  }
  CHECK(on_values(btk_ta_rsi, {1, 2, 3, 4, 5}, 3)[0] == Column{100, 100});
  CHECK(on_values(btk_ta_rsi, {5, 4, 3, 2, 1}, 3)[0] == Column{0, 0});
}

TEST_CASE("Too few values, wrong periods and numbers that are none are refused") {
  struct Case {
    OnValues f;
    int needs;  // for n = 5
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const Case& each : {Case{btk_ta_sma, 5},
                           {btk_ta_ema, 5},
                           {btk_ta_rma, 5},
                           {btk_ta_wma, 5},
                           {btk_ta_dema, 9},
                           {btk_ta_tema, 13},
                           {btk_ta_hma, 6},
                           {btk_ta_linreg, 5},
                           {btk_ta_rsi, 6},
                           {btk_ta_momentum, 6},
                           {btk_ta_roc, 6},
                           {btk_ta_percent_rank, 6},
                           {btk_ta_highest, 5},
                           {btk_ta_lowest, 5},
                           {btk_ta_stddev, 5}}) {
    const Column x = random_candles(9, each.needs).close;
    double out[2];
    CHECK(each.f(x.data(), each.needs, 5, out, 0) == 1);
    CHECK(each.f(x.data() + 1, each.needs - 1, 5, out, 0) == 0);
    CHECK(each.f(x.data(), 0, 5, out, 0) == 0);
    for (const double n : {0.0, -5.0, 2.5, 1e18, nan, inf})
      CHECK(each.f(x.data(), each.needs, n, out, 0) == 0);
    for (const double bad : {nan, inf, -inf}) {
      for (const int at : {0, each.needs - 1}) {
        Column spoilt = x;
        spoilt[at] = bad;
        CHECK(each.f(spoilt.data(), each.needs, 5, out, 0) == 0);
        Column rows(2 * each.needs);
        CHECK(each.f(spoilt.data(), each.needs, 5, rows.data(), each.needs) == 0);
      }
    }
  }
  for (const auto& [f, needs] : {std::pair<OnCandles, int>{btk_ta_williams_r, 5},
                                 {btk_ta_cci, 5},
                                 {btk_ta_adx, 10},
                                 {btk_ta_atr, 6}}) {
    const Candles good = random_candles(10, needs);
    double out[3];
    CHECK(f(good.high.data(), good.low.data(), good.close.data(), needs, 5, out, 0) == 1);
    CHECK(f(good.high.data(), good.low.data(), good.close.data(), needs - 1, 5, out, 0) == 0);
    for (Column Candles::*column : {&Candles::high, &Candles::low, &Candles::close}) {
      for (const double bad : {nan, inf}) {
        Candles spoilt = good;
        (spoilt.*column)[needs - 2] = bad;
        CHECK(f(spoilt.high.data(), spoilt.low.data(), spoilt.close.data(), needs, 5, out, 0) == 0);
      }
    }
  }
  const Column zero{0, 1, 2};
  double out = 0;
  CHECK(btk_ta_roc(zero.data(), 3, 2, &out, 0) == 0);  // no rate of change from zero
  CHECK(btk_ta_first_bad(zero.data(), 3) == -1);
  const Column spoilt{0, 1, inf, nan};
  CHECK(btk_ta_first_bad(spoilt.data(), 4) == 2);
}

TEST_CASE("A window does not see what lies before it") {
  Column x = random_candles(11, 40).close;
  double before = 0, after = 0;
  REQUIRE(btk_ta_sma(x.data(), 40, 10, &before, 0) == 1);
  x[20] = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(btk_ta_sma(x.data(), 40, 10, &after, 0) == 1);
  CHECK(before == after);
}

#include "engine/det_math.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

namespace btk {
namespace {

// An unevaluated sum hi + lo with |lo| <= ulp(hi)/2: about 106 bits. The algorithms are Dekker's and Knuth's;
// they need round-to-nearest without contraction, which the build sets (-ffp-contract=off).
struct Wide {
  double hi = 0, lo = 0;
};

// Exact a + b for |a| >= |b|.
Wide fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// Exact a + b.
Wide two_sum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// Exact a * b, by splitting both factors into halves of 26 bits.
Wide two_product(double a, double b) {
  constexpr double kSplitter = 134217729;  // 2^27 + 1
  const double a_big = kSplitter * a, b_big = kSplitter * b;
  const double a_hi = a_big - (a_big - a), b_hi = b_big - (b_big - b);
  const double a_lo = a - a_hi, b_lo = b - b_hi;
  const double product = a * b;
  return {product, ((a_hi * b_hi - product) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

Wide operator+(Wide a, Wide b) {
  Wide sum = two_sum(a.hi, b.hi);
  const Wide rest = two_sum(a.lo, b.lo);
  sum = fast_two_sum(sum.hi, sum.lo + rest.hi);
  return fast_two_sum(sum.hi, sum.lo + rest.lo);
}

Wide operator*(Wide a, Wide b) {
  const Wide product = two_product(a.hi, b.hi);
  return fast_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

Wide operator-(Wide a) { return {-a.hi, -a.lo}; }

Wide operator/(Wide a, Wide b) {
  const double first = a.hi / b.hi;
  const Wide rest = a + -(b * Wide{first});
  const double second = rest.hi / b.hi;
  const Wide last = rest + -(b * Wide{second});
  return fast_two_sum(first, second) + Wide{last.hi / b.hi};
}

// 1, 1/3, 1/5, 1/7 to twice a double's precision.
constexpr Wide kOddReciprocals[] = {{1, 0},
                                    {0x1.5555555555555p-2, 0x1.5555555555555p-56},
                                    {0x1.999999999999ap-3, -0x1.999999999999ap-57},
                                    {0x1.2492492492492p-3, 0x1.2492492492492p-57}};

// From the fifth term on the summands are so small (below 2^-23) that the precision of a double is enough; those after the last
// one are below 2^-53 of them.
constexpr int kLogTerms = 16, kPlainFrom = 4;
constexpr auto kPlainReciprocals = [] {
  std::array<double, kLogTerms + 1> reciprocals{};
  for (std::size_t k = 0; k < reciprocals.size(); ++k) reciprocals[k] = 1.0 / static_cast<double>(2 * k + 1);
  return reciprocals;
}();

constexpr Wide kLn2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

// x as m * 2^exponent with m in [sqrt(1/2), sqrt(2)): ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1)/(m + 1),
// |s| <= 0.1716.
struct Scaled {
  double m;
  int exponent;
};

Scaled scaled(double x) {
  int exponent = 0;
  const double m = std::frexp(x, &exponent);  // [0.5, 1)
  return m < 0.70710678118654752 ? Scaled{m * 2, exponent - 1} : Scaled{m, exponent};
}

// Logarithm of a finite value above zero.
Wide wide_log(double x) {
  const auto [m, exponent] = scaled(x);
  const Wide s = Wide{m - 1} / two_sum(m, 1);
  const Wide square = s * s;
  double tail = 0;
  for (int k = kLogTerms; k >= kPlainFrom; --k) tail = tail * square.hi + kPlainReciprocals[static_cast<std::size_t>(k)];
  Wide series{tail};
  for (int k = kPlainFrom - 1; k >= 0; --k) series = series * square + kOddReciprocals[k];
  return kLn2 * Wide{static_cast<double>(exponent)} + s * series * Wide{2};
}

// The same to some 65 bits in a sixth of the time: only exponent * ln 2 and 2 s are wide, all that the curve adds to them is
// below a hundredth of 2 s. Nothing where a double's worth of those bits is not yet certain, about once in 500 prices.
std::optional<double> quick_log(double x) {
  constexpr int kTerms = 12;  // the next is below 2^-70 of 2 s
  const auto [m, exponent] = scaled(x);
  const Wide below = two_sum(m, 1);
  const double inverse = 1 / below.hi;
  const double s = (m - 1) * inverse;
  const Wide product = two_product(s, below.hi);
  const double s_rest = (m - 1 - product.hi - product.lo - s * below.lo) * inverse;
  const double square = s * s;
  double series = 0;
  for (int k = kTerms; k >= 1; --k) series = series * square + kPlainReciprocals[static_cast<std::size_t>(k)];
  const double curve = 2 * s * square * series;

  const double twos = exponent;
  const Wide straight = two_product(twos, kLn2.hi);
  const Wide result = two_sum(straight.hi, 2 * s);
  const double rest = result.lo + (straight.lo + twos * kLn2.lo + 2 * s_rest + curve);
  // Sixteen times what rounding makes of the curve and four times what it makes of the rest; last, what s and ln 2 lack.
  const double doubt = std::fabs(curve) * 0x1p-49 + std::fabs(rest) * 0x1p-51 + std::fabs(result.hi) * 0x1p-90;
  const double least = result.hi + (rest - doubt);
  return least == result.hi + (rest + doubt) ? std::optional(least) : std::nullopt;
}

double exp_of(Wide x) {
  // Outside this range the result over- or underflows anyway, and below the steps stay exact.
  if (x.hi > 710) return std::numeric_limits<double>::infinity();
  if (x.hi < -746) return 0;
  const double halvings = std::floor(x.hi / kLn2.hi + 0.5);
  const Wide r = x + -(kLn2 * Wide{halvings});
  // e^r = 1 + r (1 + r/2 (1 + r/3 (...))) for |r| <= 0.35.
  constexpr int kTerms = 24;
  Wide series{1};
  for (int k = kTerms; k >= 1; --k) series = Wide{1} + r * series / Wide{static_cast<double>(k)};
  return std::ldexp(series.hi + series.lo, static_cast<int>(halvings));
}

}  // namespace

double det_log(double x) {
  if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (std::isinf(x)) return x;
  if (const auto quick = quick_log(x)) return *quick;
  const Wide result = wide_log(x);
  return result.hi + result.lo;
}

double det_pow(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  if (std::isnan(exponent) || std::isnan(base) || base < 0) return std::numeric_limits<double>::quiet_NaN();
  const bool grows = (base > 1) == (exponent > 0);
  if (base == 0 || std::isinf(base) || std::isinf(exponent)) {
    return grows ? std::numeric_limits<double>::infinity() : 0;
  }
  const Wide log = wide_log(base);
  // Beyond this the power is infinite or zero, and the exact product below would overflow.
  if (std::fabs(log.hi * exponent) > 800) return grows ? std::numeric_limits<double>::infinity() : 0;
  return exp_of(log * Wide{exponent});
}

}  // namespace btk

#include "engine/honest_normal.h"

#include <cmath>
#include <limits>

#include "engine/det_math.h"

namespace btk {
namespace {

constexpr double kRootOf2Pi = 2.5066282746310002;
constexpr double kSeriesEnd = 3;

double density(double x) { return det_exp(-x * x / 2) / kRootOf2Pi; }

// P(X > x) for x >= kSeriesEnd.
double upper_tail(double x) {
  double fraction = x;
  for (int k = 200; k > 0; --k) fraction = x + k / fraction;
  return density(x) / fraction;
}

}  // namespace

double det_exp(double x) { return det_pow(kEulersNumber, x); }

double normal_cdf(double x) {
  if (std::isnan(x)) return x;
  if (x > 38) return 1;
  if (x < -38) return 0;
  if (x >= kSeriesEnd) return 1 - upper_tail(x);
  if (x <= -kSeriesEnd) return upper_tail(-x);
  double term = x, sum = x;
  for (int k = 3; std::fabs(term) > 1e-18 * std::fabs(sum); k += 2) {
    term *= x * x / k;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0) return -std::numeric_limits<double>::infinity();
  if (p == 1) return std::numeric_limits<double>::infinity();
  if (p == 0.5) return 0;
  const bool lower = p < 0.5;
  const double t = std::sqrt(-2 * det_log(lower ? p : 1 - p));
  double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  if (lower) x = -x;
  for (int i = 0; i < 4; ++i) {
    const double slope = density(x);
    if (!(slope > 0)) break;
    const double step = (normal_cdf(x) - p) / slope;
    x -= step / (1 + x * step / 2);
  }
  return x;
}

}  // namespace btk

// The normal distribution with the same bits on every machine (det_math.h).
#pragma once

namespace btk {

inline constexpr double kEulersNumber = 2.718281828459045;

/// e^x; relative error below 1e-13 for |x| <= 700.
double det_exp(double x);

/// Probability that a standard normal variable is at most `x`. Between -3 and 3 by the series
/// 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...), beyond by the continued fraction of Mills' ratio (G. Marsaglia,
/// "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004). Error below 1e-14.
double normal_cdf(double x);

/// The value that a standard normal variable exceeds with probability 1 - p: the inverse of normal_cdf. Abramowitz &
/// Stegun 26.2.23, improved by Halley's method. -infinity for 0, infinity for 1, NaN outside.
double normal_quantile(double p);

}  // namespace btk

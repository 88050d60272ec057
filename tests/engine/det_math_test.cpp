#include "engine/det_math.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace btk;

TEST_CASE("logarithms and powers have fixed bits") {
  CHECK(det_log(2.0) == 0x1.62e42fefa39efp-1);
  CHECK(det_log(10.0) == 0x1.26bb1bbb55516p+1);
  CHECK(det_log(0.1) == -0x1.26bb1bbb55515p+1);
  CHECK(det_log(0x1.000001ad7f29bp+0) == 0x1.ad7f2847b6492p-24);
  CHECK(det_log(30000.25) == 0x1.49e3022a972e8p+3);
  CHECK(det_log(0x1.56e1fc2f8f359p-997) == -0x1.5963447f87fb5p+9);
  CHECK(det_pow(2, 0.5) == 0x1.6a09e667f3bcdp+0);
  CHECK(det_pow(1.1, 12.5) == 0x1.a553862646e6fp+1);
  CHECK(det_pow(0.85, 7.25) == 0x1.3b3360d3836e8p-2);
  CHECK(det_pow(1.0001, 365) == 0x1.09842192db9f9p+0);
  CHECK(det_pow(3, -2.5) == 0x1.06c22e8802d6ep-4);
  CHECK(det_pow(1e-5, 0.1) == 0x1.43d136248490fp-2);
}

TEST_CASE("many results in one number: the same on every machine") {
  // Inputs are made without the C library's functions, so that only the ones under test can differ.
  std::mt19937_64 random(3);
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  double log_sum = 0, pow_sum = 0;
  for (int i = 0; i < 20000; ++i) {
    const double mantissa = 1 + unit();
    log_sum += det_log(std::ldexp(mantissa, static_cast<int>(random() % 200) - 100));
    const double base = 0.5 + unit();
    pow_sum += det_pow(base, unit() * 20);
  }
  CHECK(log_sum == 0x1.63e91ca74054ep+11);
  CHECK(pow_sum == 0x1.39385b340a6e2p+19);
}

TEST_CASE("they agree with the C library but for its last bit") {
  std::mt19937_64 random(11);
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  for (int i = 0; i < 20000; ++i) {
    const double x = std::ldexp(1 + unit(), static_cast<int>(random() % 2000) - 1000);
    REQUIRE(det_log(x) == Approx(std::log(x)).epsilon(1e-13));
    const double near_one = 1 + (unit() - 0.5) * 1e-6;
    REQUIRE(det_log(near_one) == Approx(std::log(near_one)).epsilon(1e-13));
    const double base = 0.01 + unit() * 100, exponent = (unit() - 0.5) * 100;
    REQUIRE(det_pow(base, exponent) == Approx(std::pow(base, exponent)).epsilon(1e-13));
  }
}

TEST_CASE("the edges are defined") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(det_log(1) == 0);
  CHECK(det_log(0) == -infinity);
  CHECK(det_log(infinity) == infinity);
  CHECK(std::isnan(det_log(-1)));
  CHECK(std::isnan(det_log(std::nan(""))));
  CHECK(det_pow(0, 2) == 0);
  CHECK(det_pow(0, -2) == infinity);
  CHECK(det_pow(0, 0) == 1);
  CHECK(det_pow(5, 0) == 1);
  CHECK(det_pow(1, 1e300) == 1);
  CHECK(det_pow(10, 400) == infinity);
  CHECK(det_pow(10, -400) == 0);
  CHECK(det_pow(0.5, infinity) == 0);
  CHECK(det_pow(0.5, 1e300) == 0);
  CHECK(det_pow(infinity, 0.5) == infinity);
  CHECK(std::isnan(det_pow(-2, 2)));
}

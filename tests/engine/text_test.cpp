#include "engine/text.h"

#include <array>
#include <catch2/catch.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

using namespace btk;

TEST_CASE("shortest text reads back as the same number") {
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(0.1 + 0.2) == "0.30000000000000004");
  CHECK(shortest(1) == "1");
  CHECK(shortest(-2.5) == "-2.5");
  CHECK(shortest(100) == "100");
  CHECK(shortest(1e20) == "100000000000000000000");
  CHECK(shortest(123456789012345680000.0) == "123456789012345680000");
  CHECK(shortest(1e21) == "1e21");
  CHECK(shortest(1.5e300) == "1.5e300");
  CHECK(shortest(0.000001) == "0.000001");
  CHECK(shortest(1e-7) == "1e-7");
  CHECK(shortest(-1.25e-9) == "-1.25e-9");
  CHECK(shortest(5e-324) == "5e-324");
  CHECK(shortest(std::numeric_limits<double>::max()) == "1.7976931348623157e308");
  CHECK(shortest(-0.0) == "0");
  CHECK(shortest(std::nan("")) == "NaN");
  CHECK(shortest(INFINITY) == "Infinity");
  CHECK(shortest(-INFINITY) == "-Infinity");

  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t bits = random();
    double value = 0;
    static_assert(sizeof bits == sizeof value);
    std::copy_n(reinterpret_cast<const char*>(&bits), sizeof bits, reinterpret_cast<char*>(&value));
    if (!std::isfinite(value)) continue;
    const std::string text = shortest(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    REQUIRE(back == value);
  }
}

TEST_CASE("numbers without an exponent have the text that the standard library has for them") {
  const auto check = [](double value) {
    if (std::abs(value) < 1e-6 || std::abs(value) >= 9e15) return;
    std::array<char, 64> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
    const std::string wanted(buffer.data(), end);
    if (shortest(value) != wanted) FAIL(shortest(value) << " is not " << wanted);
  };
  const auto around = [&](double value) {
    double below = value, above = value;
    for (int i = 0; i < 4; ++i) {
      check(below), check(above), check(-above);
      below = std::nextafter(below, 0), above = std::nextafter(above, INFINITY);
    }
  };
  for (int e = -20; e < 54; ++e) around(std::ldexp(1, e));  // the neighbour below is nearer than the one above
  for (int e = -6; e < 16; ++e) around(std::pow(10, e));
  std::mt19937_64 random(11);
  for (int i = 0; i < 300000; ++i) {
    const double price = static_cast<double>(random() % 100'000'000'000) / std::pow(10, random() % 9);
    check(price);
    check(price * 1.001);
    check(std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 73)));  // any mantissa
  }
}

TEST_CASE("fixed digits as JavaScript's toFixed gives them") {
  // Exact ties go away from zero, also where a C printf goes to even.
  CHECK(fixed(0.125, 2) == "0.13");
  CHECK(fixed(0.375, 2) == "0.38");
  CHECK(fixed(-0.125, 2) == "-0.13");
  CHECK(fixed(0.5, 0) == "1");
  CHECK(fixed(1.5, 0) == "2");
  CHECK(fixed(2.5, 0) == "3");
  CHECK(fixed(-2.5, 0) == "-3");
  CHECK(fixed(9.5, 0) == "10");
  CHECK(fixed(99.96875, 4) == "99.9688");
  CHECK(fixed(9.9995117187500, 3) == "10.000");

  // What looks like a tie in decimal is none in binary.
  CHECK(fixed(1.005, 2) == "1.00");
  CHECK(fixed(8.345, 2) == "8.35");
  CHECK(fixed(10.235, 2) == "10.23");
  CHECK(fixed(1.45, 1) == "1.4");
  CHECK(fixed(0.000001, 7) == "0.0000010");

  CHECK(fixed(0.0, 2) == "0.00");
  CHECK(fixed(-0.0, 2) == "0.00");
  CHECK(fixed(-0.001, 2) == "-0.00");
  CHECK(fixed(123.456, 2) == "123.46");
  CHECK(fixed(0.1, 20) == "0.10000000000000000555");
  CHECK(fixed(1, 8) == "1.00000000");
  CHECK(fixed(123456789012345680000.0, 2) == "123456789012345683968.00");
  CHECK(fixed(1e21, 2) == "1e21");
  CHECK(fixed(std::nan(""), 2) == "NaN");
  CHECK(fixed(-INFINITY, 1) == "-Infinity");
}

TEST_CASE("the nearest known name is found, and none when none is near") {
  constexpr std::array<std::string_view, 5> known{"price_open", "price_take_profit", "price_stop_loss",
                                                  "note", "cost"};
  CHECK(nearest("price_opne", known) == "price_open");
  CHECK(nearest("priceTakeProfit", known) == "price_take_profit");
  CHECK(nearest("stop_loss", known) == "price_stop_loss");
  CHECK(nearest("notes", known) == "note");
  CHECK(nearest("costs", known) == "cost");
  CHECK(nearest("leverage", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("price_open", {}).empty());
}

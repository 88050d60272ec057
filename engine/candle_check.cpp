#include "engine/candle_check.h"

#include <algorithm>
#include <vector>

#include "engine/text.h"

namespace btk {
namespace {

// The price that the others are compared with: the upper median of all prices above zero, or
// their mean when there are too few candles for a median. Zero when no price is above zero.
double reference_price(std::span<const Candle> answer, const Config& config) {
  std::vector<double> prices;
  prices.reserve(answer.size() * 4);
  for (const Candle& c : answer) {
    for (const double price : {c.open, c.high, c.low, c.close}) {
      if (price > 0) prices.push_back(price);
    }
  }
  if (prices.empty()) return 0;
  if (static_cast<double>(answer.size()) >= config.get_candles_min_candles_for_median) {
    const auto middle = prices.begin() + static_cast<std::ptrdiff_t>(prices.size() / 2);
    std::nth_element(prices.begin(), middle, prices.end());
    return *middle;
  }
  double sum = 0;
  for (const double price : prices) sum += price;
  return sum / static_cast<double>(prices.size());
}

std::string anomaly(const Candle& c, double lowest, double reference) {
  struct Field {
    const char* name;
    double value;
  };
  for (const Field& field : {Field{"open", c.open}, {"high", c.high}, {"low", c.low}, {"close", c.close}}) {
    if (field.value < lowest) {
      return std::string(field.name) + " " + shortest(field.value) +
             " is far below the other prices (around " + shortest(reference) +
             "), as in an unfinished candle";
    }
  }
  return {};
}

}  // namespace

std::string answer_fault(std::span<const Candle> answer, const Config& config) {
  if (answer.empty()) return {};
  const double reference = reference_price(answer, config);
  if (reference == 0) return "no candle of the answer has a price above zero";
  const double lowest = reference / config.get_candles_price_anomaly_threshold_factor;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    std::string fault = candle_fault(answer[i]);
    if (fault.empty()) fault = anomaly(answer[i], lowest, reference);
    if (!fault.empty()) {
      return "candle " + std::to_string(i + 1) + " (" + format_minute(answer[i].timestamp) + "): " + fault;
    }
  }
  return {};
}

}  // namespace btk

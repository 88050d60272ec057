#include "optimizer/llm/signal.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/text.h"
#include "host/net/outside_json.h"

namespace btk::optimizer {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestNote = 2000;

std::string order_defect(const std::string& position, double open, double take, double stop) {
  const bool is_long = position == "long";
  const auto compare = [&](const char* name, double price, bool above) -> std::string {
    if (above ? price > open : price < open) return {};
    return fmt::format("{} {} must be {} price_open {} for a {}", name, shortest(price), above ? "above" : "below",
                       shortest(open), position);
  };
  if (std::string defect = compare("price_take_profit", take, is_long); !defect.empty()) return defect;
  return compare("price_stop_loss", stop, !is_long);
}

}  // namespace

const std::string& signal_schema_text() {
  static const std::string text = json{
      {"type", "object"},
      {"properties",
       {{"position", {{"type", "string"}, {"enum", {"wait", "long", "short"}},
                      {"description", "wait: no trade now; long: buy; short: sell"}}},
        {"note", {{"type", "string"}, {"description", "why, in a few sentences"}}},
        {"price_open", {{"type", "number"}, {"description", "the market price to enter now, or a level to wait for"}}},
        {"price_take_profit", {{"type", "number"}, {"description", "above price_open for a long, below for a short"}}},
        {"price_stop_loss", {{"type", "number"}, {"description", "below price_open for a long, above for a short"}}},
        {"minute_estimated_time", {{"type", "number"}, {"description", "how many minutes the position may live, 1 to 360"}}}}},
      {"required", {"position", "note", "price_open", "price_take_profit", "price_stop_loss", "minute_estimated_time"}}}.dump();
  return text;
}

std::string signal_defect(const std::string& text) {
  const json signal = net::try_json(text);
  if (!signal.is_object()) return "the answer must be a JSON object";
  const std::string position = signal.value("position", "");
  if (position == "wait") return {};
  if (position != "long" && position != "short") return "position must be wait, long or short";
  if (signal.contains("note") && signal["note"].is_string() && signal["note"].get_ref<const std::string&>().size() > kLongestNote) {
    return fmt::format("note must not be longer than {} bytes", kLongestNote);
  }
  double prices[3];
  int i = 0;
  for (const char* name : {"price_open", "price_take_profit", "price_stop_loss"}) {
    const auto found = signal.find(name);
    if (found == signal.end() || !found->is_number()) return fmt::format("{} must be a number", name);
    prices[i] = found->get<double>();
    if (!std::isfinite(prices[i]) || prices[i] <= 0) return fmt::format("{} must be above 0, got {}", name, shortest(prices[i]));
    ++i;
  }
  if (std::string defect = order_defect(position, prices[0], prices[1], prices[2]); !defect.empty()) return defect;
  const auto minutes = signal.find("minute_estimated_time");
  if (minutes == signal.end() || !minutes->is_number()) return "minute_estimated_time must be a number";
  const double life = minutes->get<double>();
  if (!(life >= 1 && life <= kLongestLife)) {
    return fmt::format("minute_estimated_time must lie between 1 and {}, got {}", kLongestLife, shortest(life));
  }
  return {};
}

}  // namespace btk::optimizer

#include "host/sweep/idea_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/cli/usage_error.h"
#include "host/net/outside_json.h"

namespace btk::host {
namespace {

using nlohmann::json;

constexpr std::string_view kIdeaShape =
    R"({"id": number, "ts": Unix ms, "symbol": "BTCUSDT", "direction": "LONG"|"SHORT"|"NEUTRAL", "author": "name"})";
constexpr std::string_view kConfigShape =
    R"({"gridAxes": {"hardStopPercent": [...], "trailingTakePercent": [...], "holdMinutes": [...], "profitLockPercent": [...]}, )"
    R"("reportOrder": "sharpe"|"sortino"|"pnl"|"recovery"}, both optional)";
constexpr std::array<std::string_view, 5> kIdeaFields{"id", "ts", "symbol", "direction", "author"};
constexpr std::array<std::string_view, 2> kConfigFields{"gridAxes", "reportOrder"};
constexpr std::array<std::string_view, 4> kAxes{"hardStopPercent", "trailingTakePercent", "holdMinutes", "profitLockPercent"};

std::string excerpt(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 60); }

// One place in a file, and what was expected there.
class FilePlace {
 public:
  FilePlace(std::string where, std::string_view shape) : where_(std::move(where)), shape_(shape) {}
  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> text, Args&&... args) const {
    throw UsageError(fmt::format("{}: {}; expected {}", where_, fmt::format(text, std::forward<Args>(args)...), shape_));
  }
  void check_fields(const json& object, std::span<const std::string_view> known) const {
    if (!object.is_object()) refuse("this is no JSON object");
    for (const auto& [name, value] : object.items()) {
      if (std::ranges::find(known, name) == known.end()) refuse("unknown field \"{}\"{}", name, suggestion(name, known));
    }
  }

 private:
  std::string where_;
  std::string_view shape_;
};

json parsed(const FilePlace& place, const std::string& text) {
  try {
    return net::parse_json(text);
  } catch (const net::BadJson& e) {
    place.refuse("this {}", e.what());
  }
}

std::ifstream open_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UsageError(fmt::format("cannot read {}", file.string()));
  return in;
}

std::string text_field(const FilePlace& place, const json& idea, const char* name) {
  const auto field = idea.find(name);
  if (field == idea.end() || !field->is_string() || field->get_ref<const std::string&>().empty()) {
    place.refuse("\"{}\" must be a non-empty text{}", name, field == idea.end() ? "" : ", got " + excerpt(*field));
  }
  return field->get<std::string>();
}

double number_field(const FilePlace& place, const json& idea, const char* name, const char* what) {
  const auto field = idea.find(name);
  if (field == idea.end() || !field->is_number()) {
    place.refuse("\"{}\" must be {}{}", name, what, field == idea.end() ? "" : ", got " + excerpt(*field));
  }
  return field->get<double>();
}

Idea read_idea(const FilePlace& place, const json& object) {
  place.check_fields(object, kIdeaFields);
  Idea idea;
  idea.id = number_field(place, object, "id", "a number");
  const double ts = number_field(place, object, "ts", "a number of milliseconds since 1970");
  if (!(ts >= 0 && ts < 1e15)) place.refuse("\"ts\" must be a number of milliseconds since 1970, got {}", shortest(ts));
  idea.ts = static_cast<Timestamp>(std::floor(ts));
  idea.symbol = text_field(place, object, "symbol");
  const std::string direction = text_field(place, object, "direction");
  if (direction == "LONG") {
    idea.direction = IdeaDirection::long_side;
  } else if (direction == "SHORT") {
    idea.direction = IdeaDirection::short_side;
  } else if (direction != "NEUTRAL") {
    place.refuse("\"direction\" must be LONG, SHORT or NEUTRAL, got \"{}\"", direction);
  }
  idea.author = text_field(place, object, "author");
  return idea;
}

std::vector<double> read_axis(const FilePlace& place, const std::string& name, const json& values) {
  if (!values.is_array() || values.empty()) place.refuse("\"gridAxes\".\"{}\" must be a list of numbers, got {}", name, excerpt(values));
  std::vector<double> axis;
  for (const json& value : values) {
    if (!value.is_number() || value.get<double>() < 0) {
      place.refuse("\"gridAxes\".\"{}\" must be a list of numbers from 0 on, got {}", name, excerpt(value));
    }
    axis.push_back(value.get<double>());
  }
  return axis;
}

}  // namespace

std::vector<Idea> read_ideas(const std::filesystem::path& file) {
  std::ifstream in = open_file(file);
  std::vector<Idea> ideas;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const FilePlace place(fmt::format("{}:{}", file.string(), number), kIdeaShape);
    ideas.push_back(read_idea(place, parsed(place, line)));
  }
  if (ideas.empty()) throw UsageError(fmt::format("{}: there are no ideas in it; expected lines of {}", file.string(), kIdeaShape));
  return ideas;
}

IdeaSweepConfig read_idea_config(const std::filesystem::path& file) {
  IdeaSweepConfig config;
  if (file.empty()) return config;
  std::ifstream in = open_file(file);
  const FilePlace place(file.string(), kConfigShape);
  const json object = parsed(place, std::string(std::istreambuf_iterator<char>(in), {}));
  place.check_fields(object, kConfigFields);
  if (const auto order = object.find("reportOrder"); order != object.end()) {
    if (!order->is_string() || std::ranges::find(kSweepCriteria, order->get<std::string>()) == kSweepCriteria.end()) {
      place.refuse("\"reportOrder\" must be one of {}, got {}", fmt::join(kSweepCriteria, ", "), excerpt(*order));
    }
    config.report_order = order->get<std::string>();
  }
  if (const auto axes = object.find("gridAxes"); axes != object.end()) {
    place.check_fields(*axes, kAxes);
    std::vector<double>* const places[] = {&config.axes.hard_stop_percent, &config.axes.trailing_take_percent,
                                           &config.axes.hold_minutes, &config.axes.profit_lock_percent};
    for (std::size_t i = 0; i < kAxes.size(); ++i) {
      const std::string name(kAxes[i]);
      if (const auto values = axes->find(name); values != axes->end()) *places[i] = read_axis(place, name, *values);
    }
  }
  try {
    sweep_horizon(config.axes);
  } catch (const Error& e) {
    place.refuse("{}", e.what());
  }
  return config;
}

}  // namespace btk::host

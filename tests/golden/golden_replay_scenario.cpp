#include "tests/golden/golden_replay_scenario.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "engine/error.h"

namespace btk::golden {
namespace {

double required_number(const Json& object, const char* key) {
  const auto number = read_number(object.at(key));
  if (!number) throw Error(fmt::format("\"{}\" is no number: {}", key, object.at(key).dump()));
  return *number;
}

double number_or(const Json& object, const char* key, double otherwise) {
  return object.contains(key) ? required_number(object, key) : otherwise;
}

Interval read_interval(const Json& name) {
  const auto interval = parse_interval(name.get<std::string>());
  if (!interval) throw Error(fmt::format("{} is no interval", name.dump()));
  return *interval;
}

// Settings are taken as they are: the reference's range checks were switched off in the recordings.
Config read_config(const Json& overrides) {
  Config config;
  config.risk_reference_reservations = true;
  for (const auto& [name, value] : overrides.items()) {
    const ConfigKey* key = find_config_key(name);
    if (!key) throw Error(fmt::format("the configuration has no key {}", name));
    const auto number = read_number(value);
    set(config, *key, number ? ConfigValue(*number) : ConfigValue(value.get<bool>()));
  }
  return config;
}

SmaCross read_rule(const Json& rule) {
  if (rule.at("type") != "sma_cross") throw Error(fmt::format("{} is no known rule", rule.at("type").dump()));
  return {.fast = rule.at("fast").get<std::size_t>(),
          .slow = rule.at("slow").get<std::size_t>(),
          .to_long = rule.at("long").get<bool>(),
          .to_short = rule.at("short").get<bool>(),
          .tp_percent = required_number(rule, "tpPercent"),
          .sl_percent = required_number(rule, "slPercent"),
          .minutes = required_number(rule, "minutes"),
          .limit_percent = number_or(rule, "limitPercent", 0)};
}

std::vector<RiskProfile> read_risks(const Json& profiles) {
  std::vector<RiskProfile> result;
  for (const Json& profile : profiles) {
    RiskProfile& p = result.emplace_back();
    p.name = profile.at("name").get<std::string>();
    for (const Json& rule : profile.at("rules")) {
      p.rules.push_back({.type = rule.at("type").get<std::string>(),
                         .value = rule.value("value", Json()),
                         .from = number_or(rule, "from", 0),
                         .to = number_or(rule, "to", 0)});
    }
  }
  return result;
}

std::shared_ptr<const CandleSeries> read_candles(const Json& run, const CandleFiles& candle_files) {
  if (run.contains("candles_file")) {
    return candle_files(run.at("candles_file").get<std::string>(), run.at("candles_from").get<Timestamp>(),
                        run.at("candles_to").get<Timestamp>());
  }
  const Json& rows = run.at("candles");
  SeriesBuilder builder(Interval::m1, GapPolicy::error);
  builder.reserve(rows.size());
  for (const Json& row : rows) {
    builder.add({row.at(0).get<Timestamp>(), row.at(1).get<double>(), row.at(2).get<double>(),
                 row.at(3).get<double>(), row.at(4).get<double>(), row.at(5).get<double>()});
  }
  return std::make_shared<CandleSeries>(builder.take());
}

RunInput read_run(const Json& run, const CandleFiles& candle_files) {
  const Json& strategy = run.at("strategy");
  RunInput r;
  r.symbol = run.at("symbol").get<std::string>();
  r.strategy_name = strategy.value("name", std::string("strategy"));
  r.signal_interval = read_interval(strategy.at("interval"));
  r.risk_profiles = strategy.value("risk", std::vector<std::string>());
  if (strategy.contains("rule")) r.rule = read_rule(strategy.at("rule"));
  r.candles = read_candles(run, candle_files);
  for (const Json& s : run.value("signals", Json::array())) {
    r.signals.push_back({s.at("at").get<Timestamp>(), s.at("dto")});
  }
  for (const Json& c : run.value("commands", Json::array())) {
    r.commands.push_back(
        {c.at("at").get<Timestamp>(), c.at("op").get<std::string>(), c.value("args", Json::object())});
  }
  return r;
}

// The script that plays a scenario gets these; candles and expectations are large and held elsewhere.
Json input_of(const Json& line) {
  Json input = Json::object();
  for (const auto& [key, value] : line.items()) {
    if (key != "expected" && key != "candles" && key != "runs") input[key] = value;
  }
  if (line.contains("runs")) {
    for (const Json& run : line.at("runs")) input["runs"].push_back(input_of(run));
  }
  return input;
}

GivenNumber read_given(const Json& dto, const char* key) {
  const auto found = dto.find(key);
  if (found == dto.end()) return {};
  if (const auto number = read_number(*found)) return *number;
  GivenNumber given;
  given.kind = GivenNumber::Kind::wrong_type;
  if (found->is_string()) {
    const auto& text = found->get_ref<const std::string&>();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (!text.empty() && *end == '\0') given.value = value;
  }
  return given;
}

SignalRequest::Flag read_flag(const Json& dto, const char* key) {
  const auto found = dto.find(key);
  if (found == dto.end()) return SignalRequest::Flag::absent;
  if (!found->is_boolean()) return SignalRequest::Flag::wrong_type;
  return found->get<bool>() ? SignalRequest::Flag::yes : SignalRequest::Flag::no;
}

}  // namespace

std::optional<double> read_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

Json write_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

SignalRequest read_request(const Json& dto) {
  SignalRequest r;
  r.id = dto.value("id", std::string());
  if (dto.contains("symbol")) r.symbol = dto.at("symbol").get<std::string>();
  if (dto.contains("position")) r.position = dto.at("position").get<std::string>();
  r.note = dto.value("note", std::string());
  r.price_open = read_given(dto, "priceOpen");
  r.price_take_profit = read_given(dto, "priceTakeProfit");
  r.price_stop_loss = read_given(dto, "priceStopLoss");
  r.minute_estimated_time = read_given(dto, "minuteEstimatedTime");
  r.cost = read_given(dto, "cost");
  r.multiplier = read_given(dto, "multiplier");
  r.isolated = read_flag(dto, "isolated");
  return r;
}

Scenario read_scenario(const Json& line, const CandleFiles& candle_files) {
  Scenario s;
  s.name = line.at("name").get<std::string>();
  s.config = read_config(line.value("config", Json::object()));
  const Json& frame = line.at("frame");
  s.frame_start = frame.at("start").get<Timestamp>();
  s.frame_end = frame.at("end").get<Timestamp>();
  s.frame_interval = read_interval(frame.at("interval"));
  s.risks = read_risks(line.value("risks", Json::array()));
  s.hold = line.value("hold", false);
  s.record_calls = line.value("recordCalls", false);
  s.several = line.contains("runs");
  if (s.several) {
    for (const Json& run : line.at("runs")) s.runs.push_back(read_run(run, candle_files));
  } else {
    s.runs.push_back(read_run(line, candle_files));
  }
  s.expected = line.at("expected");
  s.input = input_of(line);
  return s;
}

}  // namespace btk::golden

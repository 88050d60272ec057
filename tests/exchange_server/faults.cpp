#include "tests/exchange_server/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

#include "engine/error.h"

namespace btk::exchange_server {
namespace {

constexpr std::array<std::string_view, 15> kKinds{
    "429",      "418",       "500",          "503",        "slow",  "drop",    "drop_after",
    "truncate", "duplicate", "out_of_order", "wrong_time", "stale", "partial", "reject", "trigger"};

Fault read(const Json& rule) {
  Fault fault;
  for (const auto& [name, value] : rule.items()) {
    if (name == "kind")
      fault.kind = value.is_number() ? std::to_string(value.get<int>()) : value.get<std::string>();
    else if (name == "path")
      fault.path = value;
    else if (name == "method")
      fault.method = value;
    else if (name == "symbol")
      fault.symbol = value;
    else if (name == "count")
      fault.count = value;
    else if (name == "after")
      fault.after = value;
    else if (name == "probability")
      fault.probability = value;
    else if (name == "seed")
      fault.seed = value;
    else if (name == "ms")
      fault.ms = value;
    else if (name == "execute")
      fault.execute = value;
    else if (name == "code")
      fault.code = value;
    else if (name == "message")
      fault.message = value;
    else
      throw Error(fmt::format("a fault has no field '{}'", name));
  }
  if (std::find(kKinds.begin(), kKinds.end(), fault.kind) == kKinds.end()) {
    throw Error(fmt::format("'{}' is no kind of fault; there are {}", fault.kind, fmt::join(kKinds, " ")));
  }
  return fault;
}

}  // namespace

void Faults::add(const Json& rules) {
  const Json& list = rules.is_object() && rules.contains("faults") ? rules["faults"] : rules;
  if (!list.is_array()) throw Error("faults are a list of rules");
  std::vector<Rule> read_rules;
  for (const Json& rule : list) read_rules.push_back({read(rule)});
  rules_.insert(rules_.end(), read_rules.begin(), read_rules.end());
}

std::optional<Fault> Faults::strike(const WebRequest& request) {
  for (Rule& rule : rules_) {
    Fault& fault = rule.fault;
    if (fault.count >= 0 && fault.struck >= fault.count) continue;
    if (request.path.find(fault.path) == std::string::npos) continue;
    if (!fault.method.empty() && fault.method != request.method) continue;
    if (!fault.symbol.empty() && fault.symbol != request.get("symbol")) continue;
    if (rule.seen++ < fault.after) continue;
    if (fault.probability < 1) {
      // The n-th matching request meets the same fate in every run.
      std::mt19937_64 random(fault.seed * 0x9E3779B97F4A7C15u + static_cast<std::uint64_t>(rule.seen));
      if (static_cast<double>(random() >> 11) * 0x1p-53 >= fault.probability) continue;
    }
    ++fault.struck;
    return fault;
  }
  return std::nullopt;
}

Json Faults::list() const {
  Json list = Json::array();
  for (const auto& [fault, seen] : rules_) {
    list.push_back({{"kind", fault.kind},
                    {"path", fault.path},
                    {"symbol", fault.symbol},
                    {"count", fault.count},
                    {"seen", seen},
                    {"struck", fault.struck}});
  }
  return list;
}

std::string distort(const Fault& fault, const std::string& body, std::int64_t open_minute) {
  if (fault.kind == "truncate") return body.substr(0, body.size() / 2);
  const bool concerns = fault.kind == "duplicate" || fault.kind == "out_of_order" || fault.kind == "stale" ||
                        fault.kind == "wrong_time";
  if (!concerns) return body;
  Json json = Json::parse(body);
  if (fault.kind == "wrong_time") {
    if (json.is_object() && json.contains("serverTime")) {
      json["serverTime"] = json["serverTime"].get<std::int64_t>() + fault.ms;
    }
  } else if (json.is_array() && !json.empty() && json[0].is_array()) {
    if (fault.kind == "duplicate") {
      json.insert(json.begin() + static_cast<std::ptrdiff_t>(json.size() / 2), Json(json[json.size() / 2]));
    } else if (fault.kind == "out_of_order" && json.size() > 1) {
      std::swap(json[json.size() / 2], json[json.size() / 2 - 1]);
    } else if (fault.kind == "stale") {
      // Neither the open candle nor the one that has just closed has arrived yet.
      while (!json.empty() && json.back()[6].get<std::int64_t>() >= open_minute - 1)
        json.erase(json.size() - 1);
    }
  }
  return json.dump();
}

}  // namespace btk::exchange_server

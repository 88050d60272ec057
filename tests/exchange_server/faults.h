// What is to go wrong: rules that strike requests by path and symbol, a number of
// times or by a seeded chance.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/exchange_server/web.h"

namespace btk::exchange_server {

using Json = nlohmann::ordered_json;

struct Fault {
  /// 429 418 500 503: that status; slow: `ms` later; drop: no answer, nothing done; drop_after: no answer,
  /// but done; truncate: half the body; duplicate, out_of_order, stale: of candles; wrong_time: `ms` off;
  /// partial: half of a market order is filled; reject: refused with `code` and `message`; trigger: the algo
  /// order that is asked about or cancelled is set off just before, and filled `ms` later.
  std::string kind;
  std::string path;        ///< part of the request's path; empty: any
  std::string method;      ///< empty: any
  std::string symbol;      ///< empty: any
  std::int64_t count = 1;  ///< how often; -1: for ever
  std::int64_t after = 0;  ///< requests that pass unharmed before
  double probability = 1;
  std::uint64_t seed = 1;
  std::int64_t ms = 1000;
  bool execute = false;  ///< of a status: the request is carried out all the same
  int code = -2010;
  std::string message = "Account has insufficient balance for requested action.";
  std::int64_t struck = 0;  ///< times so far
};

class Faults {
 public:
  /// A list of rules, or { "faults": [...] }. Throws btk::Error for an unknown kind or field.
  void add(const Json& rules);
  void clear() { rules_.clear(); }
  /// The rule that strikes this request, counted.
  std::optional<Fault> strike(const WebRequest& request);
  Json list() const;

 private:
  struct Rule {
    Fault fault;
    std::int64_t seen = 0;  ///< matching requests
  };
  std::vector<Rule> rules_;
};

/// What "truncate", "duplicate", "out_of_order", "stale" and "wrong_time" make of an answer. `open_minute`:
/// begin of the minute under way.
std::string distort(const Fault& fault, const std::string& body, std::int64_t open_minute);

}  // namespace btk::exchange_server

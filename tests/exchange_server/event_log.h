// What happened at the exchange, for tests to compare with what a program thinks
// happened: one JSON line for each order request, answer, fault and admin action.
#pragma once

#include <filesystem>
#include <fstream>

#include "engine/time.h"
#include "tests/exchange_server/faults.h"

namespace btk::exchange_server {

class EventLog {
 public:
  /// Appends to `file`; an empty name keeps no file. Throws btk::Error.
  explicit EventLog(const std::filesystem::path& file);

  /// { "seq", "time", "event", ...fields }; on disk before this returns.
  void write(Timestamp time, const char* event, const Json& fields);
  /// A new entry of the list of order requests; `answered` completes it.
  std::size_t order(Timestamp time, const Json& request);
  void answered(std::size_t order, Timestamp time, const Json& outcome);
  const Json& orders() const { return orders_; }

 private:
  std::ofstream file_;
  std::int64_t seq_ = 0;
  Json orders_ = Json::array();
};

}  // namespace btk::exchange_server

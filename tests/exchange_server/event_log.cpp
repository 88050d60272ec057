#include "tests/exchange_server/event_log.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::exchange_server {

EventLog::EventLog(const std::filesystem::path& file) {
  if (file.empty()) return;
  file_.open(file, std::ios::app);
  if (!file_) throw Error(fmt::format("{} cannot be written", file.string()));
}

void EventLog::write(Timestamp time, const char* event, const Json& fields) {
  Json line{{"seq", ++seq_}, {"time", time}, {"event", event}};
  line.update(fields);
  if (file_.is_open()) file_ << line.dump() << std::endl;
}

std::size_t EventLog::order(Timestamp time, const Json& request) {
  write(time, "request", request);
  Json entry{{"time", time}};
  entry.update(request);
  entry["outcome"] = "unanswered";
  orders_.push_back(std::move(entry));
  return orders_.size() - 1;
}

void EventLog::answered(std::size_t order, Timestamp time, const Json& outcome) {
  orders_[order].update(outcome);
  Json line{{"client_order_id", orders_[order].value("client_order_id", "")}};
  line.update(outcome);
  write(time, "answer", line);
}

}  // namespace btk::exchange_server

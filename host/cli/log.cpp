#include "host/cli/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace btk::host {
namespace {

class ConsoleSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ConsoleSink(Console& console) : console_(console) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    console_.note(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}

 private:
  Console& console_;
};

spdlog::level::level_enum level_of(std::string_view name) {
  if (name == "warn") return spdlog::level::warn;
  if (name == "error") return spdlog::level::err;
  return spdlog::level::from_str(std::string(name));
}

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(Console& console, const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("btkhost", std::make_shared<ConsoleSink>(console));
  logger->set_level(level_of(level));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%l: %v", spdlog::pattern_time_type::utc, ""));
  return logger;
}

void log_line(spdlog::logger& logger, std::string_view level, std::string_view text) {
  logger.log(level_of(level), "{}", text);
}

}  // namespace btk::host

// What scripts say with btk.log, and what the host has to tell, on stderr.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

#include "host/cli/console.h"

namespace btk::host {

/// Lines "warn: text" through the console, so that they do not tear a status line. `level` as --log-level gives it.
/// The console must outlive the logger.
std::shared_ptr<spdlog::logger> make_logger(Console& console, const std::string& level);

/// `level` is one of btk.log's.
void log_line(spdlog::logger& logger, std::string_view level, std::string_view text);

}  // namespace btk::host

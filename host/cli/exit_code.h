// What the process tells the one that started it (main.cpp says more).
#pragma once

#include <exception>

#include "host/cli/console.h"

namespace btk::host {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;     ///< or nothing to run
inline constexpr int kInterrupted = 130;  ///< as a shell tells it of a program that Ctrl+C has ended

/// Tells the user in one line what ended a command, and returns the command's exit code.
int tell_failure(const std::exception& failure, Console& console);

}  // namespace btk::host

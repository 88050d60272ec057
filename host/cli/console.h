// The two streams of the program. Results go to stdout, everything else to
// stderr; one status line at the bottom of a terminal is cleared before anything
// else is written. Secrets are masked in everything. May be used from several threads.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "host/service/secrets.h"

namespace btk::host {

/// Messages are one line each, whatever is in them: line ends become blanks.
std::string one_line(std::string text);

class Console {
 public:
  /// Both streams must outlive the console.
  Console(std::FILE* out, std::FILE* err);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// What is masked from now on.
  void hide(std::shared_ptr<const Secrets> secrets);
  /// `text` with the secrets masked, for what is written elsewhere: reports, journals, logs.
  std::string mask(std::string_view text) const;

  /// Adds every note from now on to the end of this file, behind the time (UTC). Throws UsageError when it cannot be opened.
  void log_to(const std::filesystem::path& file);

  /// To stdout, as it is.
  void print(std::string_view text);
  /// A line to stderr, or several; control characters other than line breaks and tabs as \xNN.
  void note(std::string_view line);
  /// Replaces the status line; only for a stderr that is a terminal. Empty: no status line.
  void status(std::string_view line);

  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  /// False when stdout could not take everything (a full disk).
  bool flush();

 private:
  void clear_status();
  void log_entry(const std::string& text);
  void write(std::FILE* file, std::string_view text) const;

  mutable std::mutex mutex_;
  std::shared_ptr<const Secrets> secrets_ = std::make_shared<const Secrets>();
  std::FILE* out_;
  std::FILE* err_;
  bool out_is_terminal_, err_is_terminal_;
  std::string status_;
  std::ofstream log_;
};

}  // namespace btk::host

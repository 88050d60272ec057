#include "host/cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "engine/time.h"
#include "host/cli/usage_error.h"

namespace btk::host {

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}
namespace {

// Answers of servers and models are quoted in messages; what they hold beside text must not reach the terminal as a command.
std::string readable(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    const auto next = i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0u;
    if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // a control character of Latin-1, in UTF-8
      out += fmt::format("\\x{:02x}", next);
      ++i;
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += line[i];
    }
  }
  return out;
}

}  // namespace

Console::Console(std::FILE* out, std::FILE* err)
    : out_(out),
      err_(err),
      out_is_terminal_(isatty(fileno(out)) != 0),
      err_is_terminal_(isatty(fileno(err)) != 0) {}

Console::~Console() {
  clear_status();
  std::fflush(err_);
}

void Console::write(std::FILE* file, std::string_view text) const {
  if (secrets_->empty()) {
    std::fwrite(text.data(), 1, text.size(), file);
    return;
  }
  const std::string masked = secrets_->mask(text);
  std::fwrite(masked.data(), 1, masked.size(), file);
}

void Console::hide(std::shared_ptr<const Secrets> secrets) {
  const std::lock_guard lock(mutex_);
  secrets_ = std::move(secrets);
}

std::string Console::mask(std::string_view text) const {
  std::shared_ptr<const Secrets> secrets;
  {
    const std::lock_guard lock(mutex_);
    secrets = secrets_;
  }
  return secrets->mask(text);
}

void Console::print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (out_is_terminal_) clear_status();
  write(out_, text);
}

void Console::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::fflush(out_);  // where both streams are one file, their order stays
  clear_status();
  const std::string text = secrets_->mask(readable(line)) + "\n";
  std::fwrite(text.data(), 1, text.size(), err_);
  if (log_.is_open()) log_entry(text);
  std::fflush(err_);
}

void Console::log_entry(const std::string& text) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  log_ << format_iso(std::chrono::duration_cast<std::chrono::milliseconds>(since).count()) << ' ' << text << std::flush;
  if (log_) return;
  log_.close();
  std::fputs("warning: the log file cannot be written any more; from here on notes come here only\n", err_);
}

void Console::log_to(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  log_.open(file, std::ios::app);
  if (!log_) throw UsageError(fmt::format("--log-file: cannot write {}: {}", file.string(), std::strerror(errno)));
}

void Console::status(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!err_is_terminal_ || line == status_) return;
  clear_status();
  status_ = line;
  write(err_, status_);
  std::fflush(err_);
}

bool Console::flush() {
  const std::lock_guard lock(mutex_);
  return std::fflush(out_) == 0 && std::ferror(out_) == 0;
}

void Console::clear_status() {
  if (status_.empty()) return;
  write(err_, "\r\x1b[K");
  status_.clear();
}

}  // namespace btk::host

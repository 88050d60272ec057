// The real program against the exchange server, each a process of its own.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/time.h"
#include "tests/support/temp_folder.h"

namespace btk::test {

using Json = nlohmann::ordered_json;
using Words = std::vector<std::string>;

/// Asks until it is true, for at most `seconds` of wall time; generous, because machines may be slow.
bool eventually(const std::function<bool()>& condition, double seconds = 60);
std::string read_text(const std::filesystem::path& file);

/// A program under way. Killed when the object goes.
class Process {
 public:
  struct Setup {
    Words words = {};                        ///< program and arguments
    std::map<std::string, std::string> environment = {};  ///< beside this process's own
    std::filesystem::path out = {}, err = {};  ///< files for its streams; `err` is appended to
    std::filesystem::path folder = {};       ///< where it runs; empty: here
    std::function<void()> before = {};       ///< called in the child before the program begins
  };
  struct End {
    int code = -1;   ///< exit code; -1 when a signal ended it
    int signal = 0;  ///< that ended it
  };

  explicit Process(const Setup& setup);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void send(int signal) const;
  /// Nothing while it runs.
  std::optional<End> ended();
  /// Nothing when it did not end in time.
  std::optional<End> wait(double seconds = 120);

 private:
  pid_t pid_ = -1;
  std::optional<End> end_;
};

/// exchange_server with a spot account of test-key and test-secret.
class Exchange {
 public:
  /// `options` of the server beside the port: "--synthetic", "BTCUSDT=40000", "--start", "2024-01-01" ...
  Exchange(const TempFolder& folder, const Words& options);

  const std::string& url() const { return url_; }
  std::string clock() const { return url_ + "/clock"; }
  /// Environment of a program that trades here.
  std::map<std::string, std::string> environment() const;

  Json get(const std::string& path) const;
  Json post(const std::string& path, const Json& body) const;
  Json remove(const std::string& path) const;
  Timestamp now() const { return get("/clock").at("now").get<Timestamp>(); }

 private:
  std::string ask(const char* method, const std::string& path, const std::string& body) const;

  std::optional<Process> process_;
  std::string url_;
};

/// Copies files of the repository's scripts (and brokers/) and tests/live beside each other into `folder`.
void copy_scripts(const std::filesystem::path& folder);

/// Words of the program under test: btkhost and what follows.
Words btkhost(const Words& arguments);

}  // namespace btk::test

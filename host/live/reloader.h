// Hot reload of a session's scripts (optimizer-cli.md 2.7): new versions are loaded
// beside the running ones on a thread of its own and offered to the traders, which
// take them over at a step boundary or say why not. A version whose loading does not
// end is stopped: after a time limit, when a newer one is there, or at the session's end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "host/live/live_trader.h"

namespace btk::host {

class Reloader {
 public:
  /// `tell` gets the one line for the user and what listen_reload shall hear. Called from several threads.
  using Tell = std::function<void(const std::string& line, lua::ReloadNotice notice)>;
  /// Hears which files a new version was loaded from.
  using Loaded = std::function<void(const std::vector<std::filesystem::path>& files)>;
  /// How long one symbol's copy of a new version may load, wall clock.
  static constexpr std::chrono::milliseconds kLoadLimit{10'000};
  Reloader(std::vector<LiveTrader*> traders, Tell tell, Loaded loaded, std::chrono::milliseconds load_limit = kLoadLimit);
  ~Reloader();

  /// Loads the files again and offers them. `changed` is for the line only; empty: the script's first file. A
  /// load that is under way is given up without a word: these files are newer. From any thread.
  void reload(const std::vector<std::filesystem::path>& changed);
  /// From a trader's thread. Answers to an offer that another one has replaced are not counted.
  void answered(const ReloadAnswer& answer);
  /// Stops a load under way; later ones do nothing.
  void finish();
  /// How many versions were offered, counting the one that the session began with; the traders know which is in force.
  int offered() const;
  /// Why a trader goes on without the newest version, as told to the user; empty: none does.
  std::string refused() const;

 private:
  void give_up();
  void load_and_offer(std::string file, const std::stop_token& given_up);
  void load(lua::Script& script, const std::stop_token& given_up);
  std::string summary(lua::ReloadNotice& notice) const;

  std::vector<LiveTrader*> traders_;
  Tell tell_;
  Loaded loaded_;
  const std::chrono::milliseconds load_limit_;
  mutable std::mutex mutex_;
  int version_ = 1;
  std::size_t waiting_ = 0;  ///< traders that have not answered the present offer
  std::vector<std::string> taken_;
  std::string refused_, file_;
  std::string refused_line_;  ///< of the newest version
  std::chrono::steady_clock::time_point began_{};
  std::mutex loading_mutex_;
  std::condition_variable loading_ended_;
  lua::Script* loading_ = nullptr;  ///< in its load(); under loading_mutex_
  std::mutex thread_mutex_;
  bool finished_ = false;
  std::jthread thread_;
};

}  // namespace btk::host

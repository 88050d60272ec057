#include "host/live/reloader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace btk::host {

Reloader::Reloader(std::vector<LiveTrader*> traders, Tell tell, Loaded loaded)
    : traders_(std::move(traders)), tell_(std::move(tell)), loaded_(std::move(loaded)) {}

Reloader::~Reloader() = default;

int Reloader::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void Reloader::reload(const std::vector<std::filesystem::path>& changed) {
  if (traders_.empty()) return;
  const auto& file = changed.empty() ? traders_.front()->script_options().files.front() : changed.front();
  if (thread_.joinable()) thread_.join();
  thread_ = std::jthread([this, name = file.filename().string()] { load_and_offer(name); });
}

void Reloader::load_and_offer(std::string file) {
  std::vector<LiveTrader*> running;
  std::copy_if(traders_.begin(), traders_.end(), std::back_inserter(running),
               [](LiveTrader* t) { return !t->over(); });
  if (running.empty()) return;
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<lua::Script>> fresh;
  try {
    for (LiveTrader* trader : running) {
      const lua::PlannedRun& planned = trader->planned();
      fresh.push_back(std::make_unique<lua::Script>(trader->script_options(), lua::Script::Role::worker,
                                                    planned.symbol, planned.strategy_name));
      fresh.back()->load();
    }
  } catch (const std::exception& e) {
    lua::ReloadNotice notice;
    notice.file = file;
    notice.error = e.what();
    notice.ok = false;
    notice.version = version();
    tell_(fmt::format("kept previous {}: {}", file, e.what()), std::move(notice));
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const lua::LoadedFile& loaded : fresh.front()->isolate().files()) files.push_back(loaded.path);
  loaded_(files);
  int version = 0;
  {
    const std::lock_guard lock(mutex_);
    version = ++version_;
    waiting_ = running.size();
    taken_.clear();
    refused_.clear();
    file_ = std::move(file);
    began_ = began;
  }
  for (std::size_t i = 0; i < running.size(); ++i) running[i]->offer({std::move(fresh[i]), version});
}

void Reloader::answered(const std::string& symbol, const std::string& why_not) {
  std::string line;
  lua::ReloadNotice notice;
  {
    const std::lock_guard lock(mutex_);
    notice.file = file_;
    notice.version = version_;
    if (waiting_ == 0) {  // went back after it had taken the new version over
      notice.ok = false;
      notice.symbols = {symbol};
      notice.error = why_not;
      line = fmt::format("{}: kept previous {}: {}", symbol, file_, why_not);
    } else {
      if (why_not.empty()) {
        taken_.push_back(symbol);
      } else if (refused_.empty()) {
        refused_ = why_not;
      }
      if (--waiting_ > 0) return;
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_)
              .count();
      notice.ok = refused_.empty();
      notice.symbols = taken_;
      notice.error = refused_;
      line = notice.ok ? fmt::format("reloaded {} ({} {}, {} ms)", file_, taken_.size(),
                                     taken_.size() == 1 ? "symbol" : "symbols", ms)
                       : fmt::format("kept previous {}: {}", file_, refused_);
    }
  }
  tell_(line, std::move(notice));
}

}  // namespace btk::host

#include "host/live/reloader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lua/guard.h"

namespace btk::host {
namespace {

constexpr std::chrono::milliseconds kRepeat{2};  ///< one interrupt may come at a moment without effect

std::string failure_sentence(const std::exception& e, std::chrono::milliseconds limit) {
  const auto* failure = dynamic_cast<const lua::ScriptFailure*>(&e);
  if (failure == nullptr || failure->error().stop != lua::StopReason::deadline) return e.what();
  lua::ScriptError error = failure->error();
  error.message = fmt::format("it was still being loaded after {:g} s", std::chrono::duration<double>(limit).count());
  return error.where_and_what();
}

}  // namespace

Reloader::Reloader(std::vector<LiveTrader*> traders, Tell tell, Loaded loaded, std::chrono::milliseconds load_limit)
    : traders_(std::move(traders)), tell_(std::move(tell)), loaded_(std::move(loaded)), load_limit_(load_limit) {}

Reloader::~Reloader() { finish(); }

int Reloader::offered() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

std::string Reloader::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_line_;
}

void Reloader::reload(const std::vector<std::filesystem::path>& changed) {
  if (traders_.empty()) return;
  const auto& file = changed.empty() ? traders_.front()->script_options().files.front() : changed.front();
  const std::lock_guard turn(thread_mutex_);
  if (finished_) return;
  give_up();
  thread_ = std::jthread([this, name = file.filename().string()](const std::stop_token& given_up) { load_and_offer(name, given_up); });
}

void Reloader::finish() {
  const std::lock_guard turn(thread_mutex_);
  finished_ = true;
  give_up();
}

// Ends a load under way and its thread.
void Reloader::give_up() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  {
    std::unique_lock lock(loading_mutex_);
    while (loading_ != nullptr) {
      loading_->interrupt();
      loading_ended_.wait_for(lock, kRepeat);
    }
  }
  thread_.join();
}

// Throws what the script throws. Once it has come back nobody interrupts the script any more.
void Reloader::load(lua::Script& script, const std::stop_token& given_up) {
  {
    const std::lock_guard lock(loading_mutex_);
    if (given_up.stop_requested()) return;
    loading_ = &script;
  }
  struct Ended {
    Reloader& reloader;
    ~Ended() {
      const std::lock_guard lock(reloader.loading_mutex_);
      reloader.loading_ = nullptr;
      reloader.loading_ended_.notify_one();
    }
  } ended{*this};
  const auto watchdog = script.options().watchdog ? script.options().watchdog : std::make_shared<lua::Watchdog>();
  const lua::Deadline deadline(*watchdog, script.isolate(), load_limit_);
  script.load();
}

void Reloader::load_and_offer(std::string file, const std::stop_token& given_up) {
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
      load(*fresh.back(), given_up);
      if (given_up.stop_requested()) return;
    }
  } catch (const std::exception& e) {
    if (given_up.stop_requested()) return;
    lua::ReloadNotice notice;
    notice.file = file;
    notice.error = failure_sentence(e, load_limit_);
    notice.ok = false;
    notice.version = offered();
    const std::string line = fmt::format("kept previous {}: {}", file, notice.error);
    {
      const std::lock_guard lock(mutex_);
      refused_line_ = line;
    }
    tell_(line, std::move(notice));
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
  for (std::size_t i = 0; i < running.size(); ++i) {
    if (running[i]->offer({std::move(fresh[i]), version})) continue;
    answered({ReloadAnswer::Kind::gone, running[i]->planned().symbol, version});
  }
}

void Reloader::answered(const ReloadAnswer& answer) {
  using Kind = ReloadAnswer::Kind;
  std::string line;
  lua::ReloadNotice notice;
  {
    const std::lock_guard lock(mutex_);
    notice.file = file_;
    notice.version = answer.version;
    if (answer.kind == Kind::rolled_back) {
      notice.ok = false;
      notice.symbols = {answer.symbol};
      notice.error = answer.why;
      line = fmt::format("{}: kept previous {}: {}", answer.symbol, file_, answer.why);
      if (answer.version == version_) refused_line_ = line;
    } else {
      if (answer.version != version_ || waiting_ == 0) return;
      if (answer.kind == Kind::taken) taken_.push_back(answer.symbol);
      if (answer.kind == Kind::refused && refused_.empty()) refused_ = answer.why;
      if (--waiting_ > 0 || (taken_.empty() && refused_.empty())) return;
      line = summary(notice);
      refused_line_ = notice.ok ? "" : line;
    }
  }
  tell_(line, std::move(notice));
}

// All have answered.
std::string Reloader::summary(lua::ReloadNotice& notice) const {
  const auto took = std::chrono::steady_clock::now() - began_;
  notice.ok = refused_.empty();
  notice.symbols = taken_;
  const auto place = [this](const std::string& symbol) {
    return std::ranges::find_if(traders_, [&symbol](const LiveTrader* t) { return t->planned().symbol == symbol; });
  };
  std::ranges::stable_sort(notice.symbols, {}, place);  // they answer in any order
  notice.error = refused_;
  if (!notice.ok) return fmt::format("kept previous {}: {}", file_, refused_);
  return fmt::format("reloaded {} ({} {}, {} ms)", file_, taken_.size(), taken_.size() == 1 ? "symbol" : "symbols",
                     std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

}  // namespace btk::host

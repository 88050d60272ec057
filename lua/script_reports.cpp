// Reports that the host writes, in the columns that a script has set.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "lua/convert.h"
#include "lua/guard.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

std::string pop(lua_State* L) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string out = text == nullptr ? std::string() : std::string(text, size);
  lua_pop(L, 1);
  return out;
}

// A column's function makes a text; a table that takes longer than this never comes.
constexpr double kTableSeconds = 10;

// Sets a value for as long as the object lives.
template <class T>
class Lent {
 public:
  Lent(T& place, T value) : place_(place), before_(std::exchange(place, std::move(value))) {}
  ~Lent() { place_ = std::move(before_); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

 private:
  T& place_;
  T before_;
};

std::unique_ptr<Deadline> table_limit(std::shared_ptr<Watchdog>& watchdog, const ScriptOptions& options, const Config& config,
                                      Isolate& isolate) {
  if (!isolate.options().guarded || options.cpu) return nullptr;
  if (!watchdog) watchdog = options.watchdog ? options.watchdog : std::make_shared<Watchdog>();
  const double seconds = std::min(kTableSeconds, config.max_signal_generation_seconds);
  return std::make_unique<Deadline>(*watchdog, isolate, std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

}  // namespace

std::string Script::own_table(const KindReport& wish) {
  const Lent<const KindReport*> asked(asked_, &wish);
  const auto limit = table_limit(watchdog_, options_, config_, *isolate_);
  lua_State* L = isolate_->state();
  for (const std::string* text : {&wish.kind, &wish.symbol, &wish.strategy_name, &wish.exchange_name, &wish.frame_name}) push_text(L, *text);
  call_module("own_table", 5, 1);
  return pop(L);
}

WalkTables Script::own_tables(const std::shared_ptr<Walk>& walk) {
  std::vector<std::shared_ptr<Walk>> walks = walks_;
  walks.push_back(walk);
  const Lent<std::vector<std::shared_ptr<Walk>>> asked(walks_, std::move(walks));
  const auto limit = table_limit(watchdog_, options_, config_, *isolate_);
  lua_State* L = isolate_->state();
  lua_pushnumber(L, static_cast<double>(walks_.size() - 1));
  call_module("own_walk_tables", 1, 2);
  WalkTables tables;
  tables.trades = pop(L);
  tables.strategies = pop(L);
  return tables;
}

}  // namespace btk::lua

#include "lua/script.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>

#include <fmt/format.h>
#include <luajit.h>

#include "engine/error.h"
#include "lua/convert.h"
#include "lua/test_services.h"

namespace btk::lua {
namespace {

// Events are kept only for reports that somebody wants: those that a file calls by name, as in btk.partial.get_data().
// Does the text name it, as a whole word?
bool is_named_in(std::string_view text, const std::string& word) {
  const auto goes_on = [&](std::size_t at) {
    return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (!goes_on(at + word.size())) return true;
  }
  return false;
}

// Does it read a report of something that is not named there: P.get_data(...), btk[kind].get_report(...)?
bool reads_any(std::string_view text) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (const std::string_view function : {".get_data", ".get_report"}) {
    for (std::size_t at = text.find(function); at != std::string_view::npos; at = text.find(function, at + 1)) {
      const std::size_t end = at + function.size();
      if (end < text.size() && is_letter(text[end])) continue;
      std::size_t begin = at;
      while (begin > 0 && is_letter(text[begin - 1])) --begin;
      const std::string_view owner = text.substr(begin, at - begin);
      const auto owns = [&](std::string_view name) { return owner == name; };
      constexpr std::string_view kOthers[] = {"backtest", "live", "heat", "walker", "optimizer", "performance", "notification"};
      if (!std::ranges::any_of(kOthers, owns) && !std::ranges::any_of(event_report_names(), owns)) return true;
    }
  }
  return false;
}

// A script may call the module something else than btk, or look a report up by its name: b.partial.get_data(...),
// for _, kind in ipairs { "partial", "risk" } do btk[kind].get_report(...) end.
bool is_read_in(std::string_view text, const std::string& report) {
  if (is_named_in(text, "btk." + report)) return true;
  bool reads = false;
  for (const char* function : {"get_data", "get_report", "dump"}) {
    if (is_named_in(text, "." + report + "." + function)) return true;
    reads = reads || is_named_in(text, std::string(".") + function);
  }
  const auto stands = [&](const std::string& word) { return text.find(word) != std::string_view::npos; };
  return reads && (is_named_in(text, "." + report) || stands('"' + report + '"') || stands("'" + report + "'"));
}

// Who reads reports by names that the text does not show gets them all. Durations cost time, so they are kept for those only
// who name them.
std::uint32_t kinds_named_in(std::string_view text) {
  std::uint32_t kinds = 0;
  for (const std::string_view name : event_report_names()) {
    if (reads_any(text) || is_read_in(text, std::string(name))) kinds |= event_mask(*parse_event_report(name));
  }
  return kinds;
}

std::string field_text(lua_State* L, const char* key) {
  lua_getfield(L, -1, key);
  std::string text = lua_isstring(L, -1) ? lua_tostring(L, -1) : "";
  lua_pop(L, 1);
  return text;
}

std::vector<std::string> text_list(lua_State* L) {
  std::vector<std::string> out;
  if (!lua_istable(L, -1)) return out;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    out.emplace_back(lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  return out;
}

void push_text_field(lua_State* L, const char* key, const std::string& text) {
  if (text.empty()) return;
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, key);
}

}  // namespace

Script::Script(const ScriptOptions& options, Role role, const std::string& symbol, const std::string& strategy)
    : options_(options), services_(options.services), role_(role) {
  services_.alone = services_.alone || (!services_.kept && !services_.passing);
  if (!services_.kept) services_.kept = std::make_shared<MemoryKeyValueStore>();
  if (!services_.passing) services_.passing = std::make_shared<MemoryKeyValueStore>();
  IsolateOptions o;
  o.memory_cap = options.memory_cap;
  o.seed = options.seed;
  o.symbol = symbol;
  o.strategy = strategy;
  o.unsafe = options.unsafe;
  o.named_modules = options.named_modules;
  // Compiled code does not tell its lines, and interpreted code needs no help to be stopped.
  const auto coverage = options.tests ? options.tests->coverage : nullptr;
  o.guarded = options.guarded && !coverage;
  o.print = options.print;
  o.log = options.log;
  o.proof = options.proof;
  // Outside of runs time stands still at 1970, so that a main chunk does the same every day.
  o.clock = [this]() -> Timestamp {
    if (current_ != nullptr) return static_cast<Timestamp>(current_->trader().now().when);
    if (!options_.real_time) return moment_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  o.bytecode = options.generated && !options.generated->text_only;
  isolate_ = std::make_unique<Isolate>(std::move(o));
  install_bindings(*this);
  isolate_->push_first_module("module");  // makes `require "btk"`
  lua_pop(isolate_->state(), 1);
  if (coverage) coverage->attach(isolate_->state());
  if (options.generated) apply_profile(*options.generated);
  if (options.cpu) budget_ = std::make_unique<CpuBudget>(*isolate_, *options.cpu);
}

Script::~Script() = default;

void Script::load() {
  apply_settings();
  isolate_->loader().on_text([this](const Source& source) {
    const std::string& text = source.text;
    // Whoever runs such a file has to hold it: no command forgets that.
    if (!options_.generated && text.starts_with(kGeneratedMark)) {
      throw Error(fmt::format("{} is a generated file: `btkhost run` and `btkhost walker` run it, alone and held; `btkhost optimize --promote FILE` "
                              "makes an ordinary strategy of the best one", source.name));
    }
    named_kinds_ |= kinds_named_in(text);
    names_performance_ = names_performance_ || is_read_in(text, "performance");
    text_hash_.update(fmt::format("{}:", text.size()));
    text_hash_.update(text);
  });
  for (const auto& file : options_.files) {
    lua_State* L = isolate_->state();
    isolate_->push_core();
    const std::string folder = file.parent_path().string();
    lua_pushlstring(L, folder.data(), folder.size());
    lua_setfield(L, -2, "script_folder");
    lua_pop(L, 1);
    returned_.push_back(isolate_->run_file(file));
  }
  for (const Source& source : options_.texts) returned_.push_back(isolate_->run_text(source.text, source.name));
  if (options_.lent_exchange) lend(*options_.lent_exchange);
  if (options_.lent_frame) lend(*options_.lent_frame);
  call_module("chunk_done", 0, 0);
  apply_settings();
}

// What lua/btk/generated.lua needs to know goes into core.generated.
void Script::apply_profile(const GeneratedProfile& p) {
  lua_State* L = isolate_->state();
  if (!p.compiler) luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  isolate_->push_core();
  lua_createtable(L, 0, 12);
  const auto flag = [&](const char* key, bool value) {
    lua_pushboolean(L, value ? 1 : 0);
    lua_setfield(L, -2, key);
  };
  flag("allow_list", p.allow_list);
  flag("bounded_library", p.bounded_library);
  flag("entry", p.entry);
  set_field(L, "call_seconds", p.call_seconds);
  set_field(L, "subject_bytes", static_cast<double>(p.subject_bytes));
  set_field(L, "pattern_bytes", static_cast<double>(p.pattern_bytes));
  set_field(L, "repeat_bytes", static_cast<double>(p.repeat_bytes));
  set_field(L, "list_items", static_cast<double>(p.list_items));
  set_field(L, "sort_items", static_cast<double>(p.sort_items));
  set_field(L, "series", static_cast<double>(p.series));
  set_field(L, "series_period", static_cast<double>(p.series_period));
  lua_setfield(L, -2, "generated");
  lua_pop(L, 1);
  isolate_->push_module("generated");
  lua_pop(L, 1);
}

void Script::apply_settings() {
  for (const auto& [key, value] : options_.settings) set_from_text(config_, key, value);
  if (const auto broken = check(config_); !options_.settings.empty() && !broken.empty()) throw Error(broken.front());
}

void Script::call_module(const char* function, int nargs, int nresults) {
  lua_State* L = isolate_->state();
  isolate_->push_module("module");
  lua_getfield(L, -1, function);
  lua_remove(L, -2);
  lua_insert(L, -1 - nargs);
  isolate_->call(nargs, nresults);
}

std::vector<PlannedRun> Script::plan() { return plan_with("plan"); }

std::vector<PlannedRun> Script::plan_live() { return plan_with("plan_live"); }

std::vector<PlannedRun> Script::plan_with(const char* function) {
  lua_State* L = isolate_->state();
  lua_createtable(L, 0, 4);
  push_text_field(L, "strategy_name", options_.strategy_name);
  push_text_field(L, "exchange_name", options_.exchange_name);
  push_text_field(L, "frame_name", options_.frame_name);
  lua_createtable(L, 0, 0);
  int i = 0;
  for (const std::string& symbol : options_.symbols) {
    lua_pushlstring(L, symbol.data(), symbol.size());
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "symbols");
  lua_pushboolean(L, options_.from && options_.to);
  lua_setfield(L, -2, "has_range");
  call_module(function, 1, 1);
  std::vector<PlannedRun> runs;
  for (int k = 1, n = static_cast<int>(lua_objlen(L, -1)); k <= n; ++k) {
    lua_rawgeti(L, -1, k);
    PlannedRun run{field_text(L, "symbol"), field_text(L, "strategy_name"), field_text(L, "exchange_name"),
                   field_text(L, "frame_name"), {}, 0, {}, {}};
    lua_getfield(L, -1, "walk");
    if (lua_isnumber(L, -1)) {
      run.walk = static_cast<std::size_t>(lua_tonumber(L, -1));
      run.world = static_cast<std::size_t>(k);  // strategies that are compared do not share limits
    }
    lua_pop(L, 1);
    lua_getfield(L, -1, "risks");
    run.risks = text_list(L);
    lua_pop(L, 2);
    runs.push_back(std::move(run));
  }
  lua_pop(L, 1);
  return runs;
}

std::vector<std::string> Script::describe() {
  lua_State* L = isolate_->state();
  call_module("describe", 0, 1);
  std::vector<std::string> lines = text_list(L);
  lua_pop(L, 1);
  return lines;
}

std::vector<RunReport> Script::own_reports() const {
  std::vector<RunReport> reports;
  for (const auto& run : runs_) {
    reports.push_back(run->report());
    if (options_.keep_candles) reports.back().minutes = run->share_candles();
  }
  return reports;
}

void Script::keep_report(const RunReport& report) { kept_reports_.push_back(report); }

void Script::push_names(const RunReport& report) {
  lua_State* L = isolate_->state();
  lua_createtable(L, 0, 8);
  push_text_field(L, "symbol", report.symbol);
  push_text_field(L, "strategy_name", report.strategy_name);
  push_text_field(L, "exchange_name", report.exchange_name);
  push_text_field(L, "frame_name", report.frame_name);
}

void Script::announce_progress(const RunReport& report, double share) {
  lua_State* L = isolate_->state();
  const auto frames = static_cast<double>(report.frame_count);
  const double processed = std::floor(frames * share);
  push_names(report);
  set_field(L, "progress", share);
  set_field(L, "total_frames", frames);
  set_field(L, "processed_frames", processed);
  const double span = static_cast<double>(report.frame_end - report.frame_start);
  const double when = static_cast<double>(report.frame_start) + (frames > 1 ? span * std::min(processed, frames - 1) / (frames - 1) : 0);
  set_field(L, "timestamp", when);
  set_field(L, "when", when);
  call_module("run_progress", 1, 0);
}

void Script::announce_done(const RunReport& report) {
  push_names(report);
  call_module("run_done", 1, 0);
}

std::vector<std::size_t> Script::stopping() {
  lua_State* L = isolate_->state();
  call_module("runs_stopping", 0, 1);
  std::vector<std::size_t> places;
  for (int k = 1, n = static_cast<int>(lua_objlen(L, -1)); k <= n; ++k) {
    lua_rawgeti(L, -1, k);
    places.push_back(static_cast<std::size_t>(lua_tonumber(L, -1)) - 1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return places;
}

void Script::push_context(const PlannedRun& planned) {
  lua_State* L = isolate_->state();
  lua_pushlstring(L, planned.symbol.data(), planned.symbol.size());
  lua_createtable(L, 0, 3);
  push_text_field(L, "strategy_name", planned.strategy_name);
  push_text_field(L, "exchange_name", planned.exchange_name);
  push_text_field(L, "frame_name", planned.frame_name);
}

void Script::begin(const PlannedRun& planned, std::shared_ptr<RiskBook> risk) {
  lua_State* L = isolate_->state();
  push_context(planned);
  auto shared = std::make_unique<std::shared_ptr<RiskBook>>(std::move(risk));
  lua_pushlightuserdata(L, shared.get());
  call_module("begin", 3, 0);
}

void Script::watch_progress(Run& run) {
  if (budget_) {
    budget_->follow(&run.drive().steps);
    return;
  }
  const double seconds = config_.max_signal_generation_seconds;
  if (!isolate_->options().guarded || !(seconds < 1e6)) return;
  if (!watchdog_) watchdog_ = options_.watchdog ? options_.watchdog : std::make_shared<Watchdog>();
  const std::chrono::milliseconds limit(static_cast<std::int64_t>(seconds * 1000));
  watches_.push_back(std::make_unique<ProgressWatch>(*watchdog_, *isolate_, run.drive().steps, limit));
}

void Script::set_current(Run* run) {
  if (current_) current_->drive().steps.watched.store(false, std::memory_order_relaxed);
  current_ = run;
  if (current_) current_->drive().steps.watched.store(true, std::memory_order_relaxed);
}

std::optional<WorkKey> Script::next_work() { return runs_.back()->trader().next_work(); }

bool Script::advance(WorkKey horizon) {
  lua_State* L = isolate_->state();
  runs_.back()->trader().set_horizon(horizon);
  if (runs_.back()->live() != nullptr) runs_.back()->stamp();
  call_module("advance", 0, 1);
  const bool over = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return over;
}

double Script::progress() const {
  const Trader& t = runs_.back()->trader();
  const Timestamp span = t.frame_last() - t.frame_first();
  if (span <= 0) return 1;
  const double done = (t.now().when - static_cast<double>(t.frame_first())) / static_cast<double>(span);
  return done < 0 ? 0 : done > 1 ? 1 : done;
}

Script::FrameSpan Script::frame_span() const {
  const Trader& t = runs_.back()->trader();
  return {t.frame_first(), t.frame_last(), t.frame_count()};
}

void Script::stop() { runs_.back()->trader().stop(); }

void Script::abandon() {
  runs_.back()->trader().abandon();
  runs_.back()->set_interrupted();
}

RunReport Script::finish() {
  Run& run = *runs_.back();
  RunReport report = run.live() != nullptr ? run.report() : run.take_report();  // a live run goes on if it is asked to
  report.not_reproducible = isolate_->not_reproducible();
  if (options_.keep_candles) report.minutes = runs_.back()->share_candles();
  return report;
}

Run& Script::add_run(std::unique_ptr<Run> run) {
  if (options_.generated && options_.generated->bounded_answers)
    run->bound_errors({options_.generated->strikes, options_.generated->errors, options_.generated->error_bytes});
  runs_.push_back(std::move(run));
  watch_progress(*runs_.back());
  return *runs_.back();
}

}  // namespace btk::lua

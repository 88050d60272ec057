#include "host/cli/script_setup.h"

#include <cstdlib>
#include <limits>

#include "engine/config.h"
#include "host/cli/log.h"
#include "host/cli/outputs.h"
#include "host/cli/report_columns.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/net/outside_json.h"
#include "host/report/report_file.h"
#include "lua/generated.h"
#include "optimizer/files.h"
#include "optimizer/generated_files.h"

namespace btk::host {
namespace {

Interval frame_interval_of(const nlohmann::json& manifest, const std::filesystem::path& file) {
  const auto interval = parse_interval(manifest.value("frame_interval", "1m"));
  if (!interval) throw UsageError(fmt::format("{}: frame_interval is no interval; write one such as 1m or 1h", file.string()));
  return *interval;
}

}  // namespace

Settings with_environment(const Settings& given) {
  Settings settings;
  for (const ConfigKey& key : config_keys()) {
    const std::string name(key.name);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') continue;  // an empty line of an .env that was filled in in part
    Config scratch;
    try {
      set_from_text(scratch, name, value);
    } catch (const Error& e) {
      throw UsageError(fmt::format("environment: {}", e.what()));
    }
    settings.emplace_back(name, value);
  }
  settings.insert(settings.end(), given.begin(), given.end());
  return settings;
}

lua::ScriptOptions script_options(const ScriptChoice& choice, Console& console, Exchanges& exchanges, spdlog::logger& logger) {
  lua::ScriptOptions s;
  s.files = choice.files;
  s.seed = choice.seed;
  s.from = choice.from;
  s.to = choice.to;
  s.settings = with_environment(choice.settings);
  s.params = choice.params;
  s.strategy_name = choice.strategy;
  s.exchange_name = choice.exchange;
  s.frame_name = choice.frame;
  if (choice.takes_symbols) s.symbols = choose_symbols(choice.symbols, std::getenv("CC_SYMBOL_LIST"));
  s.unsafe = choice.unsafe;
  s.watchdog = std::make_shared<lua::Watchdog>();
  s.open_exchange = [&exchanges](const lua::ExchangeSchema& schema) { return exchanges.open(schema); };
  s.stored = exchanges.warmed();
  s.print = [&console](std::string_view line) { console.note(line); };
  s.log = [&logger](std::string_view level, std::string_view text) { log_line(logger, level, text); };
  return s;
}

void load_or_refuse(lua::Script& script) {
  try {
    script.load();
  } catch (const lua::ScriptFailure& e) {
    if (e.error().stop == lua::StopReason::interrupted) throw;
    throw UsageError(e.what());
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

std::vector<lua::PlannedRun> plan_or_refuse(lua::Script& script, std::vector<lua::PlannedRun> (lua::Script::*plan)()) {
  std::vector<lua::PlannedRun> planned;
  try {
    planned = (script.*plan)();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
  for (const lua::PlannedRun& run : planned) check_symbol(run.symbol, "the script");
  return planned;
}

void hold_generated(lua::ScriptOptions& options) {
  constexpr double kForEver = std::numeric_limits<double>::infinity();
  constexpr std::size_t kMemory = std::size_t{64} << 20;
  options.generated = lua::GeneratedProfile{.compiler = false};
  options.cpu = lua::CpuLimits{.total_seconds = kForEver, .wall_seconds = kForEver};
  options.memory_cap = kMemory;
  options.unsafe = false;
}

void lend_from_manifest(lua::ScriptOptions& options) {
  using nlohmann::json;
  if (options.files.size() != 1) return;
  std::error_code ignored;
  const auto& file = options.files.front();
  const auto text = std::filesystem::is_regular_file(file, ignored) ? optimizer::read_whole(file) : std::nullopt;
  const auto header = text ? optimizer::read_header(*text) : std::nullopt;
  if (!header) {
    if (!text || !text->starts_with(lua::kGeneratedMark)) return;
    throw UsageError(fmt::format("{}:1: this should be the line \"{}{{JSON}}\" that `btkhost optimize` wrote, and cannot be read: have the file generated "
                                 "again; without line 1 it is an ordinary script, which nothing holds",
                                 file.string(), lua::kGeneratedMark));
  }
  hold_generated(options);
  if (const auto index = header->about.find("index"); index == header->about.end() || *index == 0) {
    options.generated->entry = true;  // it registers everything itself
    return;
  }
  const auto manifest_file = file.parent_path() / "manifest.json";
  const auto document = optimizer::read_whole(manifest_file);
  if (!document) return;
  try {
    const json manifest = net::parse_json(*document);
    const json& e = manifest.at("exchange");
    lua::ExchangeSchema exchange;
    exchange.exchange_name = e.at("exchange_name").get<std::string>();
    exchange.driver = e.at("driver").get<std::string>();
    exchange.gaps = e.value("gaps", "") == "error" ? GapPolicy::error : GapPolicy::fill;
    exchange.path = e.value("path", "");
    exchange.base_dir = file.parent_path().string();
    exchange.market = e.value("market", "spot");
    exchange.base_url = e.value("base_url", "");
    exchange.seed = e.value("seed", exchange.seed);
    exchange.start_price = e.value("start_price", exchange.start_price);
    exchange.volatility = e.value("volatility", exchange.volatility);
    options.lent_exchange = exchange;
    const json& test = manifest.at("test");
    options.lent_frame = lua::FrameSchema{test.at("frame_name").get<std::string>(), {}, frame_interval_of(manifest, manifest_file),
                                          test.at("start").get<Timestamp>(), test.at("end").get<Timestamp>()};
    Settings settings;  // those that it was tried under; what the user gives comes later and wins
    const json tried = manifest.value("settings", json::object());
    for (const auto& [key, value] : tried.items()) settings.emplace_back(key, value.get<std::string>());
    options.settings.insert(options.settings.begin(), settings.begin(), settings.end());
    if (options.symbols.empty()) options.symbols = {manifest.at("symbol").get<std::string>()};
  } catch (const net::BadJson& e) {
    throw UsageError(fmt::format("{} {}", manifest_file.string(), e.what()));
  } catch (const json::exception&) {
    throw UsageError(fmt::format("{} is no manifest of generated strategies", manifest_file.string()));
  }
}

void add_reports(lua::ScriptOptions& options, Console& console, const std::filesystem::path& out, const std::filesystem::path& script,
                 const std::string& mode) {
  const bool backtest = mode == "backtest";
  const std::filesystem::path beside = script.parent_path();
  options.walker_report = [](const lua::Walk& walk, const lua::WalkTables& own) { return walker_markdown(walk, true, own); };
  options.walker_dump = [&console, out, beside](const lua::Walk& walk, const lua::WalkTables& own, const std::string& path) {
    const auto file = walker_file(walk, path.empty() ? out / "walker" : beside / path, ".md");
    write_report_file(file, console.mask(walker_markdown(walk, true, own)));
    return file.string();
  };
  options.walker_columns = walker_columns;
  options.usual_columns = [backtest](const lua::KindReport& wish) { return usual_columns(wish, backtest); };
  options.kind_report = [backtest](const lua::KindReport& wish) { return markdown_report(wish, backtest); };
  options.kind_dump = [&console, out, beside, backtest, mode](const lua::KindReport& wish, const std::string& path) {
    const auto file = kind_file(wish, path.empty() ? out / (wish.kind == "live" ? mode : wish.kind) : beside / path, backtest);
    write_report_file(file, console.mask(markdown_report(wish, backtest)));
    return file.string();
  };
}

}  // namespace btk::host

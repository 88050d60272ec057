#include "tests/live/crash_rig.h"

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "engine/sha256.h"
#include "host/journal/open.h"

namespace btk::test {
namespace {

const std::string kSymbols = "BTCUSDT,ETHUSDT";

std::vector<EngineView> views(const std::filesystem::path& data) {
  host::Journal journal(
      host::open_journal(host::JournalKind::sqlite, data, "live", host::Database::Mode::existing));
  const auto sessions = journal.sessions();
  REQUIRE(sessions.size() == 1);  // every start went on with the first one
  const host::SessionInfo started = journal.start_session(sessions.front()).session;
  std::vector<EngineView> list;
  for (const host::TraderKey& key : started.traders) {
    list.push_back({key, journal.load(key), journal.finished(started.id, key), journal.decisions(started.id, key),
                    journal.candles(started.id, key, key.symbol)});
  }
  return list;
}

}  // namespace

CrashRig::CrashRig(std::uint64_t seed, bool stops)
    : random_(seed),
      stops_(stops),
      // Ids may be used twice there, as at Binance: a second order would be a second purchase. Lots are those that the
      // audit reckons with, whatever prices a seed begins with.
      exchange_(folder_, {"--synthetic", "BTCUSDT=40000", "--synthetic", "ETHUSDT=2000", "--rules", "BTCUSDT=0.01,0.00001,5",
                          "--rules", "ETHUSDT=0.01,0.0001,5", "--start", "2024-01-01", "--end",
                          "2024-06-01", "--seed", std::to_string(seed), "--free-ids", "--grace-ms", "30000", "--log",
                          (folder_ / "orders.jsonl").string()}) {
  copy_scripts(folder_ / "scripts");
}

CrashRig::~CrashRig() {
  const char* const keep = std::getenv("BTK_KEEP");
  if (keep == nullptr) return;
  std::error_code ignored;
  std::filesystem::copy(folder_.path(), std::filesystem::path(keep) / (stops_ ? "stops" : "plain"),
                        std::filesystem::copy_options::recursive, ignored);
}

std::unique_ptr<Process> CrashRig::start(const Words& more, std::map<std::string, std::string> environment,
                                         std::function<void()> before) {
  Process::Setup setup;
  setup.before = std::move(before);
  setup.words = btkhost({"live", (folder_ / "scripts/crash_trader.lua").string(), "--symbols", kSymbols, "--clock",
                         exchange_.clock(), "--json", "--no-report", "--out", (folder_ / "dump").string()});
  setup.words.insert(setup.words.end(), more.begin(), more.end());
  setup.environment = exchange_.environment();
  setup.environment["CRASH_STOPS"] = stops_ ? "1" : "0";
  setup.environment.merge(environment);
  setup.out = folder_ / "out";
  setup.err = folder_ / "err";
  std::filesystem::remove(setup.err);
  return std::make_unique<Process>(setup);
}

void CrashRig::kill(Process& program) {
  program.send(SIGKILL);
  const auto end = program.wait();
  INFO(said());
  REQUIRE(end);
  REQUIRE(end->signal == SIGKILL);  // and did not end by itself before
}

void CrashRig::kill_some_time() {
  const Timestamp begin = exchange_.now();
  const auto program = start();
  if (random(0, 4) > 0) {
    const Timestamp minutes = random(0, 25);
    eventually([&] { return program->ended() || exchange_.now() - begin >= minutes * kMinute; });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(random(0, 40)));
  kill(*program);
}

void CrashRig::kill_at_journal(int n) {
  const auto program = start({}, {{"BTK_FAULT", "journal:" + std::to_string(n)}});
  const auto end = program->wait();
  INFO(said());
  REQUIRE(end);
  REQUIRE(end->signal == SIGKILL);
}

void CrashRig::kill_at_order(const std::string& fault) {
  exchange_.post("/admin/faults", Json::array({{{"kind", fault},
                                                {"path", "/order"},
                                                {"method", "POST"},
                                                {"after", random(0, 4)},
                                                {"ms", random(50, 400)}}}));
  const auto program = start();
  const auto struck = [&] { return program->ended() || exchange_.get("/admin/faults").at(0).at("struck") == 1; };
  REQUIRE(eventually(struck));
  if (random(0, 1) == 1) std::this_thread::sleep_for(std::chrono::milliseconds(random(0, 10)));
  kill(*program);
  exchange_.remove("/admin/faults");
}

void CrashRig::refused(Process& program) {
  const auto end = program.wait();
  INFO(said());
  REQUIRE(end);
  CHECK(end->code == 1);
  CHECK(said().find("cannot write state: ") != std::string::npos);
}

void CrashRig::run_out_of_disk(std::uint64_t bytes) {
  const auto program = start({}, {}, [bytes] {
    ::signal(SIGXFSZ, SIG_IGN);  // writing fails then, as on a full disk
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  });
  refused(*program);
  check_all_known(views(folder_ / "dump/data"), exchange_.get("/admin/book"));
}

void CrashRig::run_read_only() {
  namespace fs = std::filesystem;
  const auto write_bits = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  const fs::path dump = folder_ / "dump";
  const auto set = [&](fs::perm_options how) {
    for (const auto& entry : fs::recursive_directory_iterator(dump)) fs::permissions(entry.path(), write_bits, how);
    fs::permissions(dump, write_bits, how);
  };
  const std::size_t sent = orders_sent();
  fs::permissions(folder_.path(), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  set(fs::perm_options::remove);
  const auto program = start({}, {}, [] {
    constexpr unsigned kNobody = 65534;  // permissions do not hold root back
    if (::getuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(125);
  });
  refused(*program);
  set(fs::perm_options::add);
  CHECK(orders_sent() == sent);
}

void CrashRig::sleep_over() {
  for (const EngineView& trader : views(folder_ / "dump/data")) {
    if (trader.saved && (trader.saved->state.order || trader.saved->state.question)) return;
  }
  exchange_.post("/admin/clock", {{"jump_to", exchange_.now() + random(1, 30) * kMinute + random(0, 59'999)}});
}

void CrashRig::rest() {
  const Timestamp until = align(exchange_.now(), kMinute) + 4 * kMinute;
  const auto program = start({"--to", format_iso(until)});
  const auto end = program->wait();
  INFO(said());
  REQUIRE(end);
  REQUIRE(end->code == 0);
  audit();
}

void CrashRig::audit() {
  const auto traders = views(folder_ / "dump/data");
  const Json document = Json::parse(read_text(folder_ / "out"));
  REQUIRE(document.at("runs").size() == traders.size());
  for (std::size_t i = 0; i < traders.size(); ++i) {
    const EngineView& trader = traders[i];
    const Json& run = document["runs"][i];
    INFO(trader.key.symbol);
    CHECK(run.at("errors").empty());
    CHECK(run.at("run_hash") == sha256_hex(trader.decisions));
    REQUIRE(run.at("signals").size() == trader.finished.size());
    for (std::size_t k = 0; k < trader.finished.size(); ++k) {
      REQUIRE(run["signals"][k].at("id") == trader.finished[k].signal.id);
    }
    check_decisions(trader);
  }
  check_limit_of_one(traders);
  check_books(traders, exchange_.get("/admin/book"));
}

void CrashRig::replay() const {
  Process program({.words = btkhost({"replay", "--mode", "live", "--out", (folder_ / "dump").string()}),
                   .environment = exchange_.environment(),
                   .out = folder_ / "diff",
                   .err = folder_ / "replay.err"});
  const auto end = program.wait(600);
  INFO(read_text(folder_ / "diff") << read_text(folder_ / "replay.err"));
  REQUIRE(end);
  CHECK(end->code == 0);
  CHECK(read_text(folder_ / "diff").empty());
}

}  // namespace btk::test

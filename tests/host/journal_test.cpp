#include <catch2/catch.hpp>

#include "engine/error.h"
#include "host/cli/usage_error.h"
#include "host/journal/open.h"
#include "tests/host/journal_places.h"

using namespace btk;
using namespace btk::host;
using namespace btk::test;

namespace {

const TraderKey kBtc{"BTCUSDT", "sma", "binance"};
const TraderKey kEth{"ETHUSDT", "sma", "binance"};
const TraderKey kSol{"SOLUSDT", "a/b \"c\"", ".."};

}  // namespace

TEST_CASE("property: every journal keeps what the one in memory keeps, across restarts and sessions",
          "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script");
  INFO(kind);
  RandomStates random(11);
  JournalPlace place(kind);
  Journal model(std::make_unique<MemoryJournal>());
  Journal* journal = &place.reopen();
  const std::vector<std::vector<TraderKey>> groups = {{kBtc, kEth}, {kEth, kBtc}, {kSol}, {kBtc, kEth, kSol}};
  for (int round = 0; round < 12; ++round) {
    const SessionInfo info = session_of(groups[random.below(groups.size())]);
    const auto started = journal->start_session(info);
    const auto expected = model.start_session(info);
    CHECK(started.continued == expected.continued);
    REQUIRE(started.session.id == expected.session.id);
    for (std::size_t n = random.below(8); n > 0; --n) {
      const TraderKey& key = info.traders[random.below(info.traders.size())];
      const StepData step = random_step(random);
      step.save(*journal, key);
      step.save(model, key);
    }
    if (random.flag()) {
      journal = &place.reopen();
      journal->start_session(info);
    }
    for (const TraderKey& key : info.traders) REQUIRE(bits(journal->load(key)) == bits(model.load(key)));
  }
  const auto sessions = journal->sessions();
  REQUIRE(sessions.size() == model.sessions().size());
  REQUIRE(sessions.size() > 2);
  for (const SessionInfo& session : sessions) {
    for (const TraderKey& key : {kBtc, kEth, kSol}) {
      REQUIRE(all_of(*journal, session.id, key) == all_of(model, session.id, key));
    }
  }
}

TEST_CASE("a restart of the same traders continues their session, other traders open a new one",
          "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script", "memory");
  INFO(kind);
  JournalPlace place(kind);
  const SessionInfo info = session_of({kBtc, kEth});
  const auto first = place.reopen().start_session(info);
  CHECK_FALSE(first.continued);
  CHECK(first.session.id == "20230301T000000Z-paper");

  SessionInfo later = info;
  later.started_at += kHour;
  later.seed = 5;
  const auto second = place.reopen().start_session(later);
  CHECK(second.continued);
  CHECK(second.session.id == first.session.id);
  CHECK(second.session.started_at == info.started_at);
  CHECK(second.session.seed == info.seed);
  CHECK(second.session.settings == info.settings);
  CHECK(second.session.params == info.params);
  CHECK(second.session.files == info.files);
  CHECK(second.session.traders == info.traders);

  // Same moment, other traders: an id of its own.
  const auto third = place.reopen().start_session(session_of({kBtc}));
  CHECK_FALSE(third.continued);
  CHECK(third.session.id == "20230301T000000Z-paper-2");
  Journal& journal = place.reopen();
  REQUIRE(journal.sessions().size() == 2);
  CHECK(journal.sessions()[1].id == third.session.id);
}

TEST_CASE("a restart with other parameters opens a session of its own: a replay has one set of them", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script", "memory");
  INFO(kind);
  JournalPlace place(kind);
  SessionInfo info = session_of({kBtc});
  const auto first = place.reopen().start_session(info);
  info.params = {{"fast", "6"}};
  const auto second = place.reopen().start_session(info);
  CHECK_FALSE(second.continued);
  CHECK(place.reopen().start_session(info).continued);
  Journal& journal = place.reopen();
  REQUIRE(journal.sessions().size() == 2);
  CHECK(journal.sessions()[0].params == first.session.params);
  CHECK(journal.sessions()[1].params == info.params);
}

TEST_CASE("a new session finds the position that an older one left, and remembers it as brought in",
          "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script", "memory");
  INFO(kind);
  JournalPlace place(kind);
  RandomStates random(3);
  const StepData step = random_step(random);
  {
    Journal& journal = place.reopen();
    journal.start_session(session_of({kBtc, kEth}));
    CHECK_FALSE(journal.load(kBtc));
    step.save(journal, kBtc);
  }
  Journal& journal = place.reopen();
  const std::string id = journal.start_session(session_of({kBtc})).session.id;
  const auto saved = journal.load(kBtc);
  REQUIRE(saved);
  CHECK(bits(saved->state) == bits(step.state));
  CHECK(bits(saved->risk) == bits(step.risk));
  CHECK(saved->decisions.empty());
  CHECK(saved->finished.empty());
  random_step(random).save(journal, kBtc);
  const auto brought = journal.heritage(id, kBtc);
  REQUIRE(brought);
  CHECK(bits(brought->state) == bits(step.state));
  CHECK(bits(brought->risk) == bits(step.risk));
}

TEST_CASE("what a trader finished in earlier sessions is there, the oldest first and at most so many", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script", "memory");
  INFO(kind);
  JournalPlace place(kind);
  RandomStates random(5);
  std::vector<FinishedSignal> all;
  std::vector<std::string> ids;
  for (const auto& traders : {std::vector{kBtc, kEth}, std::vector{kBtc}, std::vector{kEth}, std::vector{kSol, kBtc}}) {
    Journal& journal = place.reopen();
    ids.push_back(journal.start_session(session_of(traders)).session.id);
    StepData step;
    step.finished = {random.finished(), random.finished()};
    if (std::ranges::find(traders, kBtc) == traders.end()) continue;
    step.save(journal, kBtc);
    all.insert(all.end(), step.finished.begin(), step.finished.end());
  }
  Journal& journal = place.reopen();
  const auto earlier = [&](const std::string& session, std::size_t most) { return bits(journal.earlier_finished(session, kBtc, most)); };
  CHECK(earlier(ids[0], 100) == bits(std::vector<FinishedSignal>{}));
  CHECK(earlier(ids[1], 100) == bits(std::vector(all.begin(), all.begin() + 2)));
  CHECK(earlier(ids[3], 100) == bits(std::vector(all.begin(), all.begin() + 4)));
  CHECK(earlier(ids[3], 3) == bits(std::vector(all.begin() + 1, all.begin() + 4)));
  CHECK(bits(journal.earlier_finished(ids[3], kSol, 100)) == bits(std::vector<FinishedSignal>{}));
}

TEST_CASE("a candle that was seen stays as it was seen", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script", "memory");
  INFO(kind);
  JournalPlace place(kind);
  Journal& journal = place.reopen();
  const std::string id = journal.start_session(session_of({kBtc})).session.id;
  StepData step;
  step.candles = {{"BTCUSDT", {{5 * kMinute, 1, 2, 1, 2, 3}, {6 * kMinute, 2, 2, 2, 2, 2}}}};
  step.save(journal, kBtc);
  step.candles = {{"BTCUSDT", {{4 * kMinute, 9, 9, 9, 9, 9}, {5 * kMinute, 7, 7, 7, 7, 7}}}};  // looked back
  step.save(journal, kBtc);
  const auto candles = journal.candles(id, kBtc, "BTCUSDT");
  REQUIRE(candles.size() == 3);
  CHECK(candles[0].open == 9);
  CHECK(candles[1].open == 1);
  CHECK(candles[2].timestamp == 6 * kMinute);
  CHECK(journal.candles(id, kBtc, "ETHUSDT").empty());
  CHECK(journal.candles("no such session", kBtc, "BTCUSDT").empty());
  CHECK(journal.inputs("no such session", kBtc).empty());
}

TEST_CASE("a recorded candle that somebody changed is named", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json", "script");
  INFO(kind);
  JournalPlace place(kind);
  Journal* journal = &place.reopen();
  const std::string id = journal->start_session(session_of({kBtc})).session.id;
  StepData step;
  step.candles = {{"BTCUSDT", {{5 * kMinute, 1, 2, 1, 2, 3}, {6 * kMinute, 2, 2, 2, 2, 2}, {7 * kMinute, 2, 3, 2, 3, 3}}},
                  {"ETHUSDT", {{5 * kMinute, 1, 2, 1, 2, 3}}}};
  step.save(*journal, kBtc);
  step.candles = {{"BTCUSDT", {{5 * kMinute, 7, 7, 7, 7, 7}}}};  // seen again: the first one counts
  step.save(*journal, kBtc);
  CHECK(journal->altered(id, kBtc, "BTCUSDT").empty());
  CHECK(journal->altered(id, kBtc, "no such symbol").empty());
  place.alter_candle(6 * kMinute);
  journal = &place.reopen();
  CHECK(journal->altered(id, kBtc, "BTCUSDT") == std::vector<Timestamp>{6 * kMinute});
  CHECK(journal->altered(id, kBtc, "ETHUSDT").empty());
  CHECK(journal->candles(id, kBtc, "BTCUSDT").size() == 3);
}

TEST_CASE("candles recorded by a version without checksums count as unaltered", "[journal]") {
  JournalPlace place("sqlite");
  Journal& journal = place.reopen();
  const std::string id = journal.start_session(session_of({kBtc})).session.id;
  StepData step;
  step.candles = {{"BTCUSDT", {{5 * kMinute, 1, 2, 1, 2, 3}}}};
  step.save(journal, kBtc);
  Database(place.path(), Database::Mode::existing, "journal").run("update journal_candles set checksum = null");
  CHECK(journal.altered(id, kBtc, "BTCUSDT").empty());
  CHECK(journal.candles(id, kBtc, "BTCUSDT").size() == 1);
}

TEST_CASE("the dummy journal remembers nothing", "[journal]") {
  Journal journal(std::make_unique<DummyJournal>());
  CHECK(journal.start_session(session_of({kBtc})).session.id == "20230301T000000Z-paper");
  RandomStates random(1);
  random_step(random).save(journal, kBtc);
  CHECK_FALSE(journal.load(kBtc));
  CHECK(journal.sessions().empty());
}

TEST_CASE("paper and live never share a file, and reading needs one that is there", "[journal]") {
  const TempFolder folder;
  for (const JournalKind kind : {JournalKind::sqlite, JournalKind::json}) {
    CHECK_THROWS_AS(open_journal(kind, folder.path(), "paper", Database::Mode::existing), Error);
    Journal paper(open_journal(kind, folder.path(), "paper", Database::Mode::create));
    paper.start_session(session_of({kBtc}));
    RandomStates random(1);
    random_step(random).save(paper, kBtc);
    Journal live(open_journal(kind, folder.path(), "live", Database::Mode::create));
    CHECK_FALSE(live.load(kBtc));
    CHECK(live.sessions().empty());
    CHECK(Journal(open_journal(kind, folder.path(), "paper", Database::Mode::existing)).sessions().size() ==
          1);
  }
  CHECK(parse_journal_kind("json") == JournalKind::json);
  CHECK_THROWS_WITH(parse_journal_kind("sqllite"), Catch::Contains("did you mean \"sqlite\"?"));
}

TEST_CASE("an older journal file is brought up to date, a newer one is refused", "[journal]") {
  const TempFolder folder;
  const auto path = folder / "live.sqlite";
  {
    Database file(path, Database::Mode::create, "journal");
    file.run(
        "create table journal_schema (version integer not null) strict; insert into journal_schema values "
        "(0)");
  }
  {
    Journal journal(std::make_unique<SqliteJournal>(path, Database::Mode::existing));
    journal.start_session(session_of({kBtc}));
    RandomStates random(1);
    random_step(random).save(journal, kBtc);
    CHECK(journal.load(kBtc));
  }
  {
    Database file(path, Database::Mode::existing, "journal");
    Statement version(file, "select version from journal_schema");
    REQUIRE(version.step());
    CHECK(version.integer(0) == 2);
    version.reset();
    file.run("update journal_schema set version = 99");
  }
  CHECK_THROWS_WITH(SqliteJournal(path, Database::Mode::existing),
                    "journal " + path.string() +
                        " was written by a newer btkhost (version 99, this one knows 2); update btkhost");
}

TEST_CASE("a state that cannot be read is an error, not a fresh start", "[journal]") {
  JournalPlace sqlite("sqlite");
  RandomStates random(1);
  {
    Journal& journal = sqlite.reopen();
    journal.start_session(session_of({kBtc}));
    random_step(random).save(journal, kBtc);
    Database file(sqlite.path(), Database::Mode::existing, "journal");
    file.run("update journal_states set body = '{\"state\":{\"position\":5}}'");
    CHECK_THROWS_WITH(journal.load(kBtc), Catch::Contains("the state of BTCUSDT cannot be read"));
  }
  const TempFolder folder;
  folder.write("not.sqlite", std::string(5000, 'x'));
  CHECK_THROWS_WITH(SqliteJournal(folder / "not.sqlite", Database::Mode::existing),
                    Catch::Contains("is damaged"));
}

TEST_CASE("the json journal lies as the reference lays it out", "[journal]") {
  JournalPlace place("json");
  Journal& journal = place.reopen();
  journal.start_session(session_of({kBtc}));
  StepData step;
  step.state.position.emplace();
  step.state.position->id = "x1";
  step.state.position->minute_estimated_time = std::numeric_limits<double>::infinity();
  step.state.levels_profit = 2;
  step.state.breakeven_announced = true;
  step.state.paused = true;
  step.risk = {{"calm", {{"sma", "binance", "BTCUSDT"}, "", Side::long_side, 1, 2, 3, 4, 5}}};
  step.save(journal, kBtc);

  FolderStore files(place.path(), false);
  const auto read = [&](const char* kind, const std::string& key) {
    return parse_json(files.read(kind, key).value());
  };
  const std::string name = "BTCUSDT_sma_binance/";
  const Json row = read("signal", name + "BTCUSDT");
  CHECK(row["id"] == "x1");
  CHECK(row["minuteEstimatedTime"].is_null());
  CHECK(row["strategyName"] == "sma");
  CHECK(row["_isScheduled"] == false);
  CHECK(read("schedule", name + "BTCUSDT").is_null());
  CHECK(read("strategy", name + "strategy")["pendingSignalId"] == "x1");
  CHECK(read("strategy", name + "strategy")["isPaused"] == true);
  CHECK(read("partial", name + "x1")["x1"]["profitLevels"] == Json::array({10, 20}));
  CHECK(read("breakeven", name + "x1")["x1"]["reached"] == true);
  CHECK(read("risk", "calm_binance/positions")[0][0] == "sma_binance_BTCUSDT");
  CHECK(std::filesystem::exists(place.path() / "signal/BTCUSDT_sma_binance/BTCUSDT.json"));

  StepData over;
  over.save(journal, kBtc);
  CHECK(read("signal", name + "BTCUSDT").is_null());
  CHECK(read("partial", name + "x1").empty());
  CHECK(read("risk", "calm_binance/positions").empty());
}

TEST_CASE("a position that only the reference knows is not forgotten in silence", "[journal]") {
  JournalPlace place("json");
  FolderStore files(place.path(), true);
  files.write("signal", "BTCUSDT_sma_binance/BTCUSDT", "{\"id\":\"x\"}");
  CHECK_THROWS_WITH(place.reopen().load(kBtc),
                    Catch::Contains("signal/BTCUSDT_sma_binance was not written by btkhost"));
  files.write("signal", "BTCUSDT_sma_binance/BTCUSDT", "null");
  CHECK_FALSE(place.reopen().load(kBtc));
}

TEST_CASE("two traders whose names read alike do not share a state", "[journal]") {
  JournalPlace place("json");
  const TraderKey first{"BTC", "a_b", "c"}, second{"BTC_a", "b", "c"};
  Journal& journal = place.reopen();
  journal.start_session(session_of({first}));
  StepData().save(journal, first);
  CHECK_THROWS_WITH(journal.load(second), Catch::Contains("another trader"));
}

TEST_CASE("file names hold what a file system takes, and differ where the names do", "[journal]") {
  CHECK(file_name_of("BTCUSDT_sma-x.1") == "BTCUSDT_sma-x.1");
  CHECK(file_name_of("..") == "%2E.");
  CHECK(file_name_of("a/b%") == "a%2Fb%25");
  CHECK(file_name_of("") == "%");
  const std::string longer(300, 'x');
  CHECK(file_name_of(longer).size() == 100);
  CHECK(file_name_of(longer) != file_name_of(longer + "y"));
}

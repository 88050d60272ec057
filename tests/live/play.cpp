#include "tests/live/play.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <random>

#include "host/journal/open.h"

namespace btk::test {

namespace {
constexpr double kPatience = 300;  ///< wall seconds for a part of a session; machines may be slow
}

Play::Play(const Words& market, const std::string& start, std::vector<std::string> symbols) : symbols_(std::move(symbols)) {
  Words words = market;
  for (const std::string& word : {std::string("--start"), start, std::string("--end"), start, std::string("--clients"),
                                  std::to_string(symbols_.size()), std::string("--grace-ms"), std::string("60000")}) {
    words.push_back(word);
  }
  exchange_.emplace(folder_, words);
}

void Play::write(const std::string& file, const std::string& text) const {
  // As editors do: a new file takes the old one's place.
  const auto path = folder_ / file;
  std::ofstream(path.string() + ".new", std::ios::binary) << text;
  std::filesystem::rename(path.string() + ".new", path);
}

bool Play::all_wait(Timestamp moment) const {
  const Json clock = exchange_->get("/clock");
  return clock.at("now").get<Timestamp>() >= moment && clock.at("ended").get<bool>() &&
         clock.at("waiting").get<std::size_t>() >= symbols_.size();
}

void Play::start(const Words& words, bool wait) {
  std::string list;
  for (const std::string& symbol : symbols_) list += (list.empty() ? "" : ",") + symbol;
  Words all = btkhost({"paper"});
  all.insert(all.end(), words.begin(), words.end());
  for (const std::string& word : {std::string("--symbols"), list, std::string("--clock"), exchange_->clock(), std::string("--no-report")}) {
    all.push_back(word);
  }
  process_.reset();
  const auto begun = [this] {
    const std::string text = err();
    std::size_t count = 0;
    for (auto at = text.find(" paper: session "); at != std::string::npos; at = text.find(" paper: session ", at + 1)) ++count;
    return count;
  };
  const std::size_t before = begun();
  process_.emplace(Process::Setup{.words = all,
                                  .environment = exchange_->environment(),
                                  .out = folder_ / "paper.out",
                                  .err = folder_ / "paper.err",
                                  .folder = folder_.path()});
  if (!wait) return;
  // The server may still count the traders of a process that was killed: signals are sent to one that has begun.
  const bool there = eventually([&] { return begun() > before || process_->ended(); }, kPatience);
  INFO(err());
  REQUIRE(there);
  go_to(exchange_->now());
}

void Play::go_to(Timestamp moment) {
  exchange_->post("/admin/advance", {{"to", moment}});
  const bool there = eventually([&] { return all_wait(moment) || process_->ended(); }, kPatience);
  INFO(err());
  REQUIRE(there);
  REQUIRE_FALSE(process_->ended());
}

int Play::end(int signal) {
  process_->send(signal);
  const auto end = process_->wait(kPatience);
  INFO(err());
  REQUIRE(end);
  return end->code;
}

Result Play::run(const Words& words) {
  Process program({.words = btkhost(words),
                   .environment = exchange_->environment(),
                   .out = folder_ / "other.out",
                   .err = folder_ / "other.err",
                   .folder = folder_.path()});
  const auto end = program.wait(kPatience);
  Result result{end ? end->code : -1, read_text(folder_ / "other.out"), read_text(folder_ / "other.err")};
  std::filesystem::remove(folder_ / "other.err");  // it is appended to
  return result;
}

Result Play::replay(const Words& words) {
  Words all = {"replay"};
  all.insert(all.end(), words.begin(), words.end());
  return run(all);
}

template <typename Read>
auto Play::from_journal(const std::string& symbol, Read read) {
  using namespace host;
  Journal journal(open_journal(JournalKind::sqlite, folder_ / "dump" / "data", "paper", Database::Mode::existing));
  const SessionInfo session = journal.sessions().back();
  for (const TraderKey& key : session.traders) {
    if (key.symbol == symbol) return read(journal, session.id, key);
  }
  throw std::runtime_error(symbol + " was not traded");
}

std::string Play::decisions(const std::string& symbol) {
  return from_journal(symbol, [](host::Journal& journal, const std::string& id, const host::TraderKey& key) {
    return journal.decisions(id, key);
  });
}

std::vector<Candle> Play::candles(const std::string& symbol) {
  return from_journal(symbol, [&](host::Journal& journal, const std::string& id, const host::TraderKey& key) {
    return journal.candles(id, key, symbol);
  });
}

std::vector<Candle> write_market(const std::filesystem::path& file, const std::string& start, int minutes, unsigned seed) {
  std::mt19937 random(seed);
  std::ofstream out(file);
  out << "timestamp,open,high,low,close,volume\n";
  std::vector<Candle> candles;
  int close = 1'000'000;  // cents
  for (int i = 0; i < minutes; ++i) {
    const auto step = [&random](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
    const int open = close;
    close = open + step(2001) - 1000;
    const Candle candle{*parse_date(start) + i * kMinute, open / 100.0, (std::max(open, close) + step(500)) / 100.0,
                        (std::min(open, close) - step(500)) / 100.0, close / 100.0, 1.0 + step(100)};
    out << fmt::format("{},{:.2f},{:.2f},{:.2f},{:.2f},{:.0f}\n", candle.timestamp, candle.open, candle.high, candle.low,
                       candle.close, candle.volume);
    candles.push_back(candle);
  }
  return candles;
}

bool long_mode() {
  const char* wanted = std::getenv("BTK_LONG");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

}  // namespace btk::test

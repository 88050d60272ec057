#include "host/journal/sqlite_journal.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "engine/error.h"
#include "host/journal/candle_checksum.h"
#include "host/journal/state_json.h"
#include "host/store/migrations.h"

namespace btk::host {
namespace {

constexpr const char* kJournalMigrations[] = {
    // States belong to traders, tracks are what a trader left in a session. `bytes` of a candle: open, high,
    // low, close, volume as little-endian doubles.
    "create table journal_states (symbol text not null, strategy text not null, exchange text not null,"
    "  body text not null, primary key (symbol, strategy, exchange)) strict, without rowid;"
    "create table journal_sessions (id integer primary key, name text not null unique, body text not null)"
    "  strict;"
    "create table journal_tracks (id integer primary key, session integer not null, symbol text not null,"
    "  strategy text not null, exchange text not null, heritage text,"
    "  unique (session, symbol, strategy, exchange)) strict;"
    "create table journal_candles (track integer not null, symbol text not null, time integer not null,"
    "  bytes blob not null, primary key (track, symbol, time)) strict, without rowid;"
    "create table journal_entries (track integer not null, kind integer not null, number integer not null,"
    "  body text not null, primary key (track, kind, number)) strict, without rowid;",
    // candle_checksum.h; null: recorded before there were checksums.
    "alter table journal_candles add column checksum integer",
};

// Kinds of journal_entries. Part of the file's format.
constexpr std::int64_t kInput = 1;
constexpr std::int64_t kDecisions = 2;
constexpr std::int64_t kFinished = 3;
constexpr std::int64_t kGaps = 4;

Statement& bind(Statement& statement, int parameter, const TraderKey& key) {
  return statement.bind(parameter, key.symbol)
      .bind(parameter + 1, key.strategy_name)
      .bind(parameter + 2, key.exchange_name);
}

std::string body_of(const StepRecord& record) {
  Json risk = Json::array();
  for (const RiskHold& hold : record.risk) risk.push_back(encode(hold));
  return dump_json({{"state", encode(*record.state)}, {"risk", std::move(risk)}});
}

}  // namespace

SqliteJournal::SqliteJournal(const std::filesystem::path& path, Database::Mode mode, FaultPlan faults)
    : subject_("journal " + path.string()), faults_(faults), database_(path, mode, "journal") {
  if (mode == Database::Mode::create) database_.run("pragma journal_mode = wal");
  database_.run("pragma synchronous = normal");
  migrate(database_, "journal_schema", subject_, kJournalMigrations);
}

std::string SqliteJournal::open_session(const SessionInfo& info) {
  wait_for_disk(true);
  Transaction transaction(database_);
  SessionInfo session = info;
  for (int n = 2; find_session(session.id); ++n) session.id = fmt::format("{}-{}", info.id, n);
  {
    const std::string body = encode_text(session);
    Statement insert(database_, "insert into journal_sessions (name, body) values (?, ?)");
    insert.bind(1, session.id).bind(2, body).step();
  }
  session_ = sqlite3_last_insert_rowid(database_.handle());
  tracks_.clear();
  for (const TraderKey& key : session.traders) add_track(session_, key);
  faults_.point();
  transaction.commit();
  faults_.point();
  return session.id;
}

void SqliteJournal::continue_session(const std::string& id) {
  const auto found = find_session(id);
  if (!found) throw Error(fmt::format("{} has no session {}", subject_, id));
  session_ = *found;
  tracks_.clear();
}

std::optional<SavedTrader> SqliteJournal::load(const TraderKey& key) {
  const auto body = state_text(key);
  if (!body) return std::nullopt;
  try {
    auto saved = decode_text<Heritage>(*body);
    Statement name(database_, "select name from journal_sessions where id = ?");
    const std::string session = name.bind(1, session_).step() ? name.text(0) : std::string();
    return SavedTrader{std::move(saved.state), std::move(saved.risk), decisions(session, key),
                       finished(session, key)};
  } catch (const Error& problem) {
    throw Error(fmt::format("{}: the state of {} cannot be read: {}", subject_, key.symbol, problem.what()));
  }
}

void SqliteJournal::save(const StepRecord& record) {
  wait_for_disk(record.durable);
  faults_.point();
  Transaction transaction(database_);
  faults_.point();
  const std::int64_t track = present_track(record.key);
  {
    const std::string body = body_of(record);
    Statement replace(database_, "replace into journal_states values (?, ?, ?, ?)");
    bind(replace, 1, record.key).bind(4, body).step();
  }
  faults_.point();
  if (!record.candles.empty()) {
    Statement insert(database_, "insert or ignore into journal_candles (track, symbol, time, bytes, checksum) "
                     "values (?, ?, ?, ?, ?)");
    for (const SeenCandles& seen : record.candles) {
      for (const Candle& c : seen.candles) {
        const std::array<double, 5> bytes = {c.open, c.high, c.low, c.close, c.volume};
        insert.bind(1, track)
            .bind(2, seen.symbol)
            .bind(3, c.timestamp)
            .bind(4, std::as_bytes(std::span(bytes)))
            .bind(5, std::int64_t{candle_checksum(seen.symbol, c)});
        insert.step();
        insert.reset();
      }
    }
  }
  faults_.point();
  const auto add = [&](std::int64_t kind, std::string_view body) {
    Statement insert(database_,
                     "insert into journal_entries values (?1, ?2, 1 + (select coalesce(max(number), 0) from "
                     "journal_entries where track = ?1 and kind = ?2), ?3)");
    insert.bind(1, track).bind(2, kind).bind(3, body).step();
    faults_.point();
  };
  for (const lua::RunInput& input : record.inputs) add(kInput, encode_text(input));
  if (!record.decisions.empty()) add(kDecisions, record.decisions);
  for (const FinishedSignal& signal : record.finished) add(kFinished, encode_text(signal));
  if (!record.gaps.empty()) {
    add(kGaps, encode_text(std::vector<Gap>(record.gaps.begin(), record.gaps.end())));
  }
  transaction.commit();
  faults_.point();
}

std::vector<SessionInfo> SqliteJournal::sessions() {
  Statement rows(database_, "select body from journal_sessions order by id");
  std::vector<SessionInfo> list;
  while (rows.step()) list.push_back(decode_text<SessionInfo>(rows.text(0)));
  return list;
}

std::optional<Heritage> SqliteJournal::heritage(const std::string& session, const TraderKey& key) {
  const auto track = find_track(session, key);
  if (!track) return std::nullopt;
  Statement row(database_, "select heritage from journal_tracks where id = ? and heritage is not null");
  if (!row.bind(1, *track).step()) return std::nullopt;
  return decode_text<Heritage>(row.text(0));
}

std::vector<std::string> SqliteJournal::symbols(const std::string& session, const TraderKey& key) {
  std::vector<std::string> names;
  if (const auto track = find_track(session, key)) {
    Statement rows(database_, "select distinct symbol from journal_candles where track = ? order by symbol");
    rows.bind(1, *track);
    while (rows.step()) names.push_back(rows.text(0));
  }
  return names;
}

std::vector<Candle> SqliteJournal::candles(const std::string& session, const TraderKey& key,
                                           const std::string& symbol) {
  std::vector<Candle> list;
  for_each_candle(session, key, symbol, [&](const Candle& candle, std::optional<std::int64_t>) { list.push_back(candle); });
  return list;
}

std::vector<Timestamp> SqliteJournal::altered(const std::string& session, const TraderKey& key,
                                              const std::string& symbol) {
  std::vector<Timestamp> list;
  for_each_candle(session, key, symbol, [&](const Candle& candle, std::optional<std::int64_t> checksum) {
    if (checksum && *checksum != candle_checksum(symbol, candle)) list.push_back(candle.timestamp);
  });
  return list;
}

void SqliteJournal::for_each_candle(
    const std::string& session, const TraderKey& key, const std::string& symbol,
    const std::function<void(const Candle& candle, std::optional<std::int64_t> checksum)>& visit) {
  const auto track = find_track(session, key);
  if (!track) return;
  Statement rows(database_,
                 "select time, bytes, checksum, checksum is null from journal_candles where track = ? and symbol = ? "
                 "order by time");
  rows.bind(1, *track).bind(2, symbol);
  while (rows.step()) {
    std::array<double, 5> v{};
    const auto bytes = rows.bytes(1);
    if (bytes.size() != sizeof v)
      throw Error(fmt::format("{} is damaged: a candle has the wrong size", subject_));
    std::memcpy(v.data(), bytes.data(), sizeof v);
    const bool unchecked = rows.integer(3) != 0;
    visit({rows.integer(0), v[0], v[1], v[2], v[3], v[4]},
          unchecked ? std::nullopt : std::optional(rows.integer(2)));
  }
}

std::vector<lua::RunInput> SqliteJournal::inputs(const std::string& session, const TraderKey& key) {
  std::vector<lua::RunInput> list;
  for (const std::string& body : entries(session, key, kInput)) {
    list.push_back(decode_text<lua::RunInput>(body));
  }
  return list;
}

std::string SqliteJournal::decisions(const std::string& session, const TraderKey& key) {
  std::string text;
  for (const std::string& body : entries(session, key, kDecisions)) text += body;
  return text;
}

std::vector<FinishedSignal> SqliteJournal::finished(const std::string& session, const TraderKey& key) {
  std::vector<FinishedSignal> list;
  for (const std::string& body : entries(session, key, kFinished)) {
    list.push_back(decode_text<FinishedSignal>(body));
  }
  return list;
}

std::vector<Gap> SqliteJournal::gaps(const std::string& session, const TraderKey& key) {
  std::vector<Gap> list;
  for (const std::string& body : entries(session, key, kGaps)) {
    const auto more = decode_text<std::vector<Gap>>(body);
    list.insert(list.end(), more.begin(), more.end());
  }
  return list;
}

std::optional<std::string> SqliteJournal::state_text(const TraderKey& key) {
  Statement row(database_,
                "select body from journal_states where symbol = ? and strategy = ? and exchange = ?");
  if (!bind(row, 1, key).step()) return std::nullopt;
  return row.text(0);
}

std::optional<std::int64_t> SqliteJournal::find_session(const std::string& id) {
  Statement row(database_, "select id from journal_sessions where name = ?");
  if (!row.bind(1, id).step()) return std::nullopt;
  return row.integer(0);
}

std::optional<std::int64_t> SqliteJournal::find_track(std::int64_t session, const TraderKey& key) {
  Statement row(
      database_,
      "select id from journal_tracks where session = ? and symbol = ? and strategy = ? and exchange = ?");
  row.bind(1, session);
  if (!bind(row, 2, key).step()) return std::nullopt;
  return row.integer(0);
}

std::optional<std::int64_t> SqliteJournal::find_track(const std::string& session, const TraderKey& key) {
  const auto found = find_session(session);
  return found ? find_track(*found, key) : std::nullopt;
}

std::int64_t SqliteJournal::add_track(std::int64_t session, const TraderKey& key) {
  const auto state = state_text(key);
  Statement insert(
      database_,
      "insert into journal_tracks (session, symbol, strategy, exchange, heritage) values (?, ?, ?, ?, ?)");
  insert.bind(1, session);
  bind(insert, 2, key);
  if (state) insert.bind(5, *state);
  insert.step();
  return sqlite3_last_insert_rowid(database_.handle());
}

std::int64_t SqliteJournal::present_track(const TraderKey& key) {
  const auto known = tracks_.find(key);
  if (known != tracks_.end()) return known->second;
  const auto found = find_track(session_, key);
  const std::int64_t track = found ? *found : add_track(session_, key);
  tracks_.emplace(key, track);
  return track;
}

std::vector<std::string> SqliteJournal::entries(const std::string& session, const TraderKey& key,
                                                std::int64_t kind) {
  std::vector<std::string> list;
  if (const auto track = find_track(session, key)) {
    Statement rows(database_,
                   "select body from journal_entries where track = ? and kind = ? order by number");
    rows.bind(1, *track).bind(2, kind);
    while (rows.step()) list.push_back(rows.text(0));
  }
  return list;
}

// In WAL mode NORMAL leaves a commit to the system, FULL syncs the log: with it all commits before.
void SqliteJournal::wait_for_disk(bool durable) {
  if (durable == durable_) return;
  database_.run(durable ? "pragma synchronous = full" : "pragma synchronous = normal");
  durable_ = durable;
}

}  // namespace btk::host

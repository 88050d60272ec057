#include "host/ledger/ledger.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "host/store/migrations.h"

namespace btk::host {
namespace {

// Entry i takes a ledger from version i to i + 1. Never change one that was released: add the next.
constexpr const char* kLedgerMigrations[] = {
    // `key` is TrialKey::hash(). `metrics` repeats what follows from the trades, for readers with other
    // tools.
    "create table trials (id integer primary key, key text not null unique, family text not null,"
    "  strategy_name text not null, script_hash text not null, params text not null, symbols text not null,"
    "  exchange text not null, candles text not null, settings text not null, period_from integer not null,"
    "  period_to integer not null, made_by text not null, made_at integer not null, run_hash text not null,"
    "  metrics text not null, script_errors integer not null, first_error text not null, trades blob not "
    "null) strict;"
    "create index trials_of_family on trials (family, strategy_name);",
    // Signals that came to nothing; of trials made before this nobody knows, and they have none.
    "alter table trials add column refused integer not null default 0;"
    "alter table trials add column refused_at integer not null default 0;"
    "alter table trials add column first_refused text not null default '';"
    "alter table trials add column rejected integer not null default 0;"
    "alter table trials add column rejected_at integer not null default 0;"
    "alter table trials add column first_rejected text not null default '';",
};

constexpr std::string_view kTrialColumns =
    "family, strategy_name, script_hash, params, symbols, exchange, candles, settings, period_from, "
    "period_to,"
    " made_by, made_at, run_hash, script_errors, first_error, trades, refused, refused_at, first_refused,"
    " rejected, rejected_at, first_rejected";
constexpr int kTradesColumn = 15;

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFields = 6;

// The blob: how many trades, then a column of doubles per field (little-endian as x86-64 has them, NaN where
// a snapshot is missing).
std::vector<double> packed(const std::vector<ClosedTrade>& trades) {
  const std::size_t n = trades.size();
  std::vector<double> out(1 + kFields * n);
  out[0] = static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const ClosedTrade& t = trades[i];
    const std::array<double, kFields> values{
        t.pending_at,     t.close_timestamp,          t.close_price,
        t.pnl_percentage, t.peak_pnl.value_or(kAbsent), t.fall_pnl.value_or(kAbsent)};
    for (std::size_t k = 0; k < kFields; ++k) out[1 + k * n + i] = values[k];
  }
  return out;
}

// Nothing when the bytes are no such blob.
std::optional<std::vector<ClosedTrade>> unpacked(std::span<const std::byte> bytes) {
  const std::size_t words = bytes.size() / sizeof(double);
  if (words == 0 || bytes.size() % sizeof(double) != 0 || (words - 1) % kFields != 0) return std::nullopt;
  std::vector<double> in(words);
  std::memcpy(in.data(), bytes.data(), bytes.size());
  const std::size_t n = (words - 1) / kFields;
  if (in[0] != static_cast<double>(n)) return std::nullopt;
  const auto field = [&](std::size_t k, std::size_t i) { return in[1 + k * n + i]; };
  const auto snapshot = [&](std::size_t k, std::size_t i) {
    return std::isnan(field(k, i)) ? std::nullopt : std::optional(field(k, i));
  };
  std::vector<ClosedTrade> trades;
  trades.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    trades.push_back({.id = {},
                      .pending_at = field(0, i),
                      .close_timestamp = field(1, i),
                      .close_price = field(2, i),
                      .pnl_percentage = field(3, i),
                      .peak_pnl = snapshot(4, i),
                      .fall_pnl = snapshot(5, i)});
  }
  return trades;
}

// Of three columns beginning with `column`.
TurnedAway turned_away(Statement& row, int column) {
  return {.count = row.integer(column), .first_at = row.integer(column + 1), .first = std::string(row.text(column + 2))};
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& path, Database::Mode mode, int busy_ms)
    : path_(path.string()), database_(path, mode, "ledger", busy_ms) {
  if (mode == Database::Mode::create) {
    database_.run("pragma journal_mode = wal");
    database_.run("pragma synchronous = normal");
  }
  migrate(database_, "ledger_schema", "ledger " + path_, kLedgerMigrations);
}

void Ledger::check_writable() {
  const std::lock_guard lock(mutex_);
  database_.run("begin immediate");
  database_.run("rollback");
}

bool Ledger::add(const Trial& trial, const TradeStats& stats) {
  const TrialKey& k = trial.key;
  const std::string key = k.hash(), metrics = metrics_json(stats);
  const std::vector<double> trades = packed(trial.trades);
  const std::lock_guard lock(mutex_);
  Statement row(
      database_,
      fmt::format("insert into trials ({}, key, metrics) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                  " on conflict (key) do nothing returning id",
                  kTrialColumns));
  row.bind(1, k.family).bind(2, k.strategy_name).bind(3, k.script_hash).bind(4, k.params).bind(5, k.symbols);
  row.bind(6, k.exchange).bind(7, k.candles).bind(8, k.settings).bind(9, k.from).bind(10, k.to);
  row.bind(11, trial.made_by).bind(12, trial.made_at).bind(13, trial.run_hash).bind(14, trial.script_errors);
  row.bind(15, trial.first_error).bind(16, std::as_bytes(std::span(trades)));
  row.bind(17, trial.refused.count).bind(18, trial.refused.first_at).bind(19, trial.refused.first);
  row.bind(20, trial.rejected.count).bind(21, trial.rejected.first_at).bind(22, trial.rejected.first);
  row.bind(23, key).bind(24, metrics);
  const bool fresh = row.step();
  while (fresh && row.step()) {
  }
  return fresh;
}

std::optional<Trial> Ledger::find(const TrialKey& key) {
  const std::string hash = key.hash();
  const std::lock_guard lock(mutex_);
  Statement row(database_, fmt::format("select {} from trials where key = ?", kTrialColumns));
  row.bind(1, hash);
  std::vector<Trial> found = read(row);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Trial> Ledger::trials(const std::string& family, const std::string& strategy_name) {
  const std::lock_guard lock(mutex_);
  Statement rows(
      database_,
      fmt::format("select {} from trials where family = ?1 and (?2 = '' or strategy_name = ?2) order by key",
                  kTrialColumns));
  rows.bind(1, family).bind(2, strategy_name);
  return read(rows);
}

std::vector<Trial> Ledger::read(Statement& rows) {
  std::vector<Trial> found;
  while (rows.step()) {
    Trial t;
    TrialKey& k = t.key;
    int column = 0;
    for (std::string* text : {&k.family, &k.strategy_name, &k.script_hash, &k.params, &k.symbols, &k.exchange,
                              &k.candles, &k.settings}) {
      *text = rows.text(column++);
    }
    k.from = rows.integer(8), k.to = rows.integer(9);
    t.made_by = rows.text(10), t.made_at = rows.integer(11), t.run_hash = rows.text(12);
    t.script_errors = rows.integer(13), t.first_error = rows.text(14);
    auto trades = unpacked(rows.bytes(kTradesColumn));
    if (!trades) throw Error(fmt::format("ledger {} is damaged; move it away", path_));
    t.trades = std::move(*trades);
    t.refused = turned_away(rows, 16);
    t.rejected = turned_away(rows, 19);
    found.push_back(std::move(t));
  }
  return found;
}

std::string family_of(const std::filesystem::path& script) {
  std::error_code ignored;
  const auto path = std::filesystem::weakly_canonical(script, ignored);
  return (path.empty() ? script : path).string();
}

}  // namespace btk::host

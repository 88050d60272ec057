// Every kind of journal in a place where it can be closed and opened again, and random steps to save.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "host/journal/document_journal.h"
#include "host/journal/folder_store.h"
#include "host/journal/function_store.h"
#include "host/journal/memory_journal.h"
#include "host/journal/sqlite_journal.h"
#include "tests/host/journal_states.h"
#include "tests/support/temp_folder.h"

namespace btk::test {

/// One kind of journal: "sqlite", "json", "script" or "memory".
class JournalPlace {
 public:
  explicit JournalPlace(std::string kind) : kind_(std::move(kind)) {}

  std::filesystem::path path() const {
    return folder_.path() / (kind_ == "sqlite" ? "paper.sqlite" : "paper");
  }

  std::unique_ptr<host::JournalBackend> backend(host::FaultPlan faults = {}) {
    using namespace host;
    if (kind_ == "sqlite") return std::make_unique<SqliteJournal>(path(), Database::Mode::create, faults);
    if (kind_ == "json") {
      return std::make_unique<DocumentJournal>(std::make_unique<FolderStore>(path(), true, faults));
    }
    if (kind_ == "script") {
      return std::make_unique<DocumentJournal>(std::make_unique<FunctionStore>(functions(), "paper"));
    }
    return std::make_unique<MemoryJournal>();
  }

  /// The journal as a new process finds it. That of the memory kind stays.
  host::Journal& reopen() {
    if (kind_ == "memory" && journal_) return *journal_;
    journal_.reset();
    journal_ = std::make_unique<host::Journal>(backend());
    return *journal_;
  }

  host::PersistFunctions functions() {
    return {[this](const std::string& kind, const std::string& key) -> std::optional<std::string> {
              const auto found = documents_.find({kind, key});
              if (found == documents_.end()) return std::nullopt;
              return found->second;
            },
            [this](const std::string& kind, const std::string& key, const std::string& json) {
              documents_[{kind, key}] = json;
            },
            [this](const std::string& kind, const std::string& key) {
              return documents_.count({kind, key}) > 0;
            },
            [this](const std::string& kind) {
              std::vector<std::string> keys;
              for (const auto& [name, json] : documents_) {
                if (name.first == kind) keys.push_back(name.second);
              }
              return keys;
            }};
  }

  /// Makes the recorded candle of `minute`, whose open is 2, one of which it is 3: behind the journal's back.
  void alter_candle(Timestamp minute) {
    journal_.reset();
    if (kind_ == "sqlite") {
      host::Database file(path(), host::Database::Mode::existing, "journal");
      const std::string sql = "update journal_candles set bytes = cast(x'0000000000000840' || substr(bytes, 9) as blob) where time = " + std::to_string(minute);
      file.run(sql.c_str());
      return;
    }
    const std::string old = "[" + std::to_string(minute) + ",2";
    const auto alter = [&](std::string text) {
      if (const auto at = text.find(old); at != std::string::npos) text[at + old.size() - 1] = '3';
      return text;
    };
    for (auto& [name, json] : documents_) json = alter(json);
    if (kind_ != "json") return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path())) {
      if (!entry.is_regular_file()) continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      std::ofstream(entry.path()) << alter(text.str());
    }
  }

 private:
  std::string kind_;
  TempFolder folder_;
  std::map<std::pair<std::string, std::string>, std::string> documents_;
  std::unique_ptr<host::Journal> journal_;
};

/// A step with all that its record points to.
struct StepData {
  TraderState state;
  std::vector<host::RiskHold> risk;
  std::vector<std::pair<std::string, std::vector<Candle>>> candles;
  std::vector<lua::RunInput> inputs;
  std::string decisions;
  std::vector<FinishedSignal> finished;
  std::vector<Gap> gaps;
  bool durable = false;

  void save(host::Journal& journal, const host::TraderKey& key) const {
    std::vector<host::SeenCandles> seen;
    for (const auto& [symbol, list] : candles) seen.push_back({symbol, list});
    journal.save({key, &state, risk, seen, inputs, decisions, finished, gaps, durable});
  }
};

inline StepData random_step(RandomStates& random) {
  StepData step;
  step.state = random.state();
  for (std::size_t n = random.below(3); n > 0; --n) {
    step.risk.push_back(random.hold());
    step.risk.back().profile += std::to_string(n);  // one place per profile
  }
  for (const char* symbol : {"BTCUSDT", "ETHUSDT"}) {
    if (random.flag()) continue;
    std::vector<Candle> list;
    Timestamp t = static_cast<Timestamp>(random.below(60)) * kMinute;
    for (std::size_t n = random.below(5); n > 0; --n, t += kMinute) {
      list.push_back(
          {t, random.number(), random.number(), random.number(), random.number(), random.number()});
    }
    step.candles.emplace_back(symbol, std::move(list));
  }
  for (std::size_t n = random.below(3); n > 0; --n) step.inputs.push_back(random.input());
  for (std::size_t n = random.below(3); n > 0; --n) step.decisions += random.text() + "\n";
  for (std::size_t n = random.below(2); n > 0; --n) step.finished.push_back(random.finished());
  for (std::size_t n = random.below(2); n > 0; --n) step.gaps.push_back({random.time(), random.below(100)});
  step.durable = random.below(4) == 0;
  return step;
}

/// Everything that a journal tells about a trader in a session, to the bit.
inline std::string all_of(host::Journal& journal, const std::string& session, const host::TraderKey& key) {
  Bits all;
  all.add(journal.heritage(session, key));
  const std::vector<std::string> symbols = journal.symbols(session, key);
  all.add(symbols);
  for (const std::string& symbol : symbols) all.add(journal.candles(session, key, symbol));
  all.add(journal.inputs(session, key));
  all.add(journal.decisions(session, key));
  all.add(journal.finished(session, key));
  all.add(journal.gaps(session, key));
  return all.text();
}

inline host::SessionInfo session_of(std::vector<host::TraderKey> traders) {
  host::SessionInfo info;
  info.mode = "paper";
  info.started_at = 1677628800000;  // 2023-03-01
  info.script_hash = "abc";
  info.files = {"a.lua", "b.lua"};
  info.seed = 18446744073709551615u;
  info.settings = {{"clock", "wall"}, {"risk", "shared"}};
  info.params = {{"fast", "5"}, {"mode", "calm"}};
  info.traders = std::move(traders);
  return info;
}

}  // namespace btk::test

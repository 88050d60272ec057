// The journal as JSON documents in the reference's layout (analytics.md 5): signal, schedule, strategy, risk,
// partial and breakeven, and beside them ours: journal (one per session) and a list of steps per trader and
// session (candles, inputs, decisions, finished signals, gaps).
//
// A step is first appended to its list; then the strategy document is replaced, which holds the whole state
// and how many steps count: that is the moment from which the step is done. The other documents repeat parts
// of the state for those who read the reference's files. They come last, the new position before the limit
// order that it was goes away; nothing is read back from them, and the next step mends what a crash left
// behind.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "host/journal/document_store.h"
#include "host/journal/journal.h"
#include "host/journal/state_json.h"

namespace btk::host {

class DocumentJournal : public JournalBackend {
 public:
  explicit DocumentJournal(std::unique_ptr<DocumentStore> store);

  std::string open_session(const SessionInfo& info) override;
  void continue_session(const std::string& id) override;
  std::optional<SavedTrader> load(const TraderKey& key) override;
  void save(const StepRecord& record) override;
  std::vector<SessionInfo> sessions() override;
  std::optional<Heritage> heritage(const std::string& session, const TraderKey& key) override;
  std::vector<std::string> symbols(const std::string& session, const TraderKey& key) override;
  std::vector<Candle> candles(const std::string& session, const TraderKey& key,
                              const std::string& symbol) override;
  std::vector<Timestamp> altered(const std::string& session, const TraderKey& key,
                                 const std::string& symbol) override;
  std::vector<lua::RunInput> inputs(const std::string& session, const TraderKey& key) override;
  std::string decisions(const std::string& session, const TraderKey& key) override;
  std::vector<FinishedSignal> finished(const std::string& session, const TraderKey& key) override;
  std::vector<Gap> gaps(const std::string& session, const TraderKey& key) override;

 private:
  struct Trader {
    std::map<std::string, std::size_t> steps;  // that count, by session
    std::string signal_id;                     // whose levels were written last
  };
  /// The strategy document of a trader with a state. Throws when it belongs to another trader.
  std::optional<Json> commit_of(const TraderKey& key);
  Trader& trader(const TraderKey& key);
  std::vector<Json> steps(const std::string& session, const TraderKey& key);
  void write_changed(const std::string& kind, const std::string& key, const Json& json);
  void write_rows(const StepRecord& record);
  void write_levels(const StepRecord& record);
  void write_risk(const StepRecord& record);

  std::unique_ptr<DocumentStore> store_;
  std::string session_;
  std::map<TraderKey, Trader> traders_;
  std::map<std::pair<std::string, std::string>, std::string> written_;  // by kind and key
  // What the traders of this run hold, by profile and exchange.
  std::map<std::pair<std::string, std::string>, std::map<TraderKey, RiskPosition>> risk_;
};

}  // namespace btk::host

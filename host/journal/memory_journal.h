// Journals that leave nothing on disk: one keeps everything for as long as the process lives, the other
// keeps nothing at all.
#pragma once

#include <map>

#include "host/journal/journal.h"

namespace btk::host {

class MemoryJournal : public JournalBackend {
 public:
  std::string open_session(const SessionInfo& info) override;
  void continue_session(const std::string& id) override;
  std::optional<SavedTrader> load(const TraderKey& key) override;
  void save(const StepRecord& record) override;
  std::vector<SessionInfo> sessions() override;
  std::optional<Heritage> heritage(const std::string& session, const TraderKey& key) override;
  std::vector<std::string> symbols(const std::string& session, const TraderKey& key) override;
  std::vector<Candle> candles(const std::string& session, const TraderKey& key,
                              const std::string& symbol) override;
  std::vector<Timestamp> altered(const std::string&, const TraderKey&, const std::string&) override {
    return {};  // nobody can reach them
  }
  std::vector<lua::RunInput> inputs(const std::string& session, const TraderKey& key) override;
  std::string decisions(const std::string& session, const TraderKey& key) override;
  std::vector<FinishedSignal> finished(const std::string& session, const TraderKey& key) override;
  std::vector<Gap> gaps(const std::string& session, const TraderKey& key) override;

 private:
  // What one trader left in one session.
  struct Track {
    std::optional<Heritage> heritage;
    std::map<std::string, std::map<Timestamp, Candle>> candles;
    std::vector<lua::RunInput> inputs;
    std::string decisions;
    std::vector<FinishedSignal> finished;
    std::vector<Gap> gaps;
  };
  const Track& track(const std::string& session, const TraderKey& key) const;

  std::vector<SessionInfo> sessions_;
  std::string session_;
  std::map<TraderKey, Heritage> states_;
  std::map<std::pair<std::string, TraderKey>, Track> tracks_;
};

/// Remembers nothing: every start is the first one.
class DummyJournal : public JournalBackend {
 public:
  std::string open_session(const SessionInfo& info) override { return info.id; }
  void continue_session(const std::string&) override {}
  std::optional<SavedTrader> load(const TraderKey&) override { return std::nullopt; }
  void save(const StepRecord&) override {}
  std::vector<SessionInfo> sessions() override { return {}; }
  std::optional<Heritage> heritage(const std::string&, const TraderKey&) override { return std::nullopt; }
  std::vector<std::string> symbols(const std::string&, const TraderKey&) override { return {}; }
  std::vector<Candle> candles(const std::string&, const TraderKey&, const std::string&) override {
    return {};
  }
  std::vector<Timestamp> altered(const std::string&, const TraderKey&, const std::string&) override {
    return {};
  }
  std::vector<lua::RunInput> inputs(const std::string&, const TraderKey&) override { return {}; }
  std::string decisions(const std::string&, const TraderKey&) override { return {}; }
  std::vector<FinishedSignal> finished(const std::string&, const TraderKey&) override { return {}; }
  std::vector<Gap> gaps(const std::string&, const TraderKey&) override { return {}; }
};

}  // namespace btk::host

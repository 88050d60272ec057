// Has a model write the program text of a strategy and takes it only when it
// holds (optimizer-cli.md OPT-53). What fails goes back to the model as one
// sentence, three attempts in all.
#pragma once

#include <string>

#include "lua/llm.h"
#include "optimizer/evaluate.h"

namespace btk::optimizer {

class RulesWriter {
 public:
  /// `llm` outlives the writer.
  RulesWriter(lua::LlmService& llm, Evaluate evaluate, CandlesOf candles, HistoryOf history = {})
      : llm_(llm), evaluate_(std::move(evaluate)), candles_(std::move(candles)), history_(std::move(history)) {}

  /// With `failure` when no attempt held. Throws btk::Error when the model cannot be asked.
  lua::WrittenRules write(const lua::RulesWish& wish) const;

  /// Of what goes before every conversation.
  static std::size_t instructions_bytes(const std::string& symbol, const std::string& interval);

 private:
  std::string defect_of(const lua::RulesWish& wish, const std::string& answer) const;
  std::string dry_run_defect(const lua::RulesWish& wish, const std::string& body) const;

  lua::LlmService& llm_;
  Evaluate evaluate_;
  CandlesOf candles_;
  HistoryOf history_;
};

}  // namespace btk::optimizer

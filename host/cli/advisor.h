// Tries generated strategies of the kind advisor, which ask a language model while
// they run. They run in this process, since a confined child reaches no model; the
// text is the program's own, the model's words in it are one literal, and it is held
// like any generated file.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "host/cli/interrupt.h"
#include "host/prove/prove_generated.h"
#include "lua/script.h"
#include "optimizer/llm/client.h"

namespace btk::host {

class Advisor {
 public:
  /// `script`: options of the program's scripts, with the client. `folder`: where the strategy files lie.
  /// References outlive this.
  Advisor(const lua::ScriptOptions& script, lua::ExchangeSchema exchange, std::filesystem::path folder,
          const optimizer::Client& client, Interrupt& interrupt)
      : script_(script),
        exchange_(std::move(exchange)),
        folder_(std::move(folder)),
        client_(client),
        interrupt_(interrupt) {}

  /// From any thread.
  optimizer::Outcome evaluate(const optimizer::Attempt& attempt) const;

  /// Repeats the run with recorded answers alone: nothing is asked, nothing is recorded. Where there are no
  /// recordings nothing is proven.
  Proof prove(const GeneratedWish& wish, const ProofOptions& options,
              const std::function<void(const PoolProgress&)>& tick) const;

 private:
  lua::ScriptOptions options_for(const optimizer::Attempt& attempt) const;

  const lua::ScriptOptions& script_;
  lua::ExchangeSchema exchange_;
  std::filesystem::path folder_;
  const optimizer::Client& client_;
  Interrupt& interrupt_;
};

}  // namespace btk::host

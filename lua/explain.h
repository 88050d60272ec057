// Why did it not fire? One line for every piece of work of a run inside a window of time: what the engine and the
// script saw, and what came of it (`btkhost run --explain FROM..TO`).
//
// An ExplainLog looks over the shoulder of the driving loop: it hears every Ask and every event of a trader, and the
// bindings tell it what the script answered. It changes nothing: more kinds of events are raised while it listens, the
// decisions, and so the run hash, are the same. For the script's locals the compiler is off and a hook looks at
// every return of get_signal, so such a run is slower.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <lua.hpp>

#include "engine/trader.h"

namespace btk::lua {

/// What the user wants explained.
struct ExplainWish {
  Timestamp from = 0, to = 0;  ///< moments of ticks and candles, both included
  bool locals = false;         ///< the script's locals where get_signal returned nil
};

struct ExplainRow {
  Timestamp when = 0;       ///< of a tick: the present moment; of a candle: when it opened
  bool candle = false;      ///< a candle of a position or a limit order; else a tick
  double close = 0;         ///< of the candle, or of the newest one closed by the tick; 0 without one
  double price = 0;         ///< average price of the tick or the event; 0 while there is none
  std::string outcome;      ///< "throttled", "no signal", "refused", ...
  std::string detail;       ///< a sentence; may be empty
  std::string locals;       ///< "rsi = 41.2, trend = 0.3"; empty unless they were asked for
};

class ExplainLog {
 public:
  explicit ExplainLog(ExplainWish wish) : wish_(wish) {}

  const ExplainWish& wish() const { return wish_; }
  /// Kinds of events (bits of EventKind) that a trader must raise for it.
  static std::uint32_t kinds();

  /// What advance() answered, before anybody else hears of it.
  void saw(Ask ask, const Trader& trader);

  // What the script did with the question that is open.
  void answered() { now_.answered = true; }
  void warmup(const std::string& message) { now_.warmup = message; }
  void failed(const std::string& where, const std::string& message);
  /// Locals and upvalues at a return of get_signal.
  void locals(std::string text) { now_.locals = std::move(text); }
  bool in_window(double when) const { return when >= static_cast<double>(wish_.from) && when <= static_cast<double>(wish_.to); }

  /// The rows so far, the one under way as the last.
  std::vector<ExplainRow> rows(const Trader& trader) const;

 private:
  /// What is known of the piece of work under way.
  struct Work {
    WorkKey key{0, -1};
    Timestamp when = 0;
    double price = 0, close = 0;
    bool asked = false, answered = false, idle = false;
    std::string warmup, error, refusal, rejection, holds, outcome, detail, locals;
  };

  void heard(const Event& event, const Trader& trader);
  std::optional<ExplainRow> row(const Trader& trader) const;

  ExplainWish wish_;
  Work now_;
  std::vector<ExplainRow> rows_;
};

/// From now on every return of the function on top of the stack (it is popped) hands its locals to `log`, which must
/// outlive its calls. Turns the compiler of this state off: it does not call hooks.
void watch_locals(lua_State* L, ExplainLog& log);

}  // namespace btk::lua

#include "host/cli/run_teller.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace btk::host {

// What a listener raises is an error of the run that it was told of.
template <class Tell>
void RunTeller::tell(std::size_t run, const char* listener, Timestamp when, Tell tell) {
  const Interrupt::Watch watch(interrupt_, script_.isolate());
  try {
    tell();
  } catch (const lua::ScriptFailure& e) {
    const lua::ScriptError& error = e.error();
    std::vector<lua::ReportedError>& known = told_[run].errors;
    const auto same = std::ranges::find_if(known, [&](const lua::ReportedError& k) {
      return k.where == listener && k.message == error.message && k.file == error.file && k.line == error.line;
    });
    if (same != known.end()) {
      ++same->count;
    } else {
      known.push_back({.where = listener, .message = error.message, .file = error.file, .line = error.line,
                       .traceback = error.traceback, .count = 1, .first_at = when});
    }
    well_ = false;
  } catch (const Error& e) {
    console_.note(fmt::format("script error in {}: {}", listener, e.what()));
    well_ = false;
  }
}

void RunTeller::tell_tenths(std::size_t run, int tenths, const lua::Script::FrameSpan& frame) {
  lua::RunReport report;
  report.symbol = planned_[run].symbol;
  report.strategy_name = planned_[run].strategy_name;
  report.exchange_name = planned_[run].exchange_name;
  report.frame_name = planned_[run].frame_name;
  report.frame_start = frame.first;
  report.frame_end = frame.last;
  report.frame_count = frame.ticks;
  int& told = told_[run].tenths;
  while (told < tenths && !interrupt_.requested()) {
    ++told;
    const double share = told / 10.0;
    const auto when = frame.first + static_cast<Timestamp>(static_cast<double>(frame.last - frame.first) * share);
    tell(run, "listen_backtest_progress", when, [&] { script_.announce_progress(report, share); });
  }
}

void RunTeller::update(RunPool& pool) {
  for (std::size_t i = 0; i < planned_.size(); ++i) {
    if (planned_[i].walk) continue;
    // The end itself is told in the order of the list.
    if (const auto place = pool.place(i)) tell_tenths(i, std::min(9, static_cast<int>(std::floor(place->share * 10))), place->frame);
  }
  for (const std::size_t run : script_.stopping()) pool.stop(run);
}

void RunTeller::finish(std::vector<RunOutcome>& outcomes) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    lua::RunReport& report = outcomes[i].report;
    if (report.interrupted) continue;
    script_.keep_report(report);
    if (planned_[i].walk) continue;  // the walk's events told of it
    if (report.frame_count > 0 && report.left_at == 0) tell_tenths(i, 10, {report.frame_start, report.frame_end, report.frame_count});
    tell(i, "listen_done_backtest", report.frame_end, [&] { script_.announce_done(report); });
    report.errors.insert(report.errors.end(), told_[i].errors.begin(), told_[i].errors.end());
  }
}

}  // namespace btk::host

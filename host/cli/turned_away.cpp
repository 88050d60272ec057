#include "host/cli/turned_away.h"

#include <fmt/format.h>

#include "optimizer/sandbox/printable.h"

namespace btk::host {
namespace {

// The reason is in the script's own words.
std::string first_case(const TurnedAway& away) {
  return fmt::format("first {}: {}", format_minute(away.first_at), optimizer::printable(away.first, away.first.size()));
}

}  // namespace

std::string refused_text(const TurnedAway& refused) {
  return fmt::format("{} signal{} that broke a rule; {}", refused.count, refused.count == 1 ? "" : "s", first_case(refused));
}

std::string rejected_text(const TurnedAway& rejected) {
  return fmt::format("{} time{} by a risk profile; {}", rejected.count, rejected.count == 1 ? "" : "s", first_case(rejected));
}

std::vector<std::string> turned_away_sentences(const TurnedAway& refused, const TurnedAway& rejected) {
  std::vector<std::string> lines;
  if (refused.count > 0) lines.push_back("refused: " + refused_text(refused));
  if (rejected.count > 0) lines.push_back("rejected: " + rejected_text(rejected));
  return lines;
}

std::vector<std::string> turned_away_sentences(const lua::RunReport& report) {
  std::vector<std::string> lines = turned_away_sentences(report.refused, report.rejected);
  if (never_signalled(report)) {
    lines.push_back(report.has_get_signal ? fmt::format("get_signal was asked {} times and gave none", report.signal_calls)
                                          : "the strategy has no get_signal, and btk.commit_create_signal made none");
  }
  return lines;
}

bool never_signalled(const lua::RunReport& r) {
  return r.refused.count == 0 && r.rejected.count == 0 && r.signals.empty() && r.errors.empty() && r.fatal.empty() && !r.live &&
         r.left_at == 0 && r.signal_calls > 0;
}

void add_turned_away(TurnedAway& all, const TurnedAway& more) {
  if (more.count == 0) return;
  if (all.count == 0 || more.first_at < all.first_at) all.first_at = more.first_at, all.first = more.first;
  all.count += more.count;
}

nlohmann::ordered_json turned_away_object(const TurnedAway& away) {
  if (away.count == 0) return nullptr;
  return {{"count", away.count}, {"first_at", away.first_at}, {"first", away.first}};
}

}  // namespace btk::host

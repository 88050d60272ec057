// The decision diff of a replay, as text.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "engine/text.h"
#include "host/live/replay.h"

namespace btk::host {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The moment of a decision line: its second column. 0 for the line that names the run.
Timestamp time_of(std::string_view line) {
  const std::size_t tab = line.find('\t');
  return tab == std::string_view::npos ? 0 : std::atoll(std::string(line.substr(tab + 1)).c_str());
}

std::string spaced(std::string_view line) {
  std::string text(line);
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

std::string candle_text(const std::vector<Candle>& candles, Timestamp time) {
  const auto it = std::lower_bound(candles.begin(), candles.end(), align(time, kMinute),
                                   [](const Candle& c, Timestamp t) { return c.timestamp < t; });
  if (it == candles.end() || it->timestamp != align(time, kMinute)) return "no candle was recorded";
  return fmt::format("candle open {} high {} low {} close {} volume {}", shortest(it->open), shortest(it->high),
                     shortest(it->low), shortest(it->close), shortest(it->volume));
}

// Lines of one moment stand together on both sides, so both lists can be walked by time.
std::string trader_diff(const TraderReplay& replay, std::size_t most) {
  const auto recorded = lines_of(replay.recorded), replayed = lines_of(replay.replayed);
  std::string text;
  std::size_t count = 0;
  const auto tell = [&](Timestamp time, std::string_view before, std::string_view after) {
    if (++count > most) return;
    if (time != 0) text += fmt::format("  {}  {}\n", format_minute(time), candle_text(replay.candles, time));
    if (!before.empty()) text += fmt::format("    - {}\n", spaced(before));
    if (!after.empty()) text += fmt::format("    + {}\n", spaced(after));
  };
  for (std::size_t i = 0, k = 0; i < recorded.size() || k < replayed.size();) {
    if (i < recorded.size() && k < replayed.size() && recorded[i] == replayed[k]) {
      ++i, ++k;
      continue;
    }
    const Timestamp a = i < recorded.size() ? time_of(recorded[i]) : 0, b = k < replayed.size() ? time_of(replayed[k]) : 0;
    const bool only_recorded = k >= replayed.size() || (i < recorded.size() && a < b);
    const bool only_replayed = i >= recorded.size() || (k < replayed.size() && b < a);
    tell(only_replayed ? b : a, only_replayed ? std::string_view() : recorded[i],
         only_recorded ? std::string_view() : replayed[k]);
    i += !only_replayed;
    k += !only_recorded;
  }
  if (count > most) text += fmt::format("  and {} more\n", count - most);
  return text;
}

std::string altered_text(const TraderReplay& replay, const std::string& name, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, replay.altered.size()); ++i) {
    const auto& [symbol, minute] = replay.altered[i];
    text += fmt::format("{}: candle {} {} was altered after it was recorded\n", name, symbol, format_minute(minute));
  }
  if (replay.altered.size() > most) text += fmt::format("{}: and {} more altered candles\n", name, replay.altered.size() - most);
  return text;
}

}  // namespace

std::string decision_diff(const std::vector<TraderReplay>& replays, std::size_t most) {
  std::string text;
  for (const TraderReplay& replay : replays) {
    const std::string name = fmt::format("{} {} on {}", replay.key.symbol, replay.key.strategy_name, replay.key.exchange_name);
    if (!replay.failure.empty()) text += fmt::format("{}: could not be replayed: {}\n", name, replay.failure);
    text += altered_text(replay, name, most);
    if (!replay.failure.empty()) continue;  // it decided nothing, which says nothing of what it would have decided
    if (const std::string diff = trader_diff(replay, most); !diff.empty()) {
      text += fmt::format("{}: decisions differ (- recorded, + replayed)\n{}", name, diff);
    }
  }
  return text;
}

}  // namespace btk::host

#include "host/cli/optimize_checks.h"

#include <fmt/format.h>

#include "engine/text.h"
#include "host/cli/output_target.h"
#include "host/cli/usage_error.h"

namespace btk::host {

void check_targets(const std::filesystem::path& base) {
  check_folder_target("--out", base);
  check_file_target("--out", base.string() + ".lua");
  check_file_target("--out", base.string() + ".md");
}

std::string shortfall(const lua::LoadedCandles& candles, const std::string& what, Timestamp from, Timestamp to) {
  const CandleSeries& s = candles.series;
  const bool late = s.first() > from, early = s.end() + kMinute <= to;  // the last minute is not traded in
  if (!late && !early) return {};
  std::string text = "the candles";
  if (late) text += fmt::format(" begin at {}, after {} does ({})", format_minute(s.first()), what, format_minute(from));
  if (early) text += fmt::format("{} end at {}, before {} does ({})", late ? ", and" : "", format_minute(s.end() - kMinute), what, format_minute(to));
  return text;
}

void check_range(const std::string& symbol, const std::string& what, Timestamp from, Timestamp to,
                 const std::function<std::shared_ptr<const lua::LoadedCandles>(const std::string&, Timestamp, Timestamp)>& load) {
  std::shared_ptr<const lua::LoadedCandles> loaded;
  try {
    loaded = load(symbol, from, to);
  } catch (const Error& e) {
    throw UsageError(fmt::format("{}, {}: {}", symbol, what, e.what()));
  }
  const CandleSeries& s = loaded->series;
  if (s.empty() || s.first() > to || s.end() <= from) {
    throw UsageError(fmt::format("{}: there are no candles of {} ({} to {}){}", symbol, what, format_minute(from), format_minute(to),
                                 s.empty() ? "" : fmt::format("; the exchange has {} to {}", format_minute(s.first()), format_minute(s.end() - kMinute))));
  }
}

}  // namespace btk::host

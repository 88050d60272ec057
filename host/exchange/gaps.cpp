#include "host/exchange/gaps.h"

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/held_candles.h"

namespace btk::host {

GapRule::Loaded GapRule::apply(const std::string& symbol, Loaded loaded, Timestamp from, Timestamp to) {
  if (policy_ == GapPolicy::fill) return loaded;
  Timestamp sound = loaded->series.first();
  for (const Gap& gap : loaded->gaps) {
    if (gap.from >= to) break;
    const Timestamp gap_end = gap.from + static_cast<Timestamp>(gap.candles) * loaded->series.step();
    if (gap_end > from) {
      throw Error(fmt::format("exchange \"{}\", {}: {}; use gaps = \"fill\" or complete the data", exchange_, symbol,
                              describe(gap, loaded->series.interval())));
    }
    sound = gap_end;
  }
  if (sound == loaded->series.first()) return loaded;
  const std::lock_guard lock(mutex_);
  Part& kept = parts_[symbol];
  if (kept.whole != loaded || kept.part->series.first() != sound) {
    kept = {loaded, lua::part(*loaded, sound, loaded->series.end())};
  }
  return kept.part;
}

}  // namespace btk::host

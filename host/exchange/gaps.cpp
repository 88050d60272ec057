#include "host/exchange/gaps.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::host {

void refuse_gaps(const lua::ExchangeSchema& schema, std::string_view symbol, const lua::LoadedCandles& loaded,
                 Timestamp from, Timestamp to) {
  if (schema.gaps == GapPolicy::fill) return;
  for (const Gap& gap : loaded.gaps) {
    const Timestamp gap_end = gap.from + static_cast<Timestamp>(gap.candles) * loaded.series.step();
    if (gap_end <= from || gap.from >= to) continue;
    throw Error(fmt::format("exchange \"{}\", {}: {}; use gaps = \"fill\" or complete the data",
                            schema.exchange_name, symbol, describe(gap, loaded.series.interval())));
  }
}

}  // namespace btk::host

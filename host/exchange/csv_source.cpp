#include "host/exchange/csv_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "engine/error.h"
#include "host/exchange/csv_load.h"
#include "host/exchange/file_pattern.h"

namespace btk::host {
namespace {

/// More rows than this that several files have are no overlap at their ends any more.
constexpr std::size_t kMostOverlap = 1000;

}  // namespace

CsvSource::CsvSource(lua::ExchangeSchema schema, Log log) : schema_(std::move(schema)), log_(std::move(log)), gaps_(schema_) {
  if (schema_.path.empty()) {
    throw Error(fmt::format(
        "exchange \"{}\": driver \"csv\" needs a path, for instance path = \"data/{{symbol}}-1m-*.csv.gz\"",
        schema_.exchange_name));
  }
}

std::shared_ptr<const lua::LoadedCandles> CsvSource::load(const std::string& name, Timestamp from,
                                                          Timestamp to) {
  Symbol& symbol = find(name);
  const std::lock_guard lock(symbol.mutex);
  if (!symbol.loaded || to > symbol.until) {
    try {
      read(name, symbol, to);
    } catch (const Error& e) {  // whatever is wrong with files
      throw InputError(e.what());
    }
  }
  return gaps_.apply(name, symbol.loaded, from, to);
}

CsvSource::Symbol& CsvSource::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Symbol>& slot = symbols_[name];
  if (!slot) {
    slot = std::make_unique<Symbol>();
    if (symbols_.size() == 2 && schema_.path.find("{symbol}") == std::string::npos) {
      warn(fmt::format("its path has no {{symbol}}, so {} and {} are run on the same candles", symbols_.begin()->first,
                       std::next(symbols_.begin())->first));
    }
  }
  return *slot;
}

// Files that begin after the asked range are left alone; the first is always read, so that a range without
// candles can be explained by what there is. Where the range ends in a hole, the candle behind it tells that it is one and
// not the end of the data, in whatever file that candle is.
void CsvSource::read(const std::string& name, Symbol& symbol, Timestamp to) const {
  const std::vector<std::filesystem::path> paths = find_files(schema_.path, schema_.base_dir, name);
  Timestamp until = std::numeric_limits<Timestamp>::max();
  if (paths.size() == 1) {
    symbol.loaded = std::make_shared<lua::LoadedCandles>(load_csv({{paths[0], 0}}));
  } else {
    const std::vector<CsvFile> files = sort_by_first_row(paths);
    auto unneeded = std::find_if(files.begin() + 1, files.end(), [&](const CsvFile& f) { return f.first >= to; });
    const auto load_needed = [&] { symbol.loaded = std::make_shared<lua::LoadedCandles>(load_csv({files.begin(), unneeded})); };
    load_needed();
    if (unneeded != files.end() && symbol.loaded->series.end() < to) {
      ++unneeded;
      load_needed();
    }
    if (unneeded != files.end()) until = std::min(unneeded->first, symbol.loaded->series.end());
  }
  symbol.until = until;
  if (paths.size() > 1 && symbol.loaded->duplicates > kMostOverlap && !symbol.warned) {
    symbol.warned = true;
    warn(fmt::format("{} has {} rows more than once and the last of each counts, as the files of \"{}\" overlap; are they of "
                     "several symbols?", name, symbol.loaded->duplicates, schema_.path));
  }
}

void CsvSource::warn(const std::string& text) const {
  if (log_) log_("warn", fmt::format("exchange \"{}\": {}", schema_.exchange_name, text));
}

}  // namespace btk::host

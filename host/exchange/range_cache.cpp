#include "host/exchange/range_cache.h"

namespace btk::host {

RangeCache::Loaded RangeCache::get(const std::string& symbol, Timestamp from, Timestamp to,
                                   const std::function<lua::LoadedCandles()>& make) {
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Entry>& slot = entries_[symbol];
    if (!slot) slot = std::make_unique<Entry>();
    entry = slot.get();
  }
  const std::lock_guard lock(entry->mutex);
  if (!entry->loaded || from < entry->from || to > entry->to) {
    entry->loaded = std::make_shared<const lua::LoadedCandles>(make());
    entry->from = from;
    entry->to = to;
  }
  return entry->loaded;
}

}  // namespace btk::host

// Driver "csv": candles from files. The files of a symbol are read once, when they are asked for
// the first time, and the series is shared by all threads that ask for it.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string_view>

#include "host/exchange/gaps.h"
#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

class CsvSource : public lua::CandleSource {
 public:
  using Log = std::function<void(std::string_view level, std::string_view text)>;

  /// `log` hears what the files look like by mistake. Throws btk::Error when the schema has no path.
  explicit CsvSource(lua::ExchangeSchema schema, Log log = {});

  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from,
                                                 Timestamp to) override;

 private:
  struct Symbol {
    std::mutex mutex;  ///< one thread reads the files, the others wait for it
    std::shared_ptr<const lua::LoadedCandles> loaded;
    Timestamp until = 0;  ///< what lies before this moment is all in `loaded`
    bool warned = false;
  };

  Symbol& find(const std::string& name);
  void read(const std::string& name, Symbol& symbol, Timestamp to) const;
  void warn(const std::string& text) const;

  lua::ExchangeSchema schema_;
  Log log_;
  GapRule gaps_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Symbol>> symbols_;
};

}  // namespace btk::host

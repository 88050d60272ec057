// What a proof against look-ahead (host/prove) puts between a script and the world
// while it repeats a run: candles and files are seen as the proof wants them seen,
// and nothing is written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lua/candle_source.h"

namespace btk::lua {

struct ProofHooks {
  /// What the script finds in a file that it reads: Lua files that it loads, and with --unsafe everything it opens.
  std::function<std::string(const std::string& path, std::string text)> view_file;
  /// Candles that the script's own get_candles gave.
  std::function<std::shared_ptr<const LoadedCandles>(const std::string& symbol, std::shared_ptr<const LoadedCandles>)> view_candles;
  /// The script used something through which data may come that the proof does not see ("io.popen").
  std::function<void(std::string_view what)> outside;
};

}  // namespace btk::lua

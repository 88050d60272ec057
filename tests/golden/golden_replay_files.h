// Where scenarios and their candles are read from: .jsonl files, plain or
// gzipped, and the candle files that scenarios name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/candles.h"

namespace btk::golden {

/// The scenario files among `places`: a file stands for itself, a folder for every .jsonl and .jsonl.gz below
/// it. Sorted, each once. Throws btk::Error for a place that does not exist.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::filesystem::path>& places);

/// File name up to .jsonl or .jsonl.gz; any other name as it is.
std::string family_of(const std::filesystem::path& file);

/// The whole text of a file, unpacked when gzipped. Throws btk::Error when it is unreadable or damaged.
std::string read_text(const std::filesystem::path& file);

/// The candle files of one folder; each is read once.
class CandleFolder {
 public:
  explicit CandleFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Candles `from` ... `to` (open times, both included). Throws btk::Error when the file does not have them
  /// all.
  std::shared_ptr<const CandleSeries> candles(const std::string& file, Timestamp from, Timestamp to);

 private:
  const CandleSeries& series(const std::string& file);

  std::filesystem::path folder_;
  std::map<std::string, CandleSeries> series_;
};

/// The folder `data` beside the folder `golden` that holds `scenarios`, or nothing when it lies elsewhere.
std::optional<std::filesystem::path> data_beside_golden(const std::filesystem::path& scenarios);

}  // namespace btk::golden

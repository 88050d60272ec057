#include "tests/golden/golden_replay_files.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "engine/error.h"

namespace btk::golden {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {".jsonl.gz", ".jsonl"};

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzHandle = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

// "timestamp,open,high,low,close,volume"
Candle read_row(std::string_view line, const std::string& file, std::size_t number) {
  std::array<double, 6> fields{};
  const char* at = line.data();
  const char* const end = line.data() + line.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto [next, fault] = std::from_chars(at, end, fields[i]);
    const bool last = i + 1 == fields.size();
    if (fault != std::errc() || (last ? next != end : next == end || *next != ',')) {
      throw Error(
          fmt::format("{}:{}: \"{}\" is no candle; six numbers with commas are needed", file, number, line));
    }
    at = next + 1;
  }
  return {static_cast<Timestamp>(fields[0]), fields[1], fields[2], fields[3], fields[4], fields[5]};
}

CandleSeries read_csv(const fs::path& file) {
  const std::string text = read_text(file);
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number == 1 || line.empty()) continue;  // the header
    builder.add(read_row(line, file.string(), number), file.string(), number);
  }
  return builder.take();
}

}  // namespace

std::string family_of(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const std::string_view ending : kEndings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

std::vector<fs::path> scenario_files(const std::vector<fs::path>& places) {
  std::vector<fs::path> files;
  for (const fs::path& place : places) {
    if (!fs::exists(place)) throw Error(fmt::format("{} does not exist", place.string()));
    if (!fs::is_directory(place)) {
      files.push_back(place);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
      if (entry.is_regular_file() && family_of(entry.path()) != entry.path().filename())
        files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::string read_text(const fs::path& file) {
  const GzHandle in(gzopen(file.c_str(), "rb"));
  if (!in) throw Error(fmt::format("{} cannot be opened", file.string()));
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const int got = gzread(in.get(), buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == static_cast<int>(buffer.size())) continue;
    int fault = Z_OK;  // a file that was cut short reports its fault only after what could be read
    const std::string why = gzerror(in.get(), &fault);
    if (got < 0 || fault != Z_OK)
      throw Error(fmt::format("{} is unreadable or damaged: {}", file.string(), why));
    return text;
  }
}

const CandleSeries& CandleFolder::series(const std::string& file) {
  const auto found = series_.find(file);
  if (found != series_.end()) return found->second;
  return series_.emplace(file, read_csv(folder_ / file)).first->second;
}

std::shared_ptr<const CandleSeries> CandleFolder::candles(const std::string& file, Timestamp from,
                                                          Timestamp to) {
  const CandleSeries& all = series(file);
  if (from > to || !all.contains(from) || !all.contains(to)) {
    throw Error(fmt::format("{} has no candles from {} to {}", (folder_ / file).string(), format_minute(from),
                            format_minute(to)));
  }
  SeriesBuilder builder(Interval::m1, GapPolicy::error);
  const auto last = static_cast<std::size_t>(all.index_of(to));
  for (auto i = static_cast<std::size_t>(all.index_of(from)); i <= last; ++i) builder.add(all.at(i));
  return std::make_shared<CandleSeries>(builder.take());
}

std::optional<fs::path> data_beside_golden(const fs::path& scenarios) {
  const fs::path whole = fs::weakly_canonical(scenarios);
  for (fs::path folder = whole; folder.has_relative_path(); folder = folder.parent_path()) {
    if (folder.filename() == "golden") return folder.parent_path() / "data";
  }
  return std::nullopt;
}

}  // namespace btk::golden

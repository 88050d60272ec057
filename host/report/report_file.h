// Where reports lie: <out>/<kind>/<name>.md (differences.md 17). A run replaces
// files of its own name and touches nothing else; one that was stopped has a name
// beside that of a whole one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace btk::host {

/// "BTCUSDT_sma-cross_history_q1_backtest"; without a frame (live) "..._live". Characters that a file name
/// should not hold (separators, control characters, a leading dot) become "_".
std::string report_name(std::string_view symbol, std::string_view strategy, std::string_view exchange,
                        std::string_view frame);

/// `name` with such characters replaced.
std::string safe_name(std::string name);

/// The same of a report over several symbols, or of any first part: "sma-cross_history_q1_backtest".
std::string report_name(std::string_view first, std::string_view exchange, std::string_view frame);

/// The name of what a stopped command writes: "_stopped" before the ending, so that it replaces nothing that is whole.
std::filesystem::path stopped_file(const std::filesystem::path& file);

/// `report` with a remark of one sentence below its title.
std::string with_remark(std::string report, std::string_view remark);

/// Adds `line` and a line end to `file`, making it and its folders. Throws btk::Error naming the file.
void append_report_line(const std::filesystem::path& file, std::string_view line);

/// Writes `text` to `file`, making its folders, whole or not at all; a link is followed, a pipe or device written to.
/// Throws btk::Error naming the file and the `option` that chose it: --out chooses a folder, every other one a file.
void write_report_file(const std::filesystem::path& file, std::string_view text, std::string_view option = "--out");

}  // namespace btk::host

// Where a comparison's result goes: --json, --save, --output, --out of `walker` and `sweep`.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "host/cli/console.h"

namespace btk::host {

struct ResultWish {
  bool json = false;          ///< a document on stdout
  std::string save;           ///< "json" or "md": a file; without it and without `json`, Markdown on stdout
  std::string output;         ///< the file's name without ending; empty: `kind` and the time
  std::filesystem::path out;  ///< the file's folder
  std::string kind;           ///< "walker_BTCUSDT"
  bool stopped = false;       ///< not the whole result: the file has a name of its own (stopped_file)
};

/// The same result as a document and as a report; each is made when it is wanted.
struct ResultTexts {
  std::function<std::string()> json, markdown;
};

/// Throws btk::Error for a file that cannot be written.
void show_result(const ResultWish& wish, const ResultTexts& texts, Console& console);

}  // namespace btk::host

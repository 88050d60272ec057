// Which journal a run asked for, and where it lies.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "host/journal/journal.h"
#include "host/store/sqlite.h"

namespace btk::host {

enum class JournalKind { sqlite, json, memory, dummy };

/// "sqlite", "json", "memory", "dummy"; throws UsageError with the nearest name.
JournalKind parse_journal_kind(std::string_view name);

/// The journal of runs in `mode` ("paper" or "live") below the folder `data`. `create` makes files and
/// folders when they are missing; `existing` is for commands that only read, and throws when there is
/// nothing. The two modes never share a file. Throws btk::Error.
std::unique_ptr<JournalBackend> open_journal(JournalKind kind, const std::filesystem::path& data,
                                             const std::string& mode, Database::Mode access);

}  // namespace btk::host

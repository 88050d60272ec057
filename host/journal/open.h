// Which journal a run asked for, and where it lies.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "host/journal/journal.h"

namespace btk::host {

enum class JournalKind { sqlite, json, memory, dummy };

/// "sqlite", "json", "memory", "dummy"; throws UsageError with the nearest name.
JournalKind parse_journal_kind(std::string_view name);

/// The journal of a run in `mode` ("paper" or "live") below `data`; files and folders are made when they are
/// missing. The two modes never share a file. Throws btk::Error.
std::unique_ptr<JournalBackend> open_journal(JournalKind kind, const std::filesystem::path& data,
                                             const std::string& mode);

}  // namespace btk::host

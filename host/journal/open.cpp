#include "host/journal/open.h"

#include <fmt/format.h>

#include <array>

#include "host/cli/usage_error.h"
#include "host/journal/memory_journal.h"

namespace btk::host {

JournalKind parse_journal_kind(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames = {"sqlite", "json", "memory", "dummy"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<JournalKind>(i);
  }
  throw UsageError(fmt::format("there is no store \"{}\"{}: use sqlite, json, memory or dummy", name,
                               suggestion(name, kNames)));
}

std::unique_ptr<JournalBackend> open_journal(JournalKind kind, const std::filesystem::path& /*data*/,
                                             const std::string& /*mode*/) {
  if (kind == JournalKind::sqlite || kind == JournalKind::json)
    throw UsageError("only the stores memory and dummy are there yet");
  if (kind == JournalKind::dummy) return std::make_unique<DummyJournal>();
  return std::make_unique<MemoryJournal>();
}

}  // namespace btk::host

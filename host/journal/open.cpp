#include "host/journal/open.h"

#include <fmt/format.h>

#include <array>

#include "host/cli/usage_error.h"
#include "host/journal/document_journal.h"
#include "host/journal/fault_plan.h"
#include "host/journal/folder_store.h"
#include "host/journal/memory_journal.h"
#include "host/journal/sqlite_journal.h"

namespace btk::host {

JournalKind parse_journal_kind(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames = {"sqlite", "json", "memory", "dummy"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<JournalKind>(i);
  }
  throw UsageError(fmt::format("there is no store \"{}\"{}: use sqlite, json, memory or dummy", name,
                               suggestion(name, kNames)));
}

std::unique_ptr<JournalBackend> open_journal(JournalKind kind, const std::filesystem::path& data,
                                             const std::string& mode, Database::Mode access) {
  switch (kind) {
    case JournalKind::sqlite:
      return std::make_unique<SqliteJournal>(data / (mode + ".sqlite"), access,
                                             FaultPlan::from_environment());
    case JournalKind::json:
      return std::make_unique<DocumentJournal>(std::make_unique<FolderStore>(
          data / mode, access == Database::Mode::create, FaultPlan::from_environment()));
    case JournalKind::memory:
      return std::make_unique<MemoryJournal>();
    case JournalKind::dummy:
      return std::make_unique<DummyJournal>();
  }
  return nullptr;
}

}  // namespace btk::host

// btkhost definitions: what an editor wants to know of the script API, and the
// pages of the manual that the program writes itself: the reference (both from
// lua/definitions.h) and the settings.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "host/cli/commands.h"
#include "host/cli/parser.h"
#include "host/cli/settings_page.h"
#include "host/cli/usage_error.h"
#include "host/report/report_file.h"
#include "lua/definitions.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSettings = R"({
  "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
  "runtime.version": "LuaJIT",
  "workspace.library": [".luals"],
  "workspace.checkThirdParty": false
}
)";

std::string file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A file that has this text already is left alone: who watches it is not disturbed.
void write_changed(const fs::path& file, const std::string& text, Console& console) {
  if (fs::exists(file) && file_text(file) == text) return;
  write_report_file(file, text);
  console.note(fmt::format("Saved: {}", file.string()));
}

}  // namespace

int definitions_command(const Words& words, Console& console) {
  Parser parser("definitions", "Prints definitions of the script API for the Lua language server, or installs them in a folder.",
                "btkhost definitions .");
  std::string folder, manual, settings;
  bool check = false;
  auto* folder_option = parser.app().add_option("folder", folder, "writes .luals/btk.lua, .luals/btk/test.lua and, where there is none, .luarc.json there");
  auto* manual_option = parser.app().add_option("--manual", manual, "writes the manual's page of all functions to this file instead");
  auto* settings_option = parser.app().add_option("--settings", settings, "writes the manual's page of all settings to this file instead");
  parser.app().add_flag("--check", check, "tells which functions have no comment; exit code 1 when there are any");
  if (!parser.parse(words, console)) return 0;

  const bool pages = settings_option->count() > 0 || manual_option->count() > 0;
  if (pages && folder_option->count() > 0) {
    throw UsageError("btkhost definitions: give the folder, or the pages of --manual and --settings, not both");
  }
  if (check && (pages || folder_option->count() > 0)) throw UsageError("btkhost definitions: --check writes nothing; give it alone");
  if (settings_option->count() > 0) {
    write_changed(settings, settings_page(), console);
    if (manual_option->count() == 0) return 0;
  }
  const lua::Api api = lua::script_api();
  if (check) {
    for (const std::string& mistake : api.mistakes) console.print(mistake + "\n");
    return api.mistakes.empty() ? 0 : 1;
  }
  if (manual_option->count() > 0) {
    write_changed(manual, lua::reference_page(api), console);
  } else if (folder_option->count() > 0) {
    if (!fs::is_directory(folder)) throw UsageError(fmt::format("btkhost definitions: {} is no folder", folder));
    for (const lua::EditorFile& file : lua::editor_definitions(api)) {
      write_changed(fs::path(folder) / ".luals" / file.path, file.text, console);
    }
    const fs::path luarc = fs::path(folder) / ".luarc.json";
    if (fs::exists(luarc)) {
      if (file_text(luarc).find(".luals") == std::string::npos) {
        console.note(fmt::format("hint: {} is yours and stays; add \".luals\" to its workspace.library", luarc.string()));
      }
    } else {
      write_changed(luarc, std::string(kSettings), console);
    }
  } else {
    console.print(lua::editor_definitions(api).front().text);
  }
  return 0;
}

}  // namespace btk::host

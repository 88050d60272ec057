#include "host/cli/script_files.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>

#include "engine/error.h"
#include "host/report/report_file.h"

namespace btk::host {
namespace {

void append(const std::filesystem::path& file, const std::string& text) {
  std::error_code problem;
  std::filesystem::create_directories(file.parent_path(), problem);
  std::ofstream out(file, std::ios::app | std::ios::binary);
  out << text << std::flush;
  if (!out) throw Error(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
}

}  // namespace

decltype(lua::ServiceHost::write) script_writer(const Console& console, std::filesystem::path out) {
  // Lines of several traders do not mix.
  return [&console, out = std::move(out), mutex = std::make_shared<std::mutex>()](
             const std::vector<std::string>& path, const std::string& text, lua::ServiceHost::Write how) {
    std::filesystem::path file = out;
    for (const std::string& part : path) file /= safe_name(part);
    const std::lock_guard lock(*mutex);
    if (how == lua::ServiceHost::Write::append) {
      append(file, console.mask(text));
    } else if (how == lua::ServiceHost::Write::replace || !std::filesystem::exists(file)) {
      write_report_file(file, console.mask(text));
    }
    return file.string();
  };
}

}  // namespace btk::host

#include "host/report/report_page.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "engine/error.h"

namespace btk::host {
namespace {

constexpr std::string_view kFile = "report_page.html";
constexpr std::string_view kPlace = "{\"place\":\"of the report\"}";  // what the build leaves for the data

}  // namespace

std::filesystem::path report_page_template() {
  std::error_code problem;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
  for (const auto& file : {folder / kFile, folder / ".." / "share" / "btkhost" / kFile}) {
    if (std::filesystem::is_regular_file(file, problem)) return file;
  }
  throw Error(
      "--report html: the page is not built yet: run `./start page` in the folder of btkhost's sources (it installs the Debian "
      "packages nodejs and npm where they are missing), and `./start deb` after it where btkhost is an installed package");
}

std::string json_for_html(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = json.substr(i);
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      out += rest[2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out.push_back(json[i]);
    }
  }
  return out;
}

std::string report_page(const std::filesystem::path& page_template, std::string_view json) {
  std::ifstream in(page_template, std::ios::binary);
  std::string page{std::istreambuf_iterator<char>(in), {}};
  const std::size_t place = page.find(kPlace);
  if (!in || place == std::string::npos) {
    throw Error(
        fmt::format("{} is not a report page: build it again with `./start page`", page_template.string()));
  }
  return page.replace(place, kPlace.size(), json_for_html(json));
}

}  // namespace btk::host

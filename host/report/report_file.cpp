#include "host/report/report_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

#include "engine/error.h"
#include "optimizer/files.h"

namespace btk::host {
namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& file, const std::string& why) {
  throw Error(fmt::format("cannot write {}: {}; choose another folder with --out", file.string(), why));
}

}  // namespace

std::string report_name(std::string_view symbol, std::string_view strategy, std::string_view exchange,
                        std::string_view frame) {
  return report_name(fmt::format("{}_{}", symbol, strategy), exchange, frame);
}

std::string report_name(std::string_view first, std::string_view exchange, std::string_view frame) {
  std::string name = fmt::format("{}_{}", first, exchange);
  name += frame.empty() ? "_live" : fmt::format("_{}_backtest", frame);
  return safe_name(std::move(name));
}

std::string safe_name(std::string name) {
  for (char& c : name) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  }
  if (name.front() == '.') name.front() = '_';
  return name;
}

std::filesystem::path stopped_file(const std::filesystem::path& file) {
  return file.parent_path() / (file.stem().string() + "_stopped" + file.extension().string());
}

std::string with_remark(std::string report, std::string_view remark) {
  const std::size_t title = std::min(report.find('\n'), report.size());
  return report.insert(title, fmt::format("\n\n{}", remark));
}

void append_report_line(const std::filesystem::path& file, std::string_view line) {
  std::error_code problem;
  std::filesystem::create_directories(file.parent_path(), problem);
  if (problem) cannot_write(file, problem.message());
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << line << '\n';
  out.close();
  if (!out) cannot_write(file, "the file cannot be opened or the disk is full");
}

void write_report_file(const std::filesystem::path& file, std::string_view text, std::string_view option) {
  try {
    optimizer::write_whole(file, text);
  } catch (const Error& e) {
    throw Error(fmt::format("{}; choose another {} with {}", e.what(), option == "--out" ? "folder" : "file", option));
  }
}

}  // namespace btk::host

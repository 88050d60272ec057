#include "host/journal/folder_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/sha256.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraft = ".tmp-";

[[noreturn]] void file_failed(const fs::path& file, int why) {
  throw Error(fmt::format("{}: {}", file.string(), std::strerror(why)));
}

// Closes what it holds unless it was released.
class OpenFile {
 public:
  explicit OpenFile(int value) : value_(value) {}
  ~OpenFile() {
    if (value_ >= 0) ::close(value_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

void write_all(int descriptor, std::string_view bytes, std::int64_t at, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor, bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) file_failed(file, n < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at += n;
  }
}

void sync(int descriptor, const fs::path& file) {
  if (::fsync(descriptor) != 0) file_failed(file, errno);
}

void sync_folder(const fs::path& folder) {
  const OpenFile opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0) file_failed(folder, errno);
  sync(opened.get(), folder);
}

std::optional<std::string> read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::error_code problem;
    if (!fs::exists(file, problem) && !problem) return std::nullopt;
    throw Error(fmt::format("{} cannot be read: check the permissions", file.string()));
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::string file_name_of(std::string_view part) {
  constexpr std::string_view kAvoided = "/\\:*?\"<>|%";
  constexpr std::size_t kLongest = 100;
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const auto c = static_cast<unsigned char>(part[i]);
    const bool avoided =
        c < 0x20 || c >= 0x7f || (c == '.' && i == 0) || kAvoided.find(part[i]) != kAvoided.npos;
    name += avoided ? fmt::format("%{:02X}", c) : std::string(1, part[i]);
  }
  if (name.size() > kLongest) {
    Sha256 hash;
    hash.update(part);
    name = name.substr(0, kLongest - 33) + "-" + hash.hex().substr(0, 32);
  }
  return name.empty() ? "%" : name;
}

FolderStore::FolderStore(fs::path root, bool create, FaultPlan faults)
    : root_(std::move(root)), faults_(faults) {
  std::error_code problem;
  if (!create) {
    if (!fs::is_directory(root_, problem))
      throw Error(fmt::format("there is no journal in {}", root_.string()));
    return;
  }
  fs::create_directories(root_, problem);
  if (problem)
    throw Error(fmt::format("the folder {} cannot be made: {}", root_.string(), problem.message()));
  for (fs::recursive_directory_iterator it(root_, problem), end; !problem && it != end;
       it.increment(problem)) {
    std::error_code ignored;
    if (it->path().filename().string().starts_with(kDraft)) fs::remove(it->path(), ignored);
  }
}

FolderStore::~FolderStore() {
  for (const auto& [key, list] : lists_) ::close(list.descriptor);
}

fs::path FolderStore::file_of(const std::string& kind, const std::string& key) const {
  fs::path file = root_ / kind;
  std::string_view rest = key;
  for (auto slash = rest.find('/'); slash != rest.npos; slash = rest.find('/')) {
    file /= file_name_of(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  return file / (file_name_of(rest) + ".json");
}

fs::path FolderStore::list_file(const std::string& list) const {
  fs::path file = file_of("journal", list);
  file += "l";
  return file;
}

// A new folder is itself an entry that must survive.
void FolderStore::make_folder(const fs::path& folder) {
  if (fs::is_directory(folder)) return;
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) throw Error(fmt::format("{}: {}", folder.string(), problem.message()));
  for (fs::path above = folder.parent_path(); above.native().size() >= root_.native().size();
       above = above.parent_path()) {
    sync_folder(above);
  }
}

std::optional<std::string> FolderStore::read(const std::string& kind, const std::string& key) {
  return read_all(file_of(kind, key));
}

void FolderStore::write(const std::string& kind, const std::string& key, const std::string& json) {
  const fs::path file = file_of(kind, key);
  make_folder(file.parent_path());
  const fs::path draft = file.parent_path() / (std::string(kDraft) + file.filename().string());
  faults_.point();
  try {
    const OpenFile out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (out.get() < 0) file_failed(file, errno);
    faults_.point();
    write_all(out.get(), json, 0, file);
    faults_.point();
    sync(out.get(), file);
    if (::rename(draft.c_str(), file.c_str()) != 0) file_failed(file, errno);
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
  faults_.point();
  sync_folder(file.parent_path());
}

std::vector<std::string> FolderStore::keys(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code problem;
  const fs::path folder = root_ / kind;
  for (fs::recursive_directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    fs::path file = fs::relative(it->path(), folder);
    if (file.extension() != ".json" || file.filename().string().starts_with(kDraft)) continue;
    names.push_back(file.replace_extension().string());
  }
  return names;
}

void FolderStore::append(const std::string& list, std::size_t index, const std::string& json) {
  const fs::path file = list_file(list);
  List& open = open_list(list, index);
  const std::string line = json + '\n';
  faults_.point();
  // In two parts, so that a crash in the middle of a line is one of the cases that can be tried.
  write_all(open.descriptor, std::string_view(line).substr(0, line.size() / 2), open.bytes, file);
  faults_.point();
  const auto half = static_cast<std::int64_t>(line.size() / 2);
  write_all(open.descriptor, std::string_view(line).substr(line.size() / 2), open.bytes + half, file);
  sync(open.descriptor, file);
  open.bytes += static_cast<std::int64_t>(line.size());
  ++open.lines;
  faults_.point();
}

std::vector<std::string> FolderStore::items(const std::string& list, std::size_t count) {
  std::vector<std::string> lines;
  std::ifstream in(list_file(list), std::ios::binary);
  std::string line;
  // A line that was not finished has no end.
  while (lines.size() < count && std::getline(in, line) && !in.eof()) lines.push_back(line);
  if (lines.size() < count) {
    throw Error(fmt::format("{} is damaged: {} of {} lines are there", list_file(list).string(), lines.size(),
                            count));
  }
  return lines;
}

FolderStore::List& FolderStore::open_list(const std::string& list, std::size_t index) {
  const auto known = lists_.find(list);
  if (known != lists_.end() && known->second.lines == index) return known->second;
  const fs::path file = list_file(list);
  std::int64_t bytes = 0;
  for (const std::string& line : items(list, index)) bytes += static_cast<std::int64_t>(line.size()) + 1;
  make_folder(file.parent_path());
  const bool is_new = !fs::exists(file);
  OpenFile opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (opened.get() < 0 || ::ftruncate(opened.get(), bytes) != 0) file_failed(file, errno);
  if (is_new) sync_folder(file.parent_path());
  List& place = lists_[list];
  if (place.descriptor >= 0) ::close(place.descriptor);
  place = {opened.release(), index, bytes};
  return place;
}

}  // namespace btk::host

// A text file, plain or gzip, read in pieces of whole lines with constant memory. Truncated and
// damaged gzip data is an error that names the file.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace btk::host {

class TextFile {
 public:
  /// A line may have at most `piece` bytes. Throws btk::Error when the file cannot be opened.
  explicit TextFile(const std::filesystem::path& path, std::size_t piece = 256 * 1024);

  /// The next lines, each with its line feed (one is added to a last line without); empty at the end of
  /// the file. Valid until the next call. Throws btk::Error when reading or inflating fails.
  std::string_view next();

  const std::string& name() const { return name_; }
  /// About how long the text is; for gzip from its last four bytes, which may lie.
  std::size_t size_hint() const;

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };

  std::size_t fill(std::size_t from);
  [[noreturn]] void fail() const;

  std::string name_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::vector<char> buffer_;
  std::size_t piece_;
  std::size_t rest_begin_ = 0;  ///< the beginning of a line whose end was not read yet
  std::size_t rest_end_ = 0;
  bool ended_ = false;
};

}  // namespace btk::host

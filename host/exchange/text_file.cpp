#include "host/exchange/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "engine/error.h"

namespace btk::host {

TextFile::TextFile(const std::filesystem::path& path, std::size_t piece)
    : name_(path.string()), buffer_(piece + 1), piece_(piece) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw Error(fmt::format("{} is a folder, not a file", name_));
  errno = 0;
  file_.reset(gzopen(name_.c_str(), "rb"));
  if (!file_)
    throw Error(fmt::format("{} cannot be opened: {}", name_, std::strerror(errno ? errno : ENOMEM)));
}

std::string_view TextFile::next() {
  const std::size_t rest = rest_end_ - rest_begin_;
  std::memmove(buffer_.data(), buffer_.data() + rest_begin_, rest);
  std::size_t filled = rest;
  rest_begin_ = rest_end_ = 0;
  while (!ended_) {
    const std::size_t got = fill(filled);
    ended_ = got == 0;
    const char* const fresh = buffer_.data() + filled;
    const void* const feed = memrchr(fresh, '\n', got);
    filled += got;
    if (feed != nullptr) {
      rest_begin_ = static_cast<std::size_t>(static_cast<const char*>(feed) - buffer_.data()) + 1;
      rest_end_ = filled;
      return {buffer_.data(), rest_begin_};
    }
    if (filled == piece_)
      throw Error(fmt::format("{} has a line of more than {} bytes; is it a CSV file?", name_, piece_));
  }
  if (filled == 0) return {};
  buffer_[filled++] = '\n';
  return {buffer_.data(), filled};
}

std::size_t TextFile::fill(std::size_t from) {
  const int got = gzread(file_.get(), buffer_.data() + from, static_cast<unsigned>(piece_ - from));
  if (got < 0) fail();
  if (got == 0) {
    // The end of the data before the end of the gzip stream is only told here.
    int code = Z_OK;
    gzerror(file_.get(), &code);
    if (code != Z_OK && code != Z_STREAM_END) fail();
  }
  return static_cast<std::size_t>(got);
}

void TextFile::fail() const {
  int code = Z_OK;
  const char* const text = gzerror(file_.get(), &code);
  if (code == Z_ERRNO) throw Error(fmt::format("{} cannot be read: {}", name_, std::strerror(errno)));
  if (code == Z_BUF_ERROR) {
    throw Error(fmt::format("{} ends in the middle of its gzip data; it was cut off, fetch it again", name_));
  }
  if (code == Z_DATA_ERROR) throw Error(fmt::format("{} has damaged gzip data; fetch it again", name_));
  throw Error(fmt::format("{} cannot be read: {}", name_, text));
}

std::size_t TextFile::size_hint() const {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(name_, error);
  if (error) return 0;
  if (gzdirect(file_.get())) return size;
  std::ifstream file(name_, std::ios::binary);
  unsigned char tail[4] = {};
  file.seekg(-4, std::ios::end);
  file.read(reinterpret_cast<char*>(tail), sizeof tail);
  const std::size_t told = tail[0] | tail[1] << 8 | tail[2] << 16 | static_cast<std::size_t>(tail[3]) << 24;
  return std::min<std::size_t>(told, size * 20);
}

}  // namespace btk::host

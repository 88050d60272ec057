#include "host/service/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace btk::host {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// An address has room for 107 bytes. A longer path goes by way of its open folder.
class Address {
 public:
  explicit Address(const std::filesystem::path& path) {
    place_.sun_family = AF_UNIX;
    std::string text = path.string();
    if (text.size() >= sizeof place_.sun_path) {
      folder_ = net::Descriptor(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      problem_ = folder_ ? 0 : errno;
      text = "/proc/self/fd/" + std::to_string(folder_.get()) + "/" + path.filename().string();
    }
    if (text.size() >= sizeof place_.sun_path) problem_ = ENAMETOOLONG;
    std::copy_n(text.begin(), std::min(text.size(), sizeof place_.sun_path - 1), place_.sun_path);
  }

  int problem() const { return problem_; }
  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&place_); }
  socklen_t size() const { return sizeof place_; }

 private:
  net::Descriptor folder_;
  sockaddr_un place_{};
  int problem_ = 0;
};

net::Descriptor nothing(int why) {
  errno = why;
  return net::Descriptor();
}

}  // namespace

net::Descriptor connect_unix(const std::filesystem::path& path) {
  const Address address(path);
  if (address.problem() != 0) return nothing(address.problem());
  net::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), address.data(), address.size()) != 0) return nothing(errno);
  return socket;
}

net::Descriptor bind_unix(const std::filesystem::path& path) {
  const Address address(path);
  if (address.problem() != 0) return nothing(address.problem());
  net::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The file gets the mode that the descriptor has when it is bound: nobody else can come in between.
  if (!socket || ::fchmod(socket.get(), kOwnerOnly) != 0 ||
      ::bind(socket.get(), address.data(), address.size()) != 0) {
    return nothing(errno);
  }
  return socket;
}

}  // namespace btk::host

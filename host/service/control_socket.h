// How other commands talk to a running session: a unix domain socket beside its
// data, one line of JSON as a question, one line as the answer. Only the owner of
// the socket may connect.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "engine/error.h"
#include "host/clock/wake.h"

namespace btk::host {

/// <out>/data/control.sock
std::filesystem::path control_socket_path(const std::filesystem::path& out);

/// Answers questions on a thread of its own, as long as it lives.
class ControlServer {
 public:
  using Json = nlohmann::ordered_json;
  /// Called on the server's thread, one question at a time: it must come back soon, so what takes long is
  /// only begun there. What it throws is answered as {"ok": false, "error": text}; so are lines that are not
  /// a JSON object.
  using Handler = std::function<Json(const Json& question)>;

  /// Makes the folder and the socket (mode 0600); one that a dead process left behind is replaced. Throws
  /// btk::Error when a living process answers there or the socket cannot be made.
  ControlServer(const std::filesystem::path& socket, Handler handler);
  /// Takes the socket away.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Visitor;

  void serve();
  void admit();
  bool attend(int descriptor, Visitor& visitor, short events);
  std::string answer(const std::string& line);

  std::filesystem::path socket_;
  Handler handler_;
  int listener_ = -1;
  std::uint64_t device_ = 0, inode_ = 0;  ///< of the socket's file: never remove another's
  std::map<int, std::unique_ptr<Visitor>> visitors_;
  Wake ending_;
  std::thread thread_;
};

/// Nobody answers at a control socket.
class NothingRuns : public Error {
 public:
  using Error::Error;
};

/// Asks the process behind the socket and waits for its answer. Throws NothingRuns when there is none,
/// btk::Error when it does not answer within `patience`.
nlohmann::ordered_json ask_control(const std::filesystem::path& socket,
                                   const nlohmann::ordered_json& question,
                                   std::chrono::milliseconds patience = std::chrono::seconds(15));

}  // namespace btk::host

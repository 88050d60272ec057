// What tells whether a hostile file got through: a file that nobody may read or
// write, a secret in the environment, a listener that counts who connects, and
// texts that a file logs when it succeeded.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "optimizer/sandbox/candidate.h"
#include "tests/support/temp_folder.h"

namespace btk::test {

class Instruments {
 public:
  Instruments() : sentinel_(folder_.path() / "sentinel.lua") {
    std::ofstream(sentinel_) << "return '" << kSentinel << "'\n";
    std::filesystem::create_symlink(sentinel_, folder_.path() / "link.lua");
    setenv("BTK_TEST_SECRET", kSecret, 1);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 100) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Instruments() {
    close(listener_);
    unsetenv("BTK_TEST_SECRET");
  }
  Instruments(const Instruments&) = delete;
  Instruments& operator=(const Instruments&) = delete;

  const std::filesystem::path& sentinel() const { return sentinel_; }
  int port() const { return port_; }

  /// A file's text with the places of the instruments in it.
  std::string aimed(std::string text) const {
    for (const auto& [mark, value] : {std::pair<std::string, std::string>{"@SENTINEL@", sentinel_.string()}, {"@PORT@", std::to_string(port_)}}) {
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) text.replace(at, mark.size(), value);
    }
    return text;
  }

  /// Connections since the last question.
  int connections() {
    int count = 0;
    for (int one = accept(listener_, nullptr, nullptr); one >= 0; one = accept(listener_, nullptr, nullptr)) {
      close(one);
      ++count;
    }
    return count;
  }

  /// Is everything as it was, and does the result know nothing? What is wrong otherwise.
  std::string broken(const optimizer::CandidateResult& result) {
    if (connections() > 0) return "connected to the listener";
    if (std::filesystem::exists(sentinel_.string() + ".new")) return "made a file";
    std::ifstream file(sentinel_);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text != std::string("return '") + kSentinel + "'\n") return "changed the sentinel";
    for (const std::string& said : everything(result)) {
      for (const char* token : {kSentinel, kSecret, "ESCAPED"}) {
        if (said.find(token) != std::string::npos) return "told " + std::string(token) + ": " + said.substr(0, 200);
      }
    }
    return {};
  }

  /// Every text that came back from a candidate.
  static std::vector<std::string> everything(const optimizer::CandidateResult& result) {
    std::vector<std::string> all{result.failure.reason, result.report.strategy_name, result.report.fatal};
    for (const auto& line : result.log) all.push_back(line.text);
    for (const auto& signal : result.report.signals) all.push_back(signal.signal.note), all.push_back(signal.signal.id);
    for (const auto& error : result.report.errors) all.push_back(error.message), all.push_back(error.traceback);
    for (const auto& name : result.refused) all.push_back(name);
    return all;
  }

  static constexpr const char* kSentinel = "sentinel-7f3a91";
  static constexpr const char* kSecret = "secret-c20b44";

 private:
  TempFolder folder_;
  std::filesystem::path sentinel_;
  int listener_ = -1, port_ = 0;
};

}  // namespace btk::test

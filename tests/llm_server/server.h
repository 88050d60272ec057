// A language-model server on loopback: Ollama's /api/chat and OpenAI's
// /v1/chat/completions, answered by the scripted model unless a line of a script
// says otherwise. The first line whose `match` is in the request's body and that
// has not been used up counts.
//
//   POST /admin/script  [{"match": "text", "reply": "...", "kind": "...", "count": 1, "ms": 50, "retry_after": 1}]
//   GET  /admin/requests  what was asked: [{"path", "authorization", "body"}]
//
// kind: reply (default), status (with "status"), malformed (no JSON), cut (half of it), endless (a stream without
// an end), slow (after ms), wrong (JSON of another protocol).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace btk::llm_server {

struct Line {
  std::string match{};            ///< empty: every request
  std::string kind = "reply";
  std::optional<std::string> reply{};  ///< nothing: the scripted model's
  int status = 200, count = -1, ms = 0, retry_after = -1;  ///< count -1: for ever
};

struct Asked {
  std::string path, authorization, body;
};

class LlmServer {
 public:
  /// Listens on loopback at once; 0 chooses a port.
  explicit LlmServer(int port = 0);
  ~LlmServer();
  LlmServer(const LlmServer&) = delete;
  LlmServer& operator=(const LlmServer&) = delete;

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void add(Line line);
  std::vector<Asked> asked() const;

 private:
  struct Library;
  std::optional<Line> take_line(const std::string& body);

  std::unique_ptr<Library> library_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
  std::vector<Asked> asked_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace btk::llm_server

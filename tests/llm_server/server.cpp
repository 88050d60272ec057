#include "tests/llm_server/server.h"

#include <httplib.h>

#include <chrono>
#include <stdexcept>

#include "tests/llm_server/scripted_model.h"

namespace btk::llm_server {

using nlohmann::json;

struct LlmServer::Library : httplib::Server {};

namespace {

std::string wrapped(bool openai, const json& request, const std::string& content) {
  const std::string model = request.value("model", "");
  const auto prompt = static_cast<std::int64_t>(request.dump().size() / 4), completion = static_cast<std::int64_t>(content.size() / 4);
  if (openai) {
    return json{{"id", "x"}, {"model", model},
                {"choices", json::array({{{"index", 0}, {"message", {{"role", "assistant"}, {"content", content}}}, {"finish_reason", "stop"}}})},
                {"usage", {{"prompt_tokens", prompt}, {"completion_tokens", completion}}}}.dump();
  }
  return json{{"model", model}, {"created_at", "2024-01-01T00:00:00Z"}, {"message", {{"role", "assistant"}, {"content", content}}},
              {"done", true}, {"done_reason", "stop"}, {"prompt_eval_count", prompt}, {"eval_count", completion}}.dump();
}

void sleep(int ms, const std::atomic<bool>& ending) {
  for (int slept = 0; slept < ms && !ending.load(); slept += 10) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

void endless(httplib::Response& response, const std::atomic<bool>& ending) {
  response.set_chunked_content_provider("application/json", [&ending](std::size_t, httplib::DataSink& sink) {
    const std::string bytes(1024, ' ');
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return !ending.load() && sink.write(bytes.data(), bytes.size());
  });
}

Line read_line(const json& item) {
  Line line;
  line.match = item.value("match", "");
  line.kind = item.value("kind", "reply");
  if (item.contains("reply")) line.reply = item["reply"].is_string() ? item["reply"].get<std::string>() : item["reply"].dump();
  line.status = item.value("status", 200);
  line.count = item.value("count", -1);
  line.ms = item.value("ms", 0);
  line.retry_after = item.value("retry_after", -1);
  return line;
}

}  // namespace

LlmServer::LlmServer(int port) : library_(std::make_unique<Library>()) {
  const auto chat = [this](bool openai, const httplib::Request& request, httplib::Response& response) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back({request.path, request.get_header_value("Authorization"), request.body});
    }
    const json body = json::parse(request.body, nullptr, false);
    if (!body.is_object() || !body.contains("messages")) {
      response.status = 400;
      response.set_content(R"({"error":"no messages"})", "application/json");
      return;
    }
    const Line line = take_line(request.body).value_or(Line{});
    sleep(line.ms, ending_);
    const std::string content = wrapped(openai, body, line.reply ? *line.reply : scripted_answer(body));
    if (line.kind == "status") {
      response.status = line.status;
      if (line.retry_after >= 0) response.set_header("Retry-After", std::to_string(line.retry_after));
      response.set_content(json{{"error", line.reply.value_or("scripted refusal")}}.dump(), "application/json");
    } else if (line.kind == "malformed") {
      response.set_content("<html>not JSON</html>", "application/json");
    } else if (line.kind == "cut") {
      response.set_content(content.substr(0, content.size() / 2), "application/json");
    } else if (line.kind == "endless") {
      endless(response, ending_);
    } else {
      response.set_content(line.kind == "wrong" ? wrapped(!openai, body, "x") : content, "application/json");
    }
  };
  library_->new_task_queue = [] { return new httplib::ThreadPool(16); };  // the library deletes it
  library_->set_keep_alive_max_count(1);
  library_->set_payload_max_length(std::size_t{64} << 20);
  library_->set_tcp_nodelay(true);
  library_->Post("/api/chat", [chat](const auto& request, auto& response) { chat(false, request, response); });
  library_->Post("/v1/chat/completions", [chat](const auto& request, auto& response) { chat(true, request, response); });
  library_->Post("/admin/script", [this](const httplib::Request& request, httplib::Response& response) {
    for (const json& item : json::parse(request.body)) add(read_line(item));
    response.set_content("{}", "application/json");
  });
  library_->Get("/admin/requests", [this](const httplib::Request&, httplib::Response& response) {
    json list = json::array();
    for (const Asked& a : asked()) list.push_back({{"path", a.path}, {"authorization", a.authorization}, {"body", a.body}});
    response.set_content(list.dump(), "application/json");
  });
  port_ = port == 0 ? library_->bind_to_any_port("127.0.0.1") : library_->bind_to_port("127.0.0.1", port) ? port : -1;
  if (port_ < 0) throw std::runtime_error("no port on loopback");
  thread_ = std::thread([this] { library_->listen_after_bind(); });
}

LlmServer::~LlmServer() {
  ending_.store(true);
  library_->stop();
  thread_.join();
}

void LlmServer::add(Line line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<Asked> LlmServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::optional<Line> LlmServer::take_line(const std::string& body) {
  const std::lock_guard lock(mutex_);
  for (Line& line : lines_) {
    if (line.count == 0 || body.find(line.match) == std::string::npos) continue;
    if (line.count > 0) --line.count;
    return line;
  }
  return std::nullopt;
}

}  // namespace btk::llm_server

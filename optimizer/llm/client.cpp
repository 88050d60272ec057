#include "optimizer/llm/client.h"

#include <chrono>

#include <fmt/format.h>

#include "engine/counted.h"
#include "host/net/outside_json.h"
#include "optimizer/llm/conversation.h"
#include "optimizer/llm/mask.h"
#include "optimizer/llm/schema_check.h"
#include "optimizer/llm/signal.h"

namespace btk::optimizer {
namespace {

using nlohmann::json;

constexpr int kContentAttempts = 3;
constexpr std::size_t kLargestAnswer = std::size_t{4} << 20;
constexpr std::string_view kDefaultModel = "deepseek-v3.1:671b";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// JSON as some models wrap it: in a fenced block, or behind their thoughts.
std::string bare_json(std::string_view content) {
  std::string text = trimmed(content);
  if (text.starts_with("<think>")) {
    const auto end = text.find("</think>");
    if (end != std::string::npos) text = trimmed(text.substr(end + 8));
  }
  if (text.starts_with("```")) {
    const auto line = text.find('\n'), end = text.rfind("```");
    if (line != std::string::npos && end > line) text = trimmed(text.substr(line + 1, end - line - 1));
  }
  return text;
}

// What is wrong with an answer that must be JSON; `answer` becomes its canonical text.
std::string content_defect(const lua::LlmCall& call, const json& schema, std::string& answer) {
  const std::string text = bare_json(answer);
  json value;
  try {
    value = net::parse_json(text);
  } catch (const net::BadJson& e) {
    return fmt::format("the answer {}", e.what());
  }
  if (std::string defect = schema_defect(schema, value); !defect.empty()) return defect;
  answer = canonical_text(value);
  if (call.signal) {
    if (std::string defect = signal_defect(answer); !defect.empty()) return defect;
  }
  return call.check ? call.check(answer) : std::string();
}

bool may_pass(int status) { return status == 408 || net::is_passing(status); }

}  // namespace

Client::Client(ClientOptions options) : options_(std::move(options)), store_(options_.store, [this](std::string_view text) { return hidden(text); }) {
  if (options_.transport) return;
  net::HttpOptions http;
  http.connect_timeout_ms = 10'000;
  http.max_body = kLargestAnswer;
  http.stopped = options_.stopped;
  http_ = std::make_unique<net::HttpClient>(http);
  options_.transport = [this](const net::HttpRequest& request) { return http_->send(request); };
}

Client::~Client() = default;

std::string Client::hidden(std::string_view text) const {
  std::string out(text);
  for (const std::string& key : options_.keys) {
    if (key.size() < 6) continue;
    for (std::size_t at = out.find(key); at != std::string::npos; at = out.find(key, at + 6)) {
      out.replace(at, key.size(), key.substr(0, 3) + "***");
    }
  }
  return options_.mask ? options_.mask(out) : out;
}

std::string Client::base_url() const {
  if (!options_.url.empty()) {
    return options_.url.starts_with("http://") || options_.url.starts_with("https://") ? options_.url : "http://" + options_.url;
  }
  if (options_.provider == Provider::openai) return "https://api.openai.com/v1";
  return options_.keys.empty() ? "http://127.0.0.1:11434" : "https://ollama.com";
}

std::string Client::model() const {
  const std::lock_guard lock(mutex_);
  if (!options_.model.empty()) return options_.model;
  if (options_.provider == Provider::openai) throw LlmError("the openai protocol has no usual model: name one with --model or CC_LLM_MODEL");
  return std::string(kDefaultModel);
}

std::string Client::provider() const {
  const std::lock_guard lock(mutex_);
  return std::string(to_string(options_.provider));
}

void Client::configure(const std::string& name, const std::string& value) {
  if (value.empty()) return;
  const std::lock_guard lock(mutex_);
  if (name == "provider") options_.provider = parse_provider(value);
  if (name == "url") options_.url = value;
  if (name == "model") options_.model = value;
  if (name == "think") options_.think = value == "true";
  if (name == "seed") options_.seed = std::stoull(value);
}

void Client::use_store(const std::filesystem::path& folder) {
  options_.store = folder;
  store_ = ReplayStore(folder, [this](std::string_view text) { return hidden(text); });
}

std::unique_ptr<Client> Client::recorded() const {
  const std::lock_guard lock(mutex_);
  if (options_.replay == ReplayMode::off) return nullptr;
  ClientOptions options = options_;
  options.replay = ReplayMode::replay;
  options.keep_misses = false;
  options.dumps.clear();
  auto client = std::make_unique<Client>(std::move(options));
  client->unkept_ = unkept_;
  return client;
}

LlmSpending Client::spent() const {
  const std::lock_guard lock(mutex_);
  return spending_;
}

std::string Client::budget_problem() const {
  const std::lock_guard lock(mutex_);
  return budget_problem_;
}

LlmRequest Client::request_of(const lua::LlmCall& call) const {
  LlmRequest request;
  request.model = call.model.empty() ? model() : call.model;
  const std::lock_guard lock(mutex_);
  request.provider = options_.provider;
  request.think = call.think ? call.think : options_.think;
  request.seed = options_.seed;
  request.messages = call.messages;
  if (call.mask) {
    const lua::LlmMask words = without_prices(*call.mask);
    for (auto& m : request.messages) m.content = masked(m.content, m.role == "system" ? words : *call.mask);
  }
  const std::string& schema = call.signal ? signal_schema_text() : call.schema;
  if (!schema.empty()) {
    request.format = net::try_json(schema);
    if (!request.format.is_object()) throw LlmError("llm: the schema is no JSON object");
  }
  return request;
}

void Client::keep(const LlmRequest& request, const Exchange& made) const {
  if (options_.replay != ReplayMode::off && !made.attempt.replayed) store_.keep(made.key, request, made.reply);
}

// Any text will do, but half of one will not.
lua::LlmAnswer Client::text_answer(const Exchange& made, lua::LlmAnswer answer) const {
  if (made.reply.cut) {
    throw LlmError(fmt::format("the answer was cut off: it reached the model's limit of tokens; raise the limit where the model runs, or ask for less{}",
                               made.attempt.replayed ? fmt::format(" (recorded in {})", store_.file(made.key).string()) : ""));
  }
  answer.content = trimmed(answer.content);
  if (answer.content.empty() && made.attempt.replayed) {
    throw LlmError(fmt::format("the recorded answer is empty: delete {} to have the model asked again", store_.file(made.key).string()));
  }
  return answer;
}

lua::LlmAnswer Client::ask(const lua::LlmCall& call) {
  LlmRequest request = request_of(call);
  const bool wants_json = !request.format.is_null();
  const int timeout = call.timeout_ms > 0 ? call.timeout_ms : wants_json ? options_.json_timeout_ms : options_.text_timeout_ms;
  lua::LlmAnswer answer;
  std::vector<Asked> doubtful;  // recorded once something came of them
  for (int attempt = 1;; ++attempt) {
    Exchange made = exchange(request, timeout);
    answer.key = made.key;
    answer.attempts.push_back(made.attempt);
    answer.content = made.reply.content;
    const bool whole = !made.reply.cut && !trimmed(made.reply.content).empty();
    if (whole) {
      keep(request, made);
    } else {
      const std::lock_guard lock(mutex_);
      unkept_[made.key] = made.reply;
    }
    if (!wants_json) return text_answer(made, std::move(answer));
    std::string defect = content_defect(call, request.format, answer.content);
    if (!whole) doubtful.push_back({request, made});
    if (defect.empty()) {
      for (const Asked& one : doubtful) keep(one.request, one.made);
      if (call.signal && call.mask) answer.content = unmasked_signal(answer.content, *call.mask);
      return answer;
    }
    if (made.reply.cut) defect = "it was cut off at the model's limit of tokens, so " + defect;
    if (attempt == kContentAttempts) {
      if (made.attempt.replayed && options_.warn) {
        options_.warn(fmt::format("an unusable answer is a recorded one: delete {} to have the model asked again", store_.file(made.key).string()));
      }
      throw LlmContentError(fmt::format("the model gave no usable answer in {} attempts: {}", kContentAttempts, hidden(defect)), answer.attempts);
    }
    if (options_.warn && !made.attempt.replayed) {
      options_.warn(fmt::format("answer {} of {} cannot be used, the model is asked again: {}", attempt, kContentAttempts, hidden(defect)));
    }
    request.messages.push_back({"assistant", made.reply.content});
    if (call.mask) defect = masked(defect, *call.mask);
    request.messages.push_back({"user", fmt::format("That answer cannot be used: {}. Answer again, with JSON only.", defect)});
  }
}

std::optional<LlmReply> Client::unkept(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = unkept_.find(key);
  return found == unkept_.end() ? std::nullopt : std::optional(found->second);
}

Client::Exchange Client::exchange(const LlmRequest& request, int timeout_ms) {
  Exchange made;
  made.key = request_key(request);
  const auto replayed = [&](LlmReply reply) {
    made.reply = std::move(reply);
    made.attempt = {made.reply.prompt_tokens, made.reply.completion_tokens, 0, true};
    const std::lock_guard lock(mutex_);
    ++spending_.replayed;
    return made;
  };
  if (options_.replay == ReplayMode::replay || options_.replay == ReplayMode::automatic) {
    auto kept = store_.find(made.key);
    const bool spoilt = kept && request.format.is_null() && (kept->cut || trimmed(kept->content).empty());
    if (kept && !(spoilt && options_.replay == ReplayMode::automatic)) return replayed(std::move(*kept));
  }
  if (options_.replay == ReplayMode::replay) {
    if (auto reply = unkept(made.key)) return replayed(std::move(*reply));
    if (options_.keep_misses) store_.miss(made.key, request);
    throw LlmError(fmt::format("LLM replay miss {} (model {}, {})", made.key, request.model, counted(request.messages.size(), "message")));
  }
  const auto began = std::chrono::steady_clock::now();
  made.reply = send(request, timeout_ms);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  made.attempt = {made.reply.prompt_tokens, made.reply.completion_tokens, took.count(), false};
  {
    const std::lock_guard lock(mutex_);
    spending_.prompt_tokens += made.reply.prompt_tokens;
    spending_.completion_tokens += made.reply.completion_tokens;
  }
  return made;
}

void Client::take_from_budget() {
  const std::lock_guard lock(mutex_);
  const std::int64_t tokens = spending_.prompt_tokens + spending_.completion_tokens;
  const bool calls_spent = spending_.calls >= options_.max_calls;
  if (calls_spent || (options_.max_tokens > 0 && tokens >= options_.max_tokens)) {
    exhausted_.store(true);
    const std::string problem =
        fmt::format("the LLM budget is spent: {}, {} ({}); raise the limit, shorten the range or replay recorded answers",
                    counted(spending_.calls, "call"), counted(tokens, "token"),
                    calls_spent ? fmt::format("--max-llm-calls {}", options_.max_calls) : fmt::format("--max-llm-tokens {}", options_.max_tokens));
    if (budget_problem_.empty()) budget_problem_ = problem;
    throw LlmBudgetError(problem);
  }
  ++spending_.calls;
}

std::string Client::next_key() {
  const std::lock_guard lock(mutex_);
  return options_.keys.empty() ? std::string() : options_.keys[turn_++ % options_.keys.size()];
}

net::HttpResponse Client::post(const LlmRequest& request, int timeout_ms) {
  net::HttpRequest http;
  http.method = "POST";
  {
    const std::lock_guard lock(mutex_);
    http.url = endpoint(request.provider, base_url());
  }
  http.headers = {{"Content-Type", "application/json"}};
  if (const std::string key = next_key(); !key.empty()) http.headers.emplace_back("Authorization", "Bearer " + key);
  http.body = request_body(request);
  http.timeout_ms = timeout_ms;
  return options_.transport(http);
}

LlmReply Client::send(const LlmRequest& request, int timeout_ms) {
  net::Retry retry(options_.retry);
  for (;;) {
    take_from_budget();
    std::string why;
    std::optional<int> wait;
    try {
      const net::HttpResponse response = post(request, timeout_ms);
      if (response.status == 200) {
        try {
          return read_reply(request.provider, response.body);
        } catch (const Error& e) {
          why = e.what();  // cut short on its way, perhaps
        }
      } else {
        const std::string reason = hidden(read_refusal(response.body));
        why = fmt::format("HTTP {}{}{}", response.status, reason.empty() ? "" : ": ", reason);
        if (!may_pass(response.status)) throw LlmError(fmt::format("LLM {} ({}) refused: {}", to_string(request.provider), request.model, why));
        wait = net::retry_after_ms(response);
      }
    } catch (const net::TransportError& e) {
      using Kind = net::TransportError::Kind;
      why = hidden(e.what());
      if (e.kind() == Kind::cancelled || e.kind() == Kind::bad_request || e.kind() == Kind::too_large) {
        throw LlmError(fmt::format("LLM {} ({}): {}", to_string(request.provider), request.model, why));
      }
    }
    const auto pause = retry.failed(wait);
    if (!pause) {
      const int most = options_.retry.max_pause_ms;
      if (wait && *wait > most) why += fmt::format("; the server asks to wait {} s, and {} s are waited at most", *wait / 1000, most / 1000);
      throw LlmError(fmt::format("LLM {} ({}) failed after {}: {}", to_string(request.provider), request.model, counted(retry.tries(), "try", "tries"), why));
    }
    if (!net::pause(*pause, options_.stopped)) throw LlmError("the LLM request was interrupted");
  }
}

std::string Client::dump(const lua::LlmDump& wish) {
  const std::filesystem::path folder = wish.folder.empty() ? options_.dumps : std::filesystem::path(wish.folder);
  if (folder.empty()) return {};
  return write_conversation(folder, wish, [this](std::string_view text) { return hidden(text); }).string();
}

}  // namespace btk::optimizer

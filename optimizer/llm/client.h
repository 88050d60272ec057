// Asks language models over HTTP, with everything that keeps a bill and a result
// under control: keys in turn, tries again, a budget of calls and tokens, answers
// recorded and replayed, repairs of answers that cannot be used.
//
// Transport: no connection, time-out, 408, 429 and 5xx are tried three times with pauses of 1 s and 4 s
// (Retry-After up to 60 s is followed); other answers with 4xx fail at once. Content (JSON only): a bad answer
// goes back to the model with one sentence that names the defect, three attempts in all. An answer that is
// empty, or that the model's limit of tokens cut off, is recorded only as a part of a conversation that came to a
// usable one: it is not replayed for ever.
//
// Keys appear in the request's header and nowhere else: not in logs, dumps, recordings or errors.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/net/http_client.h"
#include "host/net/retry.h"
#include "optimizer/llm/replay_store.h"
#include "optimizer/llm/request.h"

namespace btk::optimizer {

struct ClientOptions {
  Provider provider = Provider::ollama;
  std::string url;                 ///< base address; empty: the provider's own, or this machine for ollama without keys
  std::string model;               ///< empty: deepseek-v3.1:671b for ollama; openai needs one
  std::vector<std::string> keys;   ///< one per request, in turn
  std::optional<bool> think;
  std::optional<std::uint64_t> seed;
  ReplayMode replay = ReplayMode::off;
  std::filesystem::path store;     ///< of recorded answers
  bool keep_misses = true;         ///< questions without a recorded answer are written down, to be answered by hand
  std::filesystem::path dumps;     ///< where conversations are kept; empty: they are not, unless a folder is named
  std::int64_t max_calls = 500;    ///< requests sent
  std::int64_t max_tokens = 0;     ///< prompt and answer together; 0: no limit
  int text_timeout_ms = 600'000, json_timeout_ms = 120'000;
  net::RetryPolicy retry{.attempts = 3, .delay_ms = 1000, .growth = 4, .jitter = 0.2, .max_pause_ms = 60'000};
  std::function<bool()> stopped;                                ///< true ends requests and pauses
  std::function<void(const std::string&)> warn;                 ///< an answer cannot be used, or a recorded one is at fault; from any thread, may be empty
  std::function<std::string(std::string_view)> mask;            ///< other secrets, for what is written
  std::function<net::HttpResponse(const net::HttpRequest&)> transport;  ///< empty: an HttpClient of its own
};

/// The model gave no usable answer in all attempts, or could not be reached; the sentence says which.
class LlmError : public Error {
 public:
  using Error::Error;
};
/// The model answered, but never so that it could be used.
class LlmContentError : public LlmError {
 public:
  LlmContentError(const std::string& sentence, std::vector<lua::LlmAttempt> attempts) : LlmError(sentence), attempts_(std::move(attempts)) {}
  const std::vector<lua::LlmAttempt>& attempts() const { return attempts_; }

 private:
  std::vector<lua::LlmAttempt> attempts_;
};
/// The budget is spent: nothing more is asked.
class LlmBudgetError : public LlmError {
 public:
  using LlmError::LlmError;
};

struct LlmSpending {
  std::int64_t calls = 0;    ///< requests sent
  std::int64_t replayed = 0; ///< answers taken from the store
  std::int64_t prompt_tokens = 0, completion_tokens = 0;  ///< of the requests sent
};

class Client : public lua::LlmService {
 public:
  explicit Client(ClientOptions options);
  ~Client() override;

  lua::LlmAnswer ask(const lua::LlmCall& call) override;
  void configure(const std::string& name, const std::string& value) override;
  std::string dump(const lua::LlmDump& dump) override;
  std::string model() const override;
  std::string provider() const override;

  /// Recorded answers lie there from now on. While nobody asks.
  void use_store(const std::filesystem::path& folder);
  /// Gives recorded answers like this one, asks nobody and writes nothing. Nothing when this one records none.
  std::unique_ptr<Client> recorded() const;
  LlmSpending spent() const;
  /// The budget was exceeded at some time.
  bool exhausted() const { return exhausted_.load(); }
  /// The sentence that told so first; empty: it was not.
  std::string budget_problem() const;

 private:
  struct Exchange {
    LlmReply reply;
    std::string key;
    lua::LlmAttempt attempt;
  };
  struct Asked {
    LlmRequest request;
    Exchange made;
  };

  LlmRequest request_of(const lua::LlmCall& call) const;
  std::optional<LlmReply> unkept(const std::string& key) const;
  Exchange exchange(const LlmRequest& request, int timeout_ms);
  lua::LlmAnswer text_answer(const Exchange& made, lua::LlmAnswer answer) const;
  void keep(const LlmRequest& request, const Exchange& made) const;
  LlmReply send(const LlmRequest& request, int timeout_ms);
  net::HttpResponse post(const LlmRequest& request, int timeout_ms);
  void take_from_budget();
  std::string hidden(std::string_view text) const;
  std::string base_url() const;
  std::string next_key();

  ClientOptions options_;
  ReplayStore store_;
  std::unique_ptr<net::HttpClient> http_;
  mutable std::mutex mutex_;  ///< of what configure() changes, spending_, budget_problem_, unkept_ and turn_
  LlmSpending spending_;
  std::string budget_problem_;
  /// Answers that are in no file, because nothing came of them: what repeats a run of this process is given them too.
  std::map<std::string, LlmReply> unkept_;
  std::size_t turn_ = 0;
  std::atomic<bool> exhausted_{false};
};

}  // namespace btk::optimizer

// The LLM client against a server on loopback: both protocols, retries, repairs,
// budgets, keys, recordings.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "optimizer/llm/client.h"
#include "optimizer/llm/signal.h"
#include "tests/llm_server/server.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::optimizer;
using llm_server::Line;
using llm_server::LlmServer;
using nlohmann::json;

namespace {

ClientOptions options_for(const LlmServer& server) {
  ClientOptions o;
  o.url = server.url();
  o.retry.delay_ms = 1;
  return o;
}

lua::LlmCall text_call(const std::string& words = "hello") {
  lua::LlmCall call;
  call.messages = {{"user", words}};
  return call;
}

lua::LlmCall signal_call() {
  lua::LlmCall call = text_call("candles C:100");
  call.signal = true;
  return call;
}

std::string failure_of(Client& client, const lua::LlmCall& call) {
  try {
    client.ask(call);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

std::string all_files(const std::filesystem::path& folder) {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    text += entry.path().filename().string() + "\n" + std::string(std::istreambuf_iterator<char>(file), {});
  }
  return text;
}

const std::string kSound = R"({"position":"long","note":"n","price_open":100,"price_take_profit":102,"price_stop_loss":99,"minute_estimated_time":60})";
const std::string kWrongSide = R"({"position":"long","note":"n","price_open":50000,"price_take_profit":52000,"price_stop_loss":51000,"minute_estimated_time":60})";

}  // namespace

TEST_CASE("the Ollama protocol is spoken: model, messages, no stream, schema, thinking, options, one key after the other") {
  LlmServer server;
  ClientOptions o = options_for(server);
  o.keys = {"key-number-one", "key-number-two"};
  o.think = true;
  o.seed = 7;
  Client client(o);
  client.ask(text_call());
  client.ask(signal_call());
  client.ask(text_call("third"));
  const auto asked = server.asked();
  REQUIRE(asked.size() == 3);
  const json first = json::parse(asked[0].body), second = json::parse(asked[1].body);
  CHECK(asked[0].path == "/api/chat");
  CHECK(first["model"] == "deepseek-v3.1:671b");
  CHECK(first["messages"] == json::parse(R"([{"role":"user","content":"hello"}])"));
  CHECK(first["stream"] == false);
  CHECK(first["think"] == true);
  CHECK(first["options"] == json::parse(R"({"seed":7,"temperature":0})"));
  CHECK_FALSE(first.contains("format"));
  CHECK(second["format"]["properties"].contains("price_take_profit"));
  CHECK(asked[0].authorization == "Bearer key-number-one");
  CHECK(asked[1].authorization == "Bearer key-number-two");
  CHECK(asked[2].authorization == "Bearer key-number-one");
}

TEST_CASE("the OpenAI protocol is spoken, and needs a model") {
  LlmServer server;
  ClientOptions o = options_for(server);
  o.provider = Provider::openai;
  o.url += "/v1";
  Client nameless(o);
  CHECK_THAT(failure_of(nameless, text_call()), Catch::Contains("name one with --model"));
  o.model = "some-model";
  Client client(o);
  const auto answer = client.ask(signal_call());
  const auto asked = server.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].path == "/v1/chat/completions");
  const json body = json::parse(asked[0].body);
  CHECK(body["response_format"]["type"] == "json_schema");
  CHECK(body["response_format"]["json_schema"]["schema"]["required"].size() == 6);
  CHECK(json::parse(answer.content).contains("position"));
  CHECK(answer.attempts.at(0).prompt_tokens > 0);
}

TEST_CASE("a bad answer goes back to the model with its defect, twice at most") {
  LlmServer server;
  std::vector<std::string> warned;
  ClientOptions options = options_for(server);
  options.warn = [&](const std::string& text) { warned.push_back(text); };
  Client client(options);
  SECTION("a stop on the wrong side is corrected") {
    server.add({.reply = kWrongSide, .count = 1});
    server.add({.reply = kSound});
    const auto answer = client.ask(signal_call());
    CHECK(json::parse(answer.content)["price_stop_loss"] == 99);
    CHECK(answer.attempts.size() == 2);
    REQUIRE(warned.size() == 1);
    CHECK_THAT(warned[0], Catch::StartsWith("answer 1 of 3 cannot be used, the model is asked again: price_stop_loss 51000 must be below"));
    const json second = json::parse(server.asked().at(1).body);
    REQUIRE(second["messages"].size() == 3);
    CHECK(second["messages"][1]["role"] == "assistant");
    CHECK(second["messages"][1]["content"] == kWrongSide);
    CHECK_THAT(second["messages"][2]["content"].get<std::string>(),
               Catch::Contains("price_stop_loss 51000 must be below price_open 50000 for a long"));
  }
  SECTION("no JSON, then a missing field, then nothing usable: three attempts, each defect named") {
    server.add({.reply = "buy!", .count = 1});
    server.add({.reply = R"({"position":"long"})", .count = 1});
    server.add({.reply = kWrongSide});
    CHECK_THAT(failure_of(client, signal_call()), Catch::Contains("no usable answer in 3 attempts: price_stop_loss 51000"));
    const auto asked = server.asked();
    REQUIRE(asked.size() == 3);
    CHECK_THAT(asked[1].body, Catch::Contains("the answer is not valid JSON"));
    CHECK_THAT(asked[2].body, Catch::Contains("note is missing"));
  }
  SECTION("brackets in brackets in brackets, which printing would never come back from") {
    const std::string deep = R"({"position":"long","price_open":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
    server.add({.reply = deep, .count = 1});
    server.add({.reply = std::string(200'000, '['), .count = 1});
    server.add({.reply = kSound});
    CHECK(client.ask(signal_call()).attempts.size() == 3);
    const auto asked = server.asked();
    REQUIRE(asked.size() == 3);
    CHECK_THAT(json::parse(asked[1].body)["messages"].back()["content"].get<std::string>(),
               Catch::Contains("cannot be used: the answer is nested deeper than 200 levels. Answer again"));
    CHECK_THAT(json::parse(asked[2].body)["messages"].back()["content"].get<std::string>(), Catch::Contains("is nested deeper than 200 levels"));
  }
  SECTION("a number that no double holds") {
    server.add({.reply = R"({"position":"long","price_open":1e999})", .count = 1});
    server.add({.reply = kSound});
    CHECK(client.ask(signal_call()).attempts.size() == 2);
    CHECK_THAT(json::parse(server.asked().at(1).body)["messages"].back()["content"].get<std::string>(),
               Catch::Contains("the answer holds a number that is too large: 1e999. Answer again"));
  }
  SECTION("a fenced block is JSON all the same") {
    server.add({.reply = "```json\n" + kSound + "\n```"});
    CHECK(client.ask(signal_call()).attempts.size() == 1);
  }
  SECTION("wait needs no sound prices") {
    server.add({.reply = R"({"position":"wait","note":"","price_open":0,"price_take_profit":0,"price_stop_loss":0,"minute_estimated_time":0})"});
    CHECK(json::parse(client.ask(signal_call()).content)["position"] == "wait");
  }
}

TEST_CASE("what may pass is tried three times, what will not change fails at once") {
  LlmServer server;
  Client client(options_for(server));
  SECTION("429 with Retry-After, then an answer") {
    server.add({.kind = "status", .status = 429, .count = 1, .retry_after = 0});
    CHECK_FALSE(client.ask(text_call()).content.empty());
    CHECK(server.asked().size() == 2);
  }
  SECTION("a wait of more than a minute is not waited for") {
    server.add({.kind = "status", .status = 429, .retry_after = 61});
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("failed after 1 try: HTTP 429: scripted refusal; the server asks to wait 61 s, and 60 s are waited at most"));
  }
  SECTION("500 for ever") {
    server.add({.kind = "status", .status = 500});
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("failed after 3 tries: HTTP 500"));
    CHECK(server.asked().size() == 3);
  }
  SECTION("404 at once, with its reason") {
    server.add({.kind = "status", .reply = "model not found", .status = 404});
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("refused: HTTP 404: model not found"));
    CHECK(server.asked().size() == 1);
  }
  SECTION("a page instead of JSON, half an answer, another protocol's answer") {
    server.add({.kind = "malformed", .count = 1});
    server.add({.kind = "cut", .count = 1});
    server.add({.kind = "wrong"});
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("not what the ollama protocol says"));
    CHECK(server.asked().size() == 3);
  }
}

TEST_CASE("a stream without an end, and a slow answer, end at the time-out") {
  LlmServer server;
  ClientOptions o = options_for(server);
  o.retry.attempts = 1;
  Client client(o);
  lua::LlmCall call = text_call();
  call.timeout_ms = 200;
  SECTION("endless") { server.add({.kind = "endless"}); }
  SECTION("slow") { server.add({.kind = "reply", .ms = 60'000}); }
  CHECK_THAT(failure_of(client, call), Catch::Contains("failed after 1 try"));
}

TEST_CASE("an interrupt ends a request under way") {
  LlmServer server;
  server.add({.kind = "endless"});
  ClientOptions o = options_for(server);
  o.stopped = [&server] { return !server.asked().empty(); };
  Client client(o);
  CHECK(failure_of(client, text_call()) != "no error");
  CHECK(server.asked().size() == 1);
}

TEST_CASE("nobody at the address") {
  ClientOptions o;
  o.url = "http://127.0.0.1:1";
  o.retry.delay_ms = 1;
  Client client(o);
  CHECK_THAT(failure_of(client, text_call()), Catch::Contains("failed after 3 tries") && Catch::Contains("127.0.0.1"));
}

TEST_CASE("the budget of calls and of tokens ends the asking") {
  LlmServer server;
  ClientOptions o = options_for(server);
  SECTION("calls") {
    o.max_calls = 2;
    Client client(o);
    client.ask(text_call());
    client.ask(text_call());
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("the LLM budget is spent: 2 calls") && Catch::Contains("--max-llm-calls 2"));
    CHECK(client.exhausted());
    CHECK(server.asked().size() == 2);
  }
  SECTION("tokens") {
    o.max_tokens = 10;
    Client client(o);
    client.ask(text_call());
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("--max-llm-tokens 10"));
  }
}

TEST_CASE("answers are recorded by the request's hash, and replayed without a server") {
  const test::TempFolder folder;
  ClientOptions o;
  o.store = folder / "store";
  std::string first, key;
  {
    LlmServer server;
    o.url = server.url();
    o.replay = ReplayMode::automatic;
    o.keys = {"sk-very-secret"};
    Client client(o);
    const auto answer = client.ask(text_call());
    first = answer.content;
    key = answer.key;
    CHECK(client.ask(text_call()).attempts.at(0).replayed);
    CHECK(server.asked().size() == 1);
    CHECK(std::filesystem::exists(folder / "store" / key.substr(0, 2) / (key + ".json")));
  }
  o.replay = ReplayMode::replay;
  o.keys.clear();
  Client client(o);
  CHECK(client.ask(text_call()).content == first);
  const std::string miss = failure_of(client, text_call("another"));
  CHECK_THAT(miss, Catch::StartsWith("LLM replay miss ") && Catch::Contains("(model deepseek-v3.1:671b, 1 message)"));
  const std::string missing = miss.substr(16, 64);
  CHECK(std::filesystem::exists(folder / "store" / "missing" / (missing + ".json")));
  CHECK_THAT(all_files(folder.path()), !Catch::Contains("very-secret"));

  SECTION("the same recording made again is the same bytes") {
    const std::string before = all_files(folder / "store" / key.substr(0, 2));
    LlmServer server;
    o.url = server.url();
    o.replay = ReplayMode::record;
    Client again(o);
    again.ask(text_call());
    CHECK(all_files(folder / "store" / key.substr(0, 2)) == before);
    CHECK(server.asked().size() == 1);
  }
}

namespace {

// A server that answers with these, one after the other.
ClientOptions scripted(const test::TempFolder& folder, std::vector<std::string> bodies, ReplayMode mode = ReplayMode::automatic) {
  ClientOptions o;
  o.store = folder / "store";
  o.replay = mode;
  o.transport = [bodies = std::move(bodies), at = std::size_t{0}](const net::HttpRequest&) mutable {
    net::HttpResponse response;
    response.status = 200;
    response.body = bodies.at(at++);
    return response;
  };
  return o;
}

std::string ollama_body(const std::string& content, const std::string& ending = "stop", std::int64_t tokens = 5) {
  return json{{"message", {{"role", "assistant"}, {"content", content}}}, {"done_reason", ending}, {"prompt_eval_count", tokens}, {"eval_count", tokens}}.dump();
}

}  // namespace

TEST_CASE("an answer that says nothing, or only half, is not kept to be replayed for ever") {
  const test::TempFolder folder;
  SECTION("an empty text is asked for again") {
    Client client(scripted(folder, {ollama_body(" \n"), ollama_body("at last")}));
    CHECK(client.ask(text_call()).content.empty());
    CHECK(client.ask(text_call()).content == "at last");
    CHECK(client.ask(text_call()).attempts.at(0).replayed);
  }
  SECTION("a text that was cut off is an error, in both protocols") {
    Client client(scripted(folder, {ollama_body("Buy when", "length"), ollama_body("Buy low.")}));
    CHECK_THAT(failure_of(client, text_call()), Catch::Contains("the answer was cut off"));
    CHECK(client.ask(text_call()).content == "Buy low.");
    CHECK(read_reply(Provider::openai, R"({"choices":[{"message":{"content":"Buy"},"finish_reason":"length"}]})").cut);
  }
  SECTION("JSON that was cut off goes back to the model, and is kept with the conversation that came to something") {
    {
      Client client(scripted(folder, {ollama_body("{", "length"), ollama_body(""), ollama_body(kSound)}));
      CHECK(client.ask(signal_call()).attempts.size() == 3);
    }
    Client again(scripted(folder, {}, ReplayMode::replay));
    const auto answer = again.ask(signal_call());
    CHECK(answer.attempts.size() == 3);
    CHECK(answer.attempts.at(0).replayed);
  }
  SECTION("a conversation that came to nothing leaves nothing of the kind behind") {
    {
      Client client(scripted(folder, {ollama_body(""), ollama_body(""), ollama_body("")}));
      CHECK_THAT(failure_of(client, signal_call()), Catch::Contains("no usable answer in 3 attempts"));
      // A proof repeats the run: it must meet the same answers.
      CHECK_THAT(failure_of(*client.recorded(), signal_call()), Catch::Contains("no usable answer in 3 attempts"));
    }
    Client again(scripted(folder, {ollama_body(kSound)}));
    CHECK_FALSE(again.ask(signal_call()).content.empty());
  }
  SECTION("a recorded answer at fault is named with its file") {
    std::vector<std::string> warnings;
    for (int round = 0; round < 2; ++round) {
      ClientOptions o = scripted(folder, {ollama_body("buy"), ollama_body("sell"), ollama_body("hold")});
      o.warn = [&](const std::string& text) { warnings.push_back(text); };
      Client client(o);
      failure_of(client, signal_call());
    }
    REQUIRE(warnings.size() == 3);  // two bad answers of the first round, and the second round
    CHECK_THAT(warnings.back(), Catch::Contains((folder / "store").string()) && Catch::Contains(".json to have the model asked again"));
  }
}

TEST_CASE("a server that counts tokens below zero gives nothing back") {
  const test::TempFolder folder;
  Client client(scripted(folder, {ollama_body("a", "stop", -1'000'000)}));
  client.ask(text_call());
  CHECK(client.spent().prompt_tokens == 0);
  CHECK(client.spent().completion_tokens == 0);
}

TEST_CASE("a key does not appear in dumps, recordings or errors, even when the server sends it back") {
  const test::TempFolder folder;
  LlmServer server;
  ClientOptions o = options_for(server);
  o.keys = {"sk-very-secret"};
  o.replay = ReplayMode::record;
  o.store = folder / "store";
  Client client(o);
  server.add({.match = "refuse", .kind = "status", .reply = "bad key sk-very-secret", .status = 401});
  CHECK_THAT(failure_of(client, text_call("refuse")), Catch::Contains("bad key sk-***"));
  server.add({.reply = "your key is sk-very-secret"});
  client.ask(text_call("sk-very-secret"));
  client.dump({.id = "one", .messages = {{"user", "sk-very-secret"}}, .result = R"({"a":"sk-very-secret"})", .folder = (folder / "dump").string()});
  const std::string files = all_files(folder.path());
  CHECK_THAT(files, !Catch::Contains("very-secret"));
  CHECK_THAT(files, Catch::Contains("sk-***"));
}

TEST_CASE("a conversation is dumped once, in numbered files") {
  const test::TempFolder folder;
  Client client(ClientOptions{});
  const lua::LlmDump dump{.id = "id-1", .messages = {{"system", "rules"}, {"user", "one"}, {"assistant", "ok"}, {"user", "two"}},
                          .result = R"({"position":"wait"})", .folder = folder.path().string()};
  client.dump(dump);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "id-1")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"00_system_prompt.md", "01_assistant_message.md", "01_user_message.md", "02_user_message.md",
                                          "03_llm_output.md", "request.json", "response.json"});
  lua::LlmDump deep = dump;
  deep.id = "id-2";
  deep.result = std::string(200'000, '[') + std::string(200'000, ']');
  client.dump(deep);
  CHECK(std::filesystem::exists(folder / "id-2" / "response.json"));
  std::filesystem::remove_all(folder / "id-2");
  lua::LlmDump other = dump;
  other.messages[1].content = "changed";
  client.dump(other);
  CHECK_THAT(all_files(folder.path()), !Catch::Contains("changed"));
  other.id = "../out";
  CHECK_THROWS_WITH(client.dump(other), Catch::Contains("cannot be the name of a folder"));
}

TEST_CASE("rules that a signal must follow, each with a sentence of its own") {
  const auto defect = [&](const char* key, const json& value) {
    json signal = json::parse(kSound);
    signal[key] = value;
    return signal_defect(signal.dump());
  };
  CHECK(signal_defect(kSound).empty());
  CHECK(defect("price_take_profit", 99.5) == "price_take_profit 99.5 must be above price_open 100 for a long");
  CHECK(defect("price_open", 0) == "price_open must be above 0, got 0");
  CHECK(defect("minute_estimated_time", 361) == "minute_estimated_time must lie between 1 and 360, got 361");
  CHECK(defect("minute_estimated_time", 0) == "minute_estimated_time must lie between 1 and 360, got 0");
  CHECK(defect("note", std::string(2001, 'x')) == "note must not be longer than 2000 bytes");
  CHECK(defect("position", "short") == "price_take_profit 102 must be below price_open 100 for a short");
  CHECK(defect("position", "buy") == "position must be wait, long or short");
}

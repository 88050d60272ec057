#include <catch2/catch.hpp>
#include <cstdio>
#include <vector>

#include "host/cli/commands.h"
#include "host/cli/usage_error.h"
#include "host/service/control_request.h"
#include "host/service/control_socket.h"
#include "host/service/live_status.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

namespace {

// A session that holds BTCUSDT and does what it is told.
struct Session {
  test::TempFolder folder;
  std::vector<ControlRequest> asked;
  ControlServer server{control_socket_path(folder.path()), [this](const Json& question) -> Json {
                         const ControlRequest request = read_control_request(question);
                         asked.push_back(request);
                         if (request.symbol == "XRPUSDT") throw Error("XRPUSDT is not traded here");
                         if (request.command != ControlRequest::Command::status)
                           return {{"ok", true}, {"message", "understood"}};
                         LiveStatus status;
                         status.pid = 4711;
                         status.symbols.resize(1);
                         status.symbols[0].symbol = "BTCUSDT";
                         status.symbols[0].state = "position";
                         status.symbols[0].side = "short";
                         return {{"ok", true}, {"status", to_json(status)}};
                       }};

  struct Outcome {
    int code;
    std::string out, err;
  };
  Outcome call(int (*command)(const Words&, Console&), Words words) {
    words.insert(words.end(), {"--out", folder.path().string()});
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    Outcome outcome{};
    {
      Console console(out, err);
      outcome.code = command(words, console);
    }
    outcome.out = text_of(out);
    outcome.err = text_of(err);
    return outcome;
  }

  static std::string text_of(std::FILE* file) {
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    std::fclose(file);
    return text;
  }
};

}  // namespace

TEST_CASE("status shows the session as a table, or as JSON") {
  Session session;
  const auto table = session.call(status_command, {});
  CHECK(table.code == 0);
  CHECK_THAT(table.out, Contains("pid 4711") && Contains("BTCUSDT  position  short"));
  const auto json = session.call(status_command, {"--json"});
  CHECK(Json::parse(json.out)["status"]["symbols"][0]["symbol"] == "BTCUSDT");
  CHECK(json.err.empty());
}

TEST_CASE("stop, pause, resume and flatten reach the session as they were meant") {
  Session session;
  CHECK(session.call(stop_command, {}).out == "understood\n");
  CHECK(session.call(stop_command, {"--detach"}).code == 0);
  CHECK(session.call(pause_command, {"--symbol", "btcusdt"}).code == 0);
  CHECK(session.call(resume_command, {}).code == 0);
  CHECK(session.call(flatten_command, {"--yes", "--symbol", "BTCUSDT"}).code == 0);
  CHECK(session.call(stop_command, {"--symbol", "btcusdt"}).code == 0);
  REQUIRE(session.asked.size() == 6);
  CHECK(session.asked[0].command == ControlRequest::Command::stop);
  CHECK_FALSE(session.asked[0].detach);
  CHECK(session.asked[1].detach);
  CHECK(session.asked[2].command == ControlRequest::Command::pause);
  CHECK(session.asked[2].symbol == "BTCUSDT");
  CHECK(session.asked[3].command == ControlRequest::Command::resume);
  CHECK(session.asked[3].symbol.empty());
  CHECK(session.asked[4].command == ControlRequest::Command::flatten);
  CHECK(session.asked[5].command == ControlRequest::Command::stop);
  CHECK(session.asked[5].symbol == "BTCUSDT");
}

TEST_CASE("A detach of one symbol is refused before the session hears of it") {
  Session session;
  CHECK_THROWS_WITH(session.call(stop_command, {"--detach", "--symbol", "BTCUSDT"}), Contains("--detach ends the whole session"));
  CHECK(session.asked.empty());
}

TEST_CASE("A session that refuses is exit code 1 with its reason") {
  Session session;
  const auto refused = session.call(pause_command, {"--symbol", "XRPUSDT"});
  CHECK(refused.code == 1);
  CHECK(refused.err == "btkhost pause: XRPUSDT is not traded here\n");
  CHECK(refused.out.empty());
  const auto json = session.call(pause_command, {"--symbol", "XRPUSDT", "--json"});
  CHECK(json.code == 1);
  CHECK(Json::parse(json.out)["ok"] == false);
}

TEST_CASE("Where nothing runs, the commands say so as wrong usage") {
  test::TempFolder folder;
  std::FILE* sink = std::tmpfile();
  Console console(sink, sink);
  const Words words{"--out", (folder / "none").string()};
  for (const auto command : {status_command, stop_command, pause_command, resume_command}) {
    CHECK_THROWS_AS(command(words, console), UsageError);
    CHECK_THROWS_WITH(command(words, console), Contains("nothing runs with --out"));
  }
  CHECK_THROWS_WITH(flatten_command(words, console), Contains("btkhost live --flatten"));
}

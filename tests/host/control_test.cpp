#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "host/service/control_request.h"
#include "host/service/control_socket.h"
#include "host/service/live_status.h"
#include "host/service/unix_socket.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

namespace {

Json echo(const Json& question) { return {{"ok", true}, {"heard", question}}; }

}  // namespace

TEST_CASE("A question at the control socket gets its answer, and only the owner may ask") {
  test::TempFolder folder;
  const auto socket = control_socket_path(folder / "dump");
  {
    const ControlServer server(socket, echo);
    CHECK(ask_control(socket, {{"command", "status"}})["heard"]["command"] == "status");
    struct stat made {};
    REQUIRE(::stat(socket.c_str(), &made) == 0);
    CHECK((made.st_mode & 0777) == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(socket));
  CHECK_THROWS_AS(ask_control(socket, {{"command", "status"}}), NothingRuns);
}

TEST_CASE("A path longer than a socket's address serves as well") {
  test::TempFolder folder;
  const auto socket = control_socket_path(folder / (std::string(90, 'a') + "/" + std::string(90, 'b')));
  const ControlServer server(socket, echo);
  CHECK(ask_control(socket, {{"command", "status"}})["ok"] == true);
}

TEST_CASE("The socket of a dead process is replaced, that of a living one is not") {
  test::TempFolder folder;
  const auto socket = folder / "control.sock";
  { const net::Descriptor dead = bind_unix(socket); }  // closed without being taken away
  REQUIRE(std::filesystem::exists(socket));
  CHECK_THROWS_AS(ask_control(socket, Json::object()), NothingRuns);
  const ControlServer server(socket, echo);
  CHECK_THROWS_WITH(ControlServer(socket, echo), Contains("another btkhost answers there"));
  CHECK(ask_control(socket, Json::object())["ok"] == true);
}

TEST_CASE("A file that is no socket is left alone") {
  test::TempFolder folder;
  const auto file = folder.write("control.sock", "precious");
  CHECK_THROWS_AS(ControlServer(file, echo), Error);
  CHECK(std::filesystem::file_size(file) == 8);
}

TEST_CASE("What is no question is refused; a failing handler's reason is the answer") {
  test::TempFolder folder;
  const auto socket = folder / "control.sock";
  const ControlServer server(socket, [](const Json& question) -> Json {
    read_control_request(question);
    throw Error("no such symbol");
  });
  CHECK(ask_control(socket, Json::array())["error"] == "the question is not a JSON object");
  CHECK(ask_control(socket, {{"command", "stop"}})["error"] == "no such symbol");
  CHECK_THAT(ask_control(socket, {{"command", "explode"}})["error"].get<std::string>(),
             Contains("unknown command"));
  // Brackets in brackets: printing or copying them would call itself as often.
  const net::Descriptor deep = connect_unix(socket);
  const std::string brackets = "{\"command\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}\n";
  REQUIRE(::send(deep.get(), brackets.data(), brackets.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(brackets.size()));
  char said[200];
  const auto size = ::recv(deep.get(), said, sizeof said, 0);
  CHECK_THAT(std::string(said, said + std::max<ssize_t>(size, 0)), Contains("the question is not a JSON object"));
  const Json too_long{{"command", std::string(200'000, 'x')}};
  CHECK(ask_control(socket, too_long)["error"] == "the question is too long");
}

TEST_CASE("Visitors who say nothing, leave early or come in crowds delay nobody") {
  test::TempFolder folder;
  const auto socket = folder / "control.sock";
  const ControlServer server(socket, echo);
  std::vector<net::Descriptor> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(connect_unix(socket));
  for (int i = 0; i < 10; ++i) {
    const net::Descriptor leaver = connect_unix(socket);
    REQUIRE(::send(leaver.get(), "{\"com", 5, MSG_NOSIGNAL) == 5);
  }
  std::atomic<int> answered{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.emplace_back([&] {
      for (int n = 0; n < 20; ++n) answered += ask_control(socket, {{"n", n}})["heard"]["n"] == n;
    });
  }
  for (std::thread& thread : crowd) thread.join();
  CHECK(answered == 160);
}

TEST_CASE("A process that hangs is told apart from none") {
  test::TempFolder folder;
  const auto socket = folder / "control.sock";
  const net::Descriptor listener = bind_unix(socket);
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK_THROWS_WITH(ask_control(socket, Json::object(), std::chrono::milliseconds(50)),
                    Contains("does not answer"));
}

TEST_CASE("Requests come through the socket as they were sent") {
  for (const auto command :
       {ControlRequest::Command::status, ControlRequest::Command::stop, ControlRequest::Command::pause,
        ControlRequest::Command::resume, ControlRequest::Command::flatten}) {
    const ControlRequest back = read_control_request(to_json(ControlRequest{command, "ETHUSDT", true}));
    CHECK(back.command == command);
    CHECK(back.symbol == "ETHUSDT");
    CHECK(back.detach);
  }
  CHECK_THROWS_WITH(read_control_request({{"command", "stop"}, {"gently", true}}), Contains("\"gently\""));
  CHECK_THROWS_WITH(read_control_request(Json::object()), Contains("needs a \"command\""));
}

TEST_CASE("A status is the same after its way through JSON, and reads as a table") {
  LiveStatus status;
  status.mode = "live";
  status.pid = 4711;
  status.scripts = {"s.lua"};
  status.script_version = 3;
  status.since = 1'700'000'040'000;
  status.now = 1'700'000'100'000;
  status.daily_pnl = -12.5;
  status.max_daily_loss = 50;
  status.tripped = "the day's loss is too high";
  SymbolStatus held;
  held.symbol = "BTCUSDT";
  held.state = "position";
  held.side = "long";
  held.price = 42000.5;
  held.price_open = 41000.06391634404;
  held.pnl_percent = 2.034;
  held.last_minute = 1'700'000'040'000;
  held.lag = 120;
  held.errors = 2;
  held.blocked = "retry budget";
  SymbolStatus flat;
  flat.symbol = "ETHUSDT";
  flat.paused = true;
  flat.last_error = "s.lua:3: boom";
  held.script_version = 3;
  flat.script_version = 2;
  status.reload_refused = "kept previous s.lua: s.lua:14: ...";
  SymbolStatus leaving;
  leaving.symbol = "XRPUSDT";
  leaving.state = "position";
  leaving.paused = leaving.stopping = true;
  leaving.script_version = 3;
  status.symbols = {held, flat, leaving};

  const LiveStatus back = read_live_status(Json::parse(to_json(status).dump()));
  CHECK(to_json(back) == to_json(status));
  const std::string text = status_text(back);
  CHECK_THAT(text, Contains("live  pid 4711  s.lua (version 3)") && Contains("since 2023-11-14 22:14"));
  CHECK_THAT(text, Contains("\nthe newest change was not taken: kept previous s.lua: s.lua:14: ...\n"));
  CHECK_THAT(text, Contains("\nETHUSDT: version 2 of the script\n") && !Contains("BTCUSDT: version"));
  CHECK_THAT(text, Contains("result of the day -12.50 (limit of losses: 50.00)") && Contains("the day's loss is too high"));
  CHECK_THAT(text,
             Contains("BTCUSDT  position  long  42000.5  41000.064  ") && Contains("+2.03") && Contains("120 ms"));
  CHECK_THAT(text,
             Contains("blocked: retry budget") && Contains("paused") && Contains("ETHUSDT: s.lua:3: boom"));
  CHECK_THAT(text, Contains("XRPUSDT  position") && Contains("none: stopping\n"));
  CHECK_THROWS_AS(read_live_status({{"pid", "four"}}), Error);
}

TEST_CASE("The lag grows while a trader stands still", "[control]") {
  SymbolStatus s;
  CHECK_FALSE(lag_at(s, 1'700'000'000'000));  // nothing was processed yet
  s.last_minute = 1'700'000'040'000;
  s.lag = 88;
  CHECK(lag_at(s, s.last_minute + 88) == 88);
  CHECK(lag_at(s, s.last_minute + 59'999) == 88);  // the next minute is not due
  CHECK(lag_at(s, s.last_minute + 21 * kMinute) == 20 * kMinute);
  s.state = "ended";
  CHECK(lag_at(s, s.last_minute + 21 * kMinute) == 88);
}

#include "host/cli/exchange_script.h"

#include "host/cli/log.h"
#include "host/cli/usage_error.h"
#include "host/exchange/open.h"

namespace btk::host {
namespace {

lua::ScriptOptions exchange_script_options(const ExchangeChoice& choice, Console& console, spdlog::logger& logger, net::HttpClient& http) {
  lua::ScriptOptions options;
  options.files = choice.files;
  options.settings = choice.settings;
  options.exchange_name = choice.exchange;
  options.unsafe = choice.unsafe;
  // No run is made: a get_candles of its own may ask what is outside, and knows what time it is.
  options.real_time = true;
  options.http = [&http](const lua::HttpRequest& request) { return http.send(request); };
  options.open_exchange = [](const lua::ExchangeSchema& schema) { return open_exchange(schema); };
  options.print = [&console](std::string_view line) { console.note(line); };
  options.log = [&logger](std::string_view level, std::string_view text) { log_line(logger, level, text); };
  return options;
}

}  // namespace

lua::ScriptExchange exchange_or_refuse(lua::Script& script) {
  try {
    return script.exchange();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

ExchangeScript::ExchangeScript(const ExchangeChoice& choice, Console& console, spdlog::logger& logger, Interrupt& interrupt)
    : http_({.stopped = [&interrupt] { return interrupt.requested(); }}),
      options_(exchange_script_options(choice, console, logger, http_)),
      script_(options_, lua::Script::Role::main),
      watch_(interrupt, script_.isolate()) {
  load_or_refuse(script_);
  exchange_ = exchange_or_refuse(script_);
}

}  // namespace btk::host

#include "tests/llm_server/scripted_model.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "engine/sha256.h"

namespace btk::llm_server {
namespace {

using nlohmann::json;

struct Conversation {
  std::string text;     // all contents
  int repairs = 0;      // times that an answer was refused
  std::uint64_t chance = 0;
};

Conversation read(const json& request) {
  Conversation c;
  for (const json& m : request.at("messages")) {
    const std::string content = m.value("content", "");
    if (content.find("cannot be used") != std::string::npos && m.value("role", "") == "user") {
      ++c.repairs;
      continue;
    }
    if (c.repairs == 0) c.text += content + "\n";
  }
  c.chance = std::stoull(sha256_hex(c.text).substr(0, 12), nullptr, 16);
  return c;
}

bool has_mood(const Conversation& c, std::string_view mood) { return c.text.find("MOOD:" + std::string(mood)) != std::string::npos; }

std::string sound_body(std::uint64_t chance) {
  const auto pick = [&chance](std::initializer_list<double> values) {
    const double value = *(values.begin() + static_cast<std::ptrdiff_t>(chance % values.size()));
    chance /= values.size();
    return value;
  };
  const double take = pick({1.5, 2, 3}), stop = pick({1, 1.5, 2}), life = pick({120, 240, 360});
  const std::string order = fmt::format(
      "local up = {}\nlocal sign = side == \"long\" and 1 or -1\n"
      "return {{ position = side, price_take_profit = price * (1 + sign * up / 100),\n"
      "         price_stop_loss = price * (1 - sign * {} / 100), minute_estimated_time = {} }}", take, stop, life);
  switch (static_cast<int>(pick({0, 1, 2}))) {
    case 0:
      return fmt::format("local rsi = c.series(\"15m\"):rsi({})[0]\nlocal side\n"
                         "if rsi < {} then side = \"long\" elseif rsi > {} then side = \"short\" else return nil end\n{}",
                         pick({9, 14}), pick({28, 32}), pick({68, 72}), order);
    case 1:
      return fmt::format("local candles = c.candles(\"1h\", 60)\nlocal fast, slow = c.ta.ema(candles, {}), c.ta.ema(candles, {})\n"
                         "local side = fast > slow and \"long\" or \"short\"\n"
                         "if math.abs(fast - slow) / slow < 0.004 then return nil end\n{}", pick({8, 13}), pick({34, 50}), order);
    default:
      return fmt::format("local candles = c.candles(\"30m\", {})\nlocal high, low = c.ta.highest(candles, 20), c.ta.lowest(candles, 20)\nlocal side\n"
                         "if price > high * 0.999 then side = \"long\" elseif price < low * 1.001 then side = \"short\" else return nil end\n{}",
                         pick({40, 60}), order);
  }
}

constexpr std::array kHostile{
    "while true do end",
    "local t = {} while true do t[#t + 1] = (\"x\"):rep(1e6) end",
    "return os.execute(\"touch /tmp/owned\")",
    "return (getmetatable(\"\").__index).dump(function() end)",
    "local ok = pcall(function() while true do end end) while true do pcall(function() while true do end end) end",
    "return (\"a\"):rep(1e9):find((\".-\"):rep(20) .. \"b\")",
};

constexpr std::array kLookahead{
    "local next = c.candles(\"1m\", -60)\nreturn { position = next[1].close > price and \"long\" or \"short\", price_take_profit = price * 1.02, price_stop_loss = price * 0.98 }",
    "local list = c.candles(\"1m\", 10)\nlocal later = list[#list + 30]\nreturn { position = later.close > price and \"long\" or \"short\", price_take_profit = price * 1.02, price_stop_loss = price * 0.98 }",
    "local later = btk.get_next_candles(symbol, \"1m\", 60)\nreturn { position = \"long\", price_take_profit = later[60].close, price_stop_loss = price * 0.98 }",
};

std::string rules_answer(const Conversation& c) {
  std::string body = sound_body(c.chance);
  if (has_mood(c, "hostile")) body = kHostile[c.chance % kHostile.size()];
  if (has_mood(c, "lookahead")) body = kLookahead[c.chance % kLookahead.size()];
  if (has_mood(c, "greedy")) {  // more than a strategy may wish
    body = "return { position = \"long\", price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 60,\n"
           "         multiplier = 20, cost = 1e6, isolated = false, id = \"mine\", note = \"greedy\" }";
  }
  if (has_mood(c, "patient")) {
    body = "local days, sum = c.candles(\"1d\", 100), 0\nfor i = 1, #days do sum = sum + days[i].close end\n"
           "local sign = price > sum / #days and 1 or -1\n"
           "return { position = sign > 0 and \"long\" or \"short\", price_take_profit = price * (1 + sign * 0.02),\n"
           "         price_stop_loss = price * (1 - sign * 0.02), minute_estimated_time = 60, note = #days .. \" days\" }";
  }
  if (has_mood(c, "idle")) body = "return nil";
  if (has_mood(c, "hopeless") || (has_mood(c, "broken") && c.repairs == 0)) body = "if price > then return nil end";
  return json{{"title", fmt::format("Scripted strategy {}", c.chance % 1000)}, {"rationale", "The prompt decides. <b>\"quoted\"</b> ]] `x` ${y}"}, {"lua", body}}.dump();
}

// The last number behind "C:" is the newest close of the candles in the prompt.
double newest_close(const std::string& text) {
  const auto at = text.rfind(" C:");
  return at == std::string::npos ? 100 : std::strtod(text.c_str() + at + 3, nullptr);
}

std::string signal_answer(const Conversation& c) {
  const double price = newest_close(c.text);
  const bool is_long = c.chance % 3 == 0, wait = c.chance % 3 == 2;
  const double sign = is_long || (has_mood(c, "broken") && c.repairs == 0) ? 1 : -1;
  return json{{"position", wait ? "wait" : is_long ? "long" : "short"},
              {"note", "scripted"},
              {"price_open", price},
              {"price_take_profit", price * (1 + sign * 0.02)},
              {"price_stop_loss", price * (1 - sign * 0.01)},
              {"minute_estimated_time", 120}}.dump();
}

const json* schema_of(const json& request) {
  if (const auto format = request.find("format"); format != request.end()) return &*format;
  if (const auto wish = request.find("response_format"); wish != request.end()) return &wish->at("json_schema").at("schema");
  return nullptr;
}

}  // namespace

std::string scripted_answer(const json& request) {
  const Conversation c = read(request);
  const json* schema = schema_of(request);
  if (schema == nullptr) {
    return fmt::format("## Strategy {}\n\n- Buy when **RSI < 30** & the price is > its average.\n- Stop at `1.5 %`.\n", c.chance % 1000);
  }
  if (has_mood(c, "babble") && c.repairs == 0) return "I would buy, but I am not sure.";
  const json properties = schema->value("properties", json::object());
  if (properties.contains("lua")) return rules_answer(c);
  if (properties.contains("position")) return signal_answer(c);
  return "{}";
}

}  // namespace btk::llm_server

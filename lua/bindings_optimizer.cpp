// core.host functions of btk.llm and btk.optimizer: questions to models, program
// texts that models write, generated files, candles of a range without a run.
#include <fmt/format.h>

#include <chrono>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

LlmService& service(Script& script) {
  if (!script.options().llm) throw Error("this command asks no language models");
  return *script.options().llm;
}

std::string long_text_field(lua_State* L, int table, const char* key) {
  lua_getfield(L, table, key);
  std::string value = text_arg(L, -1);
  lua_pop(L, 1);
  return value;
}

std::vector<LlmMessage> messages_at(lua_State* L, int table) {
  std::vector<LlmMessage> messages;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, table)); i <= n; ++i) {
    lua_rawgeti(L, table, i);
    const int item = lua_gettop(L);
    messages.push_back({long_text_field(L, item, "role"), long_text_field(L, item, "content")});
    lua_pop(L, 1);
  }
  return messages;
}

std::vector<LlmMessage> messages_field(lua_State* L, int table) {
  lua_getfield(L, table, "messages");
  auto messages = messages_at(L, lua_gettop(L));
  lua_pop(L, 1);
  return messages;
}

std::optional<LlmMask> mask_field(lua_State* L, int table) {
  lua_getfield(L, table, "mask");
  std::optional<LlmMask> mask;
  if (lua_istable(L, -1)) {
    const int t = lua_gettop(L);
    mask = LlmMask{text_field(L, t, "symbol"), static_cast<Timestamp>(number_field(L, t, "now")), number_field(L, t, "price", 1), {}};
    lua_getfield(L, t, "price_fields");
    for (int i = 1; lua_istable(L, -1) && i <= static_cast<int>(lua_objlen(L, -1)); ++i) {
      lua_rawgeti(L, -1, i);
      mask->price_fields.push_back(text_arg(L, -1));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return mask;
}

void set_attempts(lua_State* L, const std::vector<LlmAttempt>& attempts) {
  lua_createtable(L, static_cast<int>(attempts.size()), 0);
  int i = 0;
  for (const LlmAttempt& a : attempts) {
    lua_createtable(L, 0, 4);
    set_field(L, "prompt_tokens", static_cast<double>(a.prompt_tokens));
    set_field(L, "completion_tokens", static_cast<double>(a.completion_tokens));
    set_field(L, "duration_ms", a.duration_ms);
    set_field(L, "replayed", a.replayed);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "attempts");
}

// llm_ask{ messages, schema, model, think, timeout_ms, signal, mask }: { content, key, attempts }. A signal's prices are
// in the market's units.
int llm_ask(lua_State* L, Script& script) {
  LlmService& llm = service(script);
  LlmCall call;
  call.messages = messages_field(L, 1);
  call.schema = long_text_field(L, 1, "schema");
  call.model = text_field(L, 1, "model");
  call.timeout_ms = static_cast<int>(number_field(L, 1, "timeout_ms"));
  call.mask = mask_field(L, 1);
  lua_getfield(L, 1, "think");
  if (lua_isboolean(L, -1)) call.think = lua_toboolean(L, -1) != 0;
  lua_getfield(L, 1, "signal");
  call.signal = lua_toboolean(L, -1) != 0;
  lua_pop(L, 2);
  const LlmAnswer answer = llm.ask(call);
  lua_createtable(L, 0, 3);
  set_field(L, "content", std::string_view(answer.content));
  set_field(L, "key", std::string_view(answer.key));
  set_attempts(L, answer.attempts);
  return 1;
}

// llm_dump(id, messages, result, folder): the path. A folder is relative to the script's.
int llm_dump(lua_State* L, Script& script) {
  std::string folder = text_arg(L, 4);
  if (!folder.empty()) folder = (script.folder() / folder).string();
  const std::string path = service(script).dump({text_arg(L, 1), messages_at(L, 2), text_arg(L, 3), folder});
  lua_pushlstring(L, path.data(), path.size());
  return 1;
}

int llm_configure(lua_State* L, Script& script) {
  service(script).configure(text_arg(L, 1), text_arg(L, 2));
  return 0;
}

// llm_names(): provider, model; nothing without a model service.
int llm_names(lua_State* L, Script& script) {
  if (!script.options().llm) return 0;
  const std::string provider = script.options().llm->provider(), model = script.options().llm->model();
  lua_pushlstring(L, provider.data(), provider.size());
  lua_pushlstring(L, model.data(), model.size());
  return 2;
}

// write_rules(wish): { title, rationale, body, failure, attempts }.
int write_rules(lua_State* L, Script& script) {
  if (!script.options().write_rules) {
    lua_createtable(L, 0, 2);
    set_field(L, "failure", std::string_view("kind \"rules\" is written by `btkhost optimize`: only there program texts of a model are tried in a sandbox"));
    set_attempts(L, {});
    return 1;
  }
  RulesWish wish;
  wish.symbol = text_field(L, 1, "symbol");
  wish.strategy_name = text_field(L, 1, "strategy_name");
  wish.head = long_text_field(L, 1, "head");
  wish.tail = long_text_field(L, 1, "tail");
  wish.messages = messages_field(L, 1);
  wish.strategy = long_text_field(L, 1, "strategy");
  wish.interval = text_field(L, 1, "interval");
  wish.from = static_cast<Timestamp>(number_field(L, 1, "from"));
  wish.to = static_cast<Timestamp>(number_field(L, 1, "to"));
  wish.mask = mask_field(L, 1);
  const WrittenRules rules = script.options().write_rules(wish);
  lua_createtable(L, 0, 5);
  set_field(L, "title", std::string_view(rules.title));
  set_field(L, "rationale", std::string_view(rules.rationale));
  set_field(L, "body", std::string_view(rules.body));
  if (!rules.failure.empty()) set_field(L, "failure", std::string_view(rules.failure));
  set_attempts(L, rules.attempts);
  return 1;
}

// write_generated(folder, { { path =, text = }, ... }): names under which files were kept that somebody had written or edited.
int write_generated(lua_State* L, Script& script) {
  if (!script.options().write_generated) throw Error("this command writes no generated files");
  std::vector<GeneratedFile> files;
  for (int i = 1, n = static_cast<int>(lua_objlen(L, 2)); i <= n; ++i) {
    lua_rawgeti(L, 2, i);
    const int item = lua_gettop(L);
    files.push_back({text_field(L, item, "path"), long_text_field(L, item, "text")});
    lua_pop(L, 1);
  }
  const auto kept = script.options().write_generated(text_arg(L, 1), files);
  lua_createtable(L, static_cast<int>(kept.size()), 0);
  int i = 0;
  for (const std::string& name : kept) {
    lua_pushlstring(L, name.data(), name.size());
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

// output_folder(path): where a script's `path` lies, as the host sees it.
int output_folder(lua_State* L, Script& script) {
  const std::string folder = (script.folder() / text_arg(L, 1)).lexically_normal().string();
  lua_pushlstring(L, folder.data(), folder.size());
  return 1;
}

// relative_path(path, base, folder): `path` (relative to base) as seen from `folder`; an absolute one stays.
int relative_path(lua_State* L, Script&) {
  const std::filesystem::path path = text_arg(L, 1);
  std::string seen = path.string();
  if (path.is_relative()) {
    namespace fs = std::filesystem;
    const fs::path full = fs::absolute(fs::path(text_arg(L, 2)) / path).lexically_normal();
    seen = full.lexically_relative(fs::absolute(text_arg(L, 3)).lexically_normal()).generic_string();
  }
  lua_pushlstring(L, seen.data(), seen.size());
  return 1;
}

// range_candles(exchange, folder, symbol, interval, from, to): candle tables that open in [from, to), oldest first.
int range_candles(lua_State* L, Script& script) {
  if (!script.options().open_exchange) throw Error("this program opens no exchanges");
  ExchangeSchema schema = read_exchange(L, 1);
  schema.base_dir = text_arg(L, 2);
  const std::string symbol = text_arg(L, 3);
  const Interval interval = *parse_interval(text_arg(L, 4));
  const auto from = static_cast<Timestamp>(lua_tonumber(L, 5)), to = static_cast<Timestamp>(lua_tonumber(L, 6));
  const auto loaded = script.options().open_exchange(schema)->load(symbol, from, to);
  const CandleSeries longer = interval == Interval::m1 ? CandleSeries() : loaded->series.resample(interval);
  const CandleSeries& series = interval == Interval::m1 ? loaded->series : longer;
  lua_newtable(L);
  int n = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Candle c = series.at(i);
    if (c.timestamp < from || c.timestamp >= to) continue;
    push_candle(L, c);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

// wall_clock(): milliseconds since 1970, for what has to be in the past.
int wall_clock(lua_State* L, Script&) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  lua_pushnumber(L, static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
  return 1;
}

// read_beside(path): the text of a file in the script's folder.
int read_beside(lua_State* L, Script& script) {
  const Source source = script.isolate().loader().read_beside(text_arg(L, 1));
  lua_pushlstring(L, source.text.data(), source.text.size());
  return 1;
}

constexpr NamedBinding kOptimizerBindings[] = {
    {"llm_ask", bound<llm_ask>},
    {"llm_dump", bound<llm_dump>},
    {"llm_configure", bound<llm_configure>},
    {"llm_names", bound<llm_names>},
    {"write_rules", bound<write_rules>},
    {"write_generated", bound<write_generated>},
    {"output_folder", bound<output_folder>},
    {"relative_path", bound<relative_path>},
    {"range_candles", bound<range_candles>},
    {"wall_clock", bound<wall_clock>},
    {"read_beside", bound<read_beside>},
};

}  // namespace

std::span<const NamedBinding> optimizer_bindings() { return kOptimizerBindings; }

}  // namespace btk::lua

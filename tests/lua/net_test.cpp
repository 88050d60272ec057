// btk.http, btk.crypto and btk.use_persist: what scripts of paper and live
// sessions reach beyond the market.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// Runs the text in a paper run's first tick; its prints.
std::string told(LiveBench& bench, const std::string& body) {
  bench.begin("btk.add_strategy { strategy_name = 's', interval = '1m', get_signal = function()\n" + body + "\nend }");
  bench.minute(0);
  std::string all;
  for (const std::string& e : bench.errors()) all += e;
  return all + bench.text();
}

}  // namespace

TEST_CASE("Hashes and signatures are those of the standards", "[net]") {
  ScriptBench bench;  // also in a back-test
  const auto out = bench.run(R"(
    local c = btk.crypto
    print(c.sha256("abc"))
    print(c.hmac_sha256("key", "The quick brown fox jumps over the lazy dog"))
    print(#c.sha512(""), c.hmac_sha512("Jefe", "what do ya want for nothing?"):sub(1, 16))
    print(c.base64_encode("any carnal pleas"), c.base64_decode("YW55IGNhcm5hbCBwbGVhcw=="), c.base64_encode(""))
    print(c.to_hex("\0\255"), c.to_hex(c.from_hex("00fF")))
    -- RFC 8032, test 1
    local key = c.from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    print(c.to_hex(c.ed25519_sign(key, "")):sub(1, 32))
    print(pcall(c.base64_decode, "abc"))
    print(pcall(c.ed25519_sign, "short", ""))
    print(pcall(c.hmac_sha256, "key"))
    print(pcall(c.random_bytes, 4))
  )");
  CHECK(out.lines.at(0) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(out.lines.at(1) == "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  CHECK(out.lines.at(2) == "128\t164b7a7bfcf819e2");
  CHECK(out.lines.at(3) == "YW55IGNhcm5hbCBwbGVhcw==\tany carnal pleas\t");
  CHECK(out.lines.at(4) == "00ff\t00ff");
  CHECK(out.lines.at(5) == "e5564300c360ac729086e2cc806e828a");
  CHECK_THAT(out.lines.at(6), Contains("no base64 text"));
  CHECK_THAT(out.lines.at(7), Contains("neither an Ed25519 private key"));
  CHECK_THAT(out.lines.at(8), Contains("hmac_sha256: argument"));
  CHECK_THAT(out.lines.at(9), Contains("not in a back-test"));
}

TEST_CASE("Random bytes are there in paper and live", "[net]") {
  LiveBench bench;
  CHECK(told(bench, "print(#btk.crypto.random_bytes(16), btk.crypto.random_bytes(16) ~= btk.crypto.random_bytes(16))") == "16\ttrue");
}

TEST_CASE("Requests reach the host as plain values, and answers come back", "[net]") {
  LiveBench bench;
  std::vector<lua::HttpRequest> sent;
  bench.options.http = [&](const lua::HttpRequest& request) {
    sent.push_back(request);
    return lua::HttpResponse{201, {{"content-type", "application/json"}}, "{\"ok\":true}"};
  };
  CHECK(told(bench, R"(
    local r = btk.http.get("https://x.test/a?b=1", { headers = { ["X-Key"] = "k", Count = 3 }, timeout_ms = 250 })
    print(r.status, r.headers["content-type"], btk.json.decode(r.body).ok)
    btk.http.post("http://x.test/", "a=1")
    btk.http.request { method = "DELETE", url = "https://x.test/o", body = "z" })") == "201\tapplication/json\ttrue");
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].method == "GET");
  CHECK(sent[0].timeout_ms == 250);
  REQUIRE(sent[0].headers.size() == 2);
  std::sort(sent[0].headers.begin(), sent[0].headers.end());
  CHECK(sent[0].headers[0] == std::pair<std::string, std::string>{"Count", "3"});
  CHECK(sent[1].method == "POST");
  CHECK(sent[1].body == "a=1");
  CHECK(sent[1].timeout_ms == 10'000);
  CHECK(sent[2].method == "DELETE");
}

TEST_CASE("A request without an answer, or with a mistake, is an error of one sentence", "[net]") {
  LiveBench bench;
  bench.options.http = [](const lua::HttpRequest&) -> lua::HttpResponse { throw Error("x.test did not answer within 250 ms"); };
  const std::string all = told(bench, R"(
    local function try(...) local _, e = pcall(...) print(e) end
    try(btk.http.get, "https://x.test/")
    try(btk.http.get, "ftp://x.test/")
    try(btk.http.get, "https://x.test/", { header = {} })
    try(btk.http.post, "https://x.test/", {})
    try(btk.http.get, "https://x.test/", { timeout_ms = 0 })
    try(btk.http.request, { method = "get", url = "https://x.test/" }))");
  for (const char* part : {"x.test did not answer within 250 ms", "begins with http:// or https://", "no field 'header'", "the body must be a text",
                           "timeout_ms must lie between", "a word such as GET"}) {
    CHECK_THAT(all, Contains(part));
  }
}

TEST_CASE("Persistence in Lua is kept for the host, which calls it", "[net]") {
  LiveBench bench;
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m" }
    local store, ready = {}, false
    btk.use_persist {
      wait_for_init = function() ready = true print("init") end,
      read = function(kind, key) assert(ready) return store[kind .. key] end,
      write = function(kind, key, json) if key == "bad" then error("disk full") end store[kind .. key] = json end,
      keys = function(kind) local out = {} for k in pairs(store) do out[#out + 1] = k:sub(#kind + 1) end return out end })");
  REQUIRE(bench.script->has_persist());
  CHECK(!bench.script->persist_read("pending", "BTC"));
  bench.script->persist_write("pending", "BTC", R"({"a":1})");
  CHECK(*bench.script->persist_read("pending", "BTC") == R"({"a":1})");
  CHECK(bench.script->persist_keys("pending") == std::vector<std::string>{"BTC"});
  CHECK_THROWS_WITH(bench.script->persist_write("pending", "bad", "{}"), Contains("disk full"));
  CHECK(bench.text() == "init");

  bench.begin("btk.add_strategy { strategy_name = 's', interval = '1m' }");
  CHECK(!bench.script->has_persist());
  CHECK_THROWS_WITH(bench.make("btk.use_persist { read = print }"), Contains("write is missing"));
}

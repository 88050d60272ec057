// Loops over tables give the same when LuaJIT has compiled them: its own `next` does not in every loop.
#include <catch2/catch.hpp>

#include "tests/lua/library_script.h"

using btk::test::LibraryScript;

// Tables of several kinds, in no order that a compiler could guess, by one and the same loop.
constexpr const char* kTables = R"(
  local function each(count, visit)
    for i = 1, count do
      local kind, n, t = math.random(4), math.random(0, 5), {}
      if kind == 1 then
        for k = 1, n do t[k] = i % k end
      elseif kind == 2 then
        for k = 1, n do t[#t + 1] = { k } end
      elseif kind == 3 then
        t, n = { "x", "y" }, 2
      else
        t, n = { a = 1, b = 2 }, nil
      end
      visit(t, n)
    end
  end
)";

TEST_CASE("pairs visits every key, whatever tables a compiled loop has seen before") {
  LibraryScript script;
  CHECK(script.run(std::string(kTables) + R"(
    local function length(t)
      local n, highest = 0, 0
      for key in pairs(t) do
        if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then return nil end
        n = n + 1
        if key > highest then highest = key end
      end
      if n == highest then return n end
    end
    local wrong = 0
    for seed = 1, 8 do
      math.randomseed(seed)
      each(20000, function(t, n) if length(t) ~= n then wrong = wrong + 1 end end)
    end
    return wrong .. " wrong"
  )") == "0 wrong");
}

TEST_CASE("pairs over an array goes on when the loop removes elements") {
  LibraryScript script;
  CHECK(script.run(R"(
    local t, seen = { 1, 2, 3, 4, 5 }, ""
    for i, value in pairs(t) do
      seen = seen .. value
      t[i], t[i + 1] = nil, nil
    end
    return seen .. " " .. tostring(next(t))
  )") == "135 nil");
}

TEST_CASE("json.encode writes arrays as arrays, however many tables it has written before") {
  LibraryScript script;
  CHECK(script.run(std::string(kTables) + R"(
    local wrong = 0
    for seed = 1, 8 do
      math.randomseed(seed)
      each(20000, function(t, n)
        local first = btk.json.encode(btk.json.array(t)):sub(1, 1)
        if first ~= (n and "[" or "{") then wrong = wrong + 1 end
      end)
    end
    return wrong .. " wrong"
  )") == "0 wrong");
}

#include <catch2/catch.hpp>

#include "host/cli/told_apart.h"

using btk::host::told_apart;
using Names = std::vector<std::string>;

TEST_CASE("files are told apart by as little of their paths as does it") {
  CHECK(told_apart({"a.lua", "x/b.lua"}) == Names{"a", "b"});
  CHECK(told_apart({"a/t.lua", "b/t.lua", "b/u.lua"}) == Names{"a/t", "b/t", "u"});
  CHECK(told_apart({"x/a/t.lua", "y/a/t.lua", "/z/b/t.lua"}) == Names{"x/a/t", "y/a/t", "b/t"});
}

TEST_CASE("a file in the working directory has no folder to tell") {
  CHECK(told_apart({"t.lua", "a/t.lua"}) == Names{"t", "a/t"});
  CHECK(told_apart({"../t.lua", "./a/../b/t.lua"}) == Names{"../t", "b/t"});
}

TEST_CASE("a file that is given twice is the same twice") {
  CHECK(told_apart({"a/t.lua", "a/t.lua"}) == Names{"a/t", "a/t"});
  CHECK(told_apart({"t.lua", "t.lua"}) == Names{"t", "t"});
}

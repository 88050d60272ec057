#include "engine/sha256.h"

#include <catch2/catch.hpp>

using namespace btk;

TEST_CASE("SHA-256 of the examples of FIPS 180") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
                   "lmnopqrsmnopqrstnopqrstu") ==
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the pieces in which bytes arrive do not matter, at any length") {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    Sha256 pieces;
    for (std::size_t at = 0; at < text.size(); at += 7) pieces.update(std::string_view(text).substr(at, 7));
    REQUIRE(pieces.hex() == sha256_hex(text));
    text += static_cast<char>(i);
  }
}

TEST_CASE("a digest in between does not disturb what follows") {
  Sha256 hash;
  hash.update("ab");
  CHECK(hash.hex() == sha256_hex("ab"));
  hash.update("c");
  CHECK(hash.hex() == sha256_hex("abc"));
}

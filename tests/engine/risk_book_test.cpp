#include "engine/risk_book.h"

#include <catch2/catch.hpp>

using namespace btk;

namespace {

RiskOwner owner(const std::string& symbol) { return {"strategy", "exchange", symbol}; }

RiskPosition held(const std::string& symbol, double price = 100) {
  RiskPosition p;
  p.owner = owner(symbol);
  p.price_open = price;
  return p;
}

}  // namespace

TEST_CASE("a new book is empty, also when asked about profiles that it does not know") {
  RiskBook book;
  CHECK(book.empty());
  CHECK(book.positions("any").empty());
  CHECK_FALSE(book.holds("any", owner("BTC")));
  book.release("any", owner("BTC"));
  CHECK(book.empty());
}

TEST_CASE("positions are listed in the order in which they came") {
  RiskBook book;
  for (const char* symbol : {"SOL", "BTC", "ETH"}) book.put("p", held(symbol));
  REQUIRE(book.positions("p").size() == 3);
  CHECK(book.positions("p")[0].owner.symbol == "SOL");
  CHECK(book.positions("p")[2].owner.symbol == "ETH");
}

TEST_CASE("an owner has one place; real values replace the reservation where it stands") {
  RiskBook book;
  book.put("p", held("BTC", 1));
  book.put("p", held("ETH"));
  book.put("p", held("BTC", 2));
  REQUIRE(book.positions("p").size() == 2);
  CHECK(book.positions("p")[0].price_open == 2);
}

TEST_CASE("profiles, strategies and exchanges do not mix") {
  RiskBook book;
  book.put("p", held("BTC"));
  book.put("q", held("BTC"));
  RiskPosition other = held("BTC");
  other.owner.strategy_name = "other";
  book.put("p", other);
  book.release("p", owner("BTC"));
  CHECK_FALSE(book.holds("p", owner("BTC")));
  CHECK(book.holds("p", other.owner));
  CHECK(book.holds("q", owner("BTC")));
  book.release("p", other.owner);
  book.release("q", owner("BTC"));
  CHECK(book.empty());
}

TEST_CASE("an owner's places are found and given back under every profile") {
  RiskBook book;
  book.put("p", held("BTC", 1));
  book.put("q", held("BTC", 2));
  book.put("q", held("ETH"));
  const auto places = book.held_by(owner("BTC"));
  REQUIRE(places.size() == 2);
  CHECK(places[0].first == "p");
  CHECK(places[1].second.price_open == 2);
  const auto before = book.version("q");
  book.release(owner("BTC"));
  CHECK(book.version("q") > before);  // whoever judged with it judges again
  CHECK(book.held_by(owner("BTC")).empty());
  CHECK(book.positions("q").size() == 1);
}

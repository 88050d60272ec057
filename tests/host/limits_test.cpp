#include "host/service/limits.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <limits>
#include <thread>
#include <vector>

#include "host/cli/usage_error.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kMonday = 1'704'067'200'000;  ///< 2024-01-01
constexpr Timestamp kTuesday = kMonday + kDay;

Limits loss_limit(double most) { return read_limits(std::to_string(most), "", 10'000); }

}  // namespace

TEST_CASE("Limits are read as amounts or as a share of the capital") {
  CHECK(read_limits("250", "", 10'000).max_daily_loss == 250);
  CHECK(read_limits("2.5%", "1000", 10'000).max_daily_loss == 250);
  CHECK(read_limits("", "1000", 10'000).max_exposure == 1000);
  CHECK_FALSE(read_limits("", "", 10'000).max_daily_loss);
  for (const char* bad : {"0", "-5", "5x", "%", "101%", "nan", "inf"}) {
    INFO(bad);
    CHECK_THROWS_WITH(read_limits(bad, "", 10'000), Contains("--max-daily-loss"));
    CHECK_THROWS_WITH(read_limits("", bad, 10'000), Contains("--max-exposure"));
  }
}

TEST_CASE("A day's loss counts what was closed and what is open, and blocks entries until the next UTC day") {
  LimitBook book(loss_limit(100));
  book.set_open("A", kMonday + kHour, -40, 500);
  book.set_open("B", kMonday + kHour, -50, 500);
  CHECK(book.view(kMonday + kHour).daily_pnl == -90);
  CHECK_FALSE(book.refuse_entry("C", kMonday + kHour, 10));
  book.set_open("C", kMonday + kHour, 0, 0);  // it was not made after all

  book.add_closed("A", kMonday + 2 * kHour, "one", -50);  // it closed 10 lower than it was last seen
  CHECK_FALSE(book.view(kMonday + 2 * kHour).tripped);
  book.set_open("A", kMonday + 2 * kHour, 0, 0);
  const auto view = book.view(kMonday + 2 * kHour);
  CHECK(view.daily_pnl == -100);
  CHECK(view.tripped);
  CHECK_FALSE(view.flatten);
  CHECK_THAT(view.why, Contains("--max-daily-loss 100.00") && Contains("no entries until 2024-01-02 00:00"));
  CHECK(book.refuse_entry("C", kMonday + 3 * kHour, 10) == view.why);

  book.set_open("B", kMonday + 4 * kHour, 500, 500);  // prices come back: it stays
  CHECK(book.view(kMonday + 4 * kHour).tripped);
  CHECK_FALSE(book.view(kTuesday).tripped);
  CHECK_FALSE(book.refuse_entry("C", kTuesday, 10));
}

TEST_CASE("What was lost on an earlier day is not lost again on the next") {
  LimitBook book(loss_limit(100));
  book.set_open("A", kMonday, -80, 500);
  book.set_open("A", kTuesday, -90, 500);
  CHECK(book.view(kTuesday).daily_pnl == -10);
  book.add_closed("A", kTuesday + 1, "one", -95);
  book.set_open("A", kTuesday + 1, 0, 0);
  CHECK(book.view(kTuesday + 1).daily_pnl == -15);
  // A trader that is still busy with the day before changes this day.
  book.set_open("B", kTuesday - kMinute, -1, 10);
  CHECK(book.view(kTuesday + 1).daily_pnl == -16);
}

TEST_CASE("Flattening is asked for only when that was chosen") {
  Limits limits = loss_limit(10);
  limits.flatten = true;
  LimitBook book(limits);
  CHECK_FALSE(book.view(kMonday).flatten);
  book.set_open("A", kMonday, -10, 100);
  CHECK(book.view(kMonday).flatten);
}

TEST_CASE("Exposure is what is open and what is being opened") {
  LimitBook book(read_limits("", "1000", 10'000));
  book.set_open("A", kMonday, 0, 600);
  CHECK_THAT(book.refuse_entry("B", kMonday, 500).value_or(""),
             Contains("500.00 beside 600.00 already open") && Contains("1000.00"));
  CHECK_FALSE(book.refuse_entry("B", kMonday, 400));
  CHECK(book.view(kMonday).exposure == 1000);
  CHECK(book.refuse_entry("C", kMonday, 1));
  CHECK(book.refuse_entry("A", kMonday, 1));          // an average buy counts on top
  CHECK_FALSE(book.refuse_entry("B", kMonday, 400));  // asking again is not asking twice
  book.set_open("B", kMonday, 0, 0);
  CHECK_FALSE(book.refuse_entry("C", kMonday, 400));
  book.set_open("C", kMonday, 0, 400);
  CHECK(book.view(kMonday).exposure == 1000);
}

TEST_CASE("A restart goes on with the same day") {
  LimitBook before(loss_limit(100));
  before.set_open("A", kMonday, 50, 100);
  before.set_open("B", kMonday, -60, 100);
  before.add_closed("C", kMonday, "one", -50);
  before.set_open("C", kMonday, 0, 0);
  LimitBook after(loss_limit(100), read_limit_state(to_json(before.state())));
  CHECK(after.view(kMonday).daily_pnl == -60);
  CHECK(after.view(kMonday).exposure == 200);
  after.set_open("B", kMonday + 1, -60, 100);  // those who have not spoken yet count as they did
  CHECK_FALSE(after.view(kMonday + 1).tripped);
  after.set_open("A", kMonday + 1, 10, 100);
  CHECK(after.view(kMonday + 1).tripped);
  CHECK(LimitBook(loss_limit(100), after.state()).view(kMonday + 2).tripped);
  CHECK_FALSE(LimitBook(loss_limit(100), after.state()).view(kTuesday).tripped);
  CHECK_THROWS_AS(read_limit_state({{"day", "x"}}), Error);
}

TEST_CASE("A close that is made again after a kill counts once") {
  LimitBook before(loss_limit(100));
  before.set_open("A", kMonday, -50, 100);
  before.add_closed("A", kMonday, "one", -60);
  before.set_open("A", kMonday, 0, 0);
  LimitBook after(loss_limit(100), read_limit_state(to_json(before.state())));
  after.set_open("A", kMonday, after.last_pnl("A"), 100);  // its journal did not hear of the close
  CHECK(after.view(kMonday).daily_pnl == -60);
  after.add_closed("A", kMonday, "one", -60);
  after.set_open("A", kMonday, 0, 0);
  CHECK(after.view(kMonday).daily_pnl == -60);
  after.add_closed("A", kMonday, "two", -60);
  after.set_open("A", kMonday, 0, 0);
  CHECK(after.view(kMonday).tripped);
}

TEST_CASE("What traders of an earlier session lost this day stays lost, but they hold nothing here") {
  LimitBook book(loss_limit(100));
  book.set_open("A", kMonday, -50, 100);
  book.set_open("B", kMonday, -20, 300);
  book.keep_only({"A"});
  CHECK(book.view(kMonday).daily_pnl == -70);
  CHECK(book.view(kMonday).exposure == 100);
  book.set_open("A", kMonday, -80, 100);
  CHECK(book.view(kMonday).tripped);
}

TEST_CASE("What is no number blocks instead of passing") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  LimitBook loss(loss_limit(100));
  loss.set_open("A", kMonday, nan, 100);
  CHECK(loss.refuse_entry("B", kMonday, 1));
  const auto written = nlohmann::ordered_json::parse(to_json(loss.state()).dump());
  CHECK(LimitBook(loss_limit(100), read_limit_state(written)).refuse_entry("B", kMonday, 1));
  LimitBook exposure(read_limits("", "1000", 10'000));
  exposure.set_open("A", kMonday, 0, nan);
  CHECK(exposure.refuse_entry("B", kMonday, 1));
  CHECK(LimitBook(read_limits("", "1000", 10'000)).refuse_entry("B", kMonday, nan));
}

TEST_CASE("Traders that enter at the same time do not exceed the limit together") {
  LimitBook book(read_limits("", "1000", 10'000));
  std::atomic<int> entered{0};
  std::vector<std::thread> traders;
  for (int i = 0; i < 8; ++i) {
    traders.emplace_back([&, i] {
      if (!book.refuse_entry("T" + std::to_string(i), kMonday, 250)) ++entered;
    });
  }
  for (std::thread& trader : traders) trader.join();
  CHECK(entered == 4);
}

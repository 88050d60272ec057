// Sizing, the position helper, constants and pure helpers (analytics.md 4,
// engine.md 7.8).
#include "tests/lua/script_bench.h"

using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

const std::string kSizings = R"(
    btk.add_sizing { sizing_name = "fixed", method = "fixed-percentage", risk_percentage = 2 }
    btk.add_sizing { sizing_name = "kelly", method = "kelly-criterion" }
    btk.add_sizing { sizing_name = "atr", method = "atr-based", risk_percentage = 1 }
    btk.add_sizing { sizing_name = "limits", method = "fixed-percentage", risk_percentage = 2, min_position_size = 50,
                     max_position_percentage = 30, max_position_size = 20 }
    btk.add_sizing { sizing_name = "told", method = "fixed-percentage", risk_percentage = 2, callbacks = {
      on_calculate = function(q, p) print(q, p.symbol, p.account_balance, p.price_open, p.price_stop_loss, p.method) error("x") end } }
    btk.add_strategy { strategy_name = "s" }
    local size = btk.position_size
)";

std::string answer(const std::string& code) {
  ScriptBench bench;
  const auto out = bench.run(kSizings + code);
  return out.problem.empty() ? out.text() : out.problem;
}

}  // namespace

TEST_CASE("Position sizes: the verified examples", "[script]") {
  CHECK(answer("print(size.fixed_percentage('B', 10000, 100, 95, { sizing_name = 'fixed' }))") == "40");
  CHECK(answer("print(('%.17g'):format(size.kelly_criterion('B', 10000, 100, 0.6, 2, { sizing_name = 'kelly' })))") == "9.9999999999999982");
  CHECK(answer("print(size.kelly_criterion('B', 10000, 100, 0.2, 1, { sizing_name = 'kelly' }))") == "0");
  CHECK(answer("print(size.atr_based('B', 10000, 100, 5, { sizing_name = 'atr' }))") == "10");
  CHECK(answer("print(size.fixed_percentage('B', 10000, 100, 95, { sizing_name = 'limits' }))") == "20");
  CHECK(answer("print(size.fixed_percentage('B', 10000, 100, 95, { sizing_name = 'told' }))") ==
        "40\tB\t10000\t100\t95\tfixed-percentage\n40");
}

TEST_CASE("Position sizes: mistakes", "[script]") {
  struct Wrong { const char* call; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"size.fixed_percentage('B', 10000, 100, 100, { sizing_name = 'fixed' })", "Stop-loss distance cannot be zero"},
      {"size.fixed_percentage('B', 10000, 100, 95, { sizing_name = 'kelly' })",
       "Sizing method mismatch: sizing \"kelly\" is configured as \"kelly-criterion\" but \"fixed-percentage\" was requested"},
      {"size.fixed_percentage('B', 10000, 100, 95, { sizing_name = 'fixd' })", "sizing \"fixd\" is not registered (did you mean \"fixed\"?)"},
      {"size.fixed_percentage('B', 10000, 100, 95)", "position_size.fixed_percentage needs { sizing_name = }"},
      {"size.fixed_percentage('B', '1', 100, 95, { sizing_name = 'fixed' })", "balance must be a finite number, got 1"},
      {"size.kelly_criterion('B', 10000, 100, 1, 2, { sizing_name = 'kelly' })", "win_rate must be between 0 and 1, got 1"},
      {"size.kelly_criterion('B', 10000, 100, 0.5, 0, { sizing_name = 'kelly' })", "win_loss_ratio must be above zero, got 0"},
      {"size.kelly_criterion('B', 10000, 0, 0.5, 1, { sizing_name = 'kelly' })", "price_open must be above zero, got 0"},
      {"size.atr_based('B', 10000, 100, 0, { sizing_name = 'atr' })", "atr must be above zero, got 0"},
  }));
  CAPTURE(wrong.call);
  const std::string told = answer(wrong.call);
  CHECK_THAT(told, Catch::StartsWith("test.lua:11: ") && Contains(wrong.message));
}

TEST_CASE("The position helper and the constants", "[script]") {
  CHECK(answer("local b = btk.position.bracket { position = 'short', current_price = 200, percent_stop_loss = 5, percent_take_profit = 10 } "
               "print(b.position, b.price_take_profit, b.price_stop_loss, b.price_open)") == "short\t180\t210\tnil");
  CHECK(answer("local b = btk.position.moonbag { position = 'long', current_price = 200, percent_stop_loss = 5 } "
               "print(b.position, b.price_take_profit, b.price_stop_loss)") == "long\t300\t190");
  CHECK_THAT(answer("btk.position.bracket { position = 'up', current_price = 1, percent_stop_loss = 1, percent_take_profit = 1 }"),
             Contains("test.lua:11: position.bracket: position must be \"long\" or \"short\", got up"));
  CHECK_THAT(answer("btk.position.moonbag { position = 'long', price = 1 }"), Contains("position.moonbag has no field 'price'"));
  CHECK(answer("local c = btk.constant print(c.TP_LEVEL1, c.TP_LEVEL2, c.TP_LEVEL3, c.SL_LEVEL1, c.SL_LEVEL2, c.tp_level1)") ==
        "30\t60\t90\t40\t80\t30");
}

TEST_CASE("Pure helpers", "[script]") {
  CHECK(answer("print(btk.percent_diff(100, 110), btk.percent_diff(5, 5), btk.percent_diff(0, 1), btk.percent_value(100, 90))") ==
        "10\t0\tinf\t-10");
  CHECK(answer("print(btk.percent_to_close_cost(30, 250), btk.invested_cost_to_percent(75, 250))") == "75\t30");
  CHECK(answer("print(btk.sl_percent_shift_to_price(-5, 90, 100, 'long'), btk.sl_price_to_percent_shift(95, 90, 100, 'long'), "
               "btk.sl_percent_shift_to_price(-5, 110, 100, 'short'), btk.sl_price_to_percent_shift(95, 90, 100))") == "95\t-5\t105\t-5");
  CHECK(answer("print(btk.tp_percent_shift_to_price(5, 110, 100, 'long'), btk.tp_price_to_percent_shift(115, 110, 100, 'long'), "
               "btk.tp_percent_shift_to_price(-5, 90, 100, 'short'))") == "115\t5\t95");
  CHECK(answer("print(btk.get_liquidation_price { position = 'long', price_open = 100, multiplier = 10 } == 90.3707511315119)") == "true");
  CHECK(answer("print(btk.get_liquidation_price { position = 'short', price_open = 100, multiplier = 5 } > 119.54)") == "true");
  CHECK_THAT(answer("btk.get_liquidation_price { price_open = 100 }"), Contains("the row needs position"));
  CHECK_THAT(answer("btk.percent_diff('1', 2)"), Contains("test.lua:11: percent_diff: a must be a number, got string"));
}

TEST_CASE("validate_signal answers with the broken rules, without filling defaults", "[script]") {
  CHECK(answer("print((btk.validate_signal({ position = 'long', price_take_profit = 102, price_stop_loss = 98, minute_estimated_time = 60, "
               "multiplier = 1, isolated = true }, 100)))") == "true");  // no rule asks for a cost
  CHECK(answer("print((btk.validate_signal({ position = 'long', price_take_profit = 102, price_stop_loss = 98, minute_estimated_time = 60, "
               "cost = 100, multiplier = 1, isolated = true }, 100)))") == "true");
  CHECK(answer("local ok, why = btk.validate_signal(long(100, { price_stop_loss = 101 }), 100) print(ok, #why > 1, why[1])") ==
        "false\ttrue\tprice_stop_loss 101 of a long must be below the entry 100");
  CHECK(answer("local ok, why = btk.validate_signal({ position = 'long', price_tp = 1 }, 100) print(ok, why[1])") ==
        "false\ta signal has no field 'price_tp'; it has id, symbol, position, price_open, price_take_profit, price_stop_loss, "
        "minute_estimated_time, cost, multiplier, isolated, note");
}

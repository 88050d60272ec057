#include "engine/validate.h"

#include <cmath>

#include "engine/text.h"

namespace btk {
namespace {

/// `is` with as few decimals, two at least, as tell it from `bound`.
std::string told_apart(double is, double bound) {
  constexpr int kMostDecimals = 12;
  for (int decimals = 2; decimals < kMostDecimals; ++decimals) {
    std::string text = fixed(is, decimals);
    if (text != fixed(bound, decimals)) return text;
  }
  return shortest(is);
}

class Rules {
 public:
  Rules(const SignalRequest& request, double price, const Config& config)
      : r_(request), c_(config), open_(request.price_open.absent() ? GivenNumber(price) : request.price_open) {}

  std::vector<Refusal> run(double price) {
    position();
    number(open_, "price_open", "price_open");
    number(r_.price_take_profit, "price_take_profit", "tp");
    number(r_.price_stop_loss, "price_stop_loss", "sl");
    if (known_side()) {
      sides();
      distances();
    }
    life_time();
    leverage();
    if (refusals_.empty()) range(price);
    return std::move(refusals_);
  }

 private:
  void refuse(std::string code, std::string sentence) { refusals_.push_back({std::move(code), std::move(sentence)}); }
  bool is_long() const { return r_.position == "long"; }
  bool known_side() const { return is_long() || r_.position == "short"; }

  void position() {
    if (!r_.position) refuse("position_required", "position is missing; give \"long\" or \"short\"");
    if (!known_side()) {
      refuse("position_invalid", "position must be \"long\" or \"short\", got \"" + r_.position.value_or("") + "\"");
    } else if (is_long() && !c_.enable_long_signal) {
      refuse("long_disabled", "long signals are switched off (CC_ENABLE_LONG_SIGNAL)");
    } else if (!is_long() && !c_.enable_short_signal) {
      refuse("short_disabled", "short signals are switched off (CC_ENABLE_SHORT_SIGNAL)");
    }
  }

  void number(const GivenNumber& n, std::string_view name, std::string_view short_name) {
    if (n.kind == GivenNumber::Kind::number && std::isfinite(n.value) && n.value > 0) return;
    const std::string field(name), code(short_name);
    if (n.kind != GivenNumber::Kind::number) {
      refuse(code + "_type", n.absent() ? field + " is missing; give a price" : field + " must be a number");
    }
    if (!std::isfinite(n.value)) {
      refuse(code + "_not_finite", field + " must be a finite number, got " + shortest(n.value));
    } else if (n.value <= 0) {
      refuse(code + "_not_positive", field + " must be above zero, got " + shortest(n.value));
    }
  }

  // Comparisons are written so that NaN, already refused above, adds nothing.
  void sides() {
    const double open = open_.value, tp = r_.price_take_profit.value, sl = r_.price_stop_loss.value;
    const auto side = [this] { return std::string(is_long() ? "long" : "short"); };
    if (is_long() ? tp <= open : tp >= open) {
      refuse("tp_wrong_side", "price_take_profit " + shortest(tp) + " of a " + side() + " must be " +
                                  (is_long() ? "above" : "below") + " the entry " + shortest(open));
    }
    if (is_long() ? sl >= open : sl <= open) {
      refuse("sl_wrong_side", "price_stop_loss " + shortest(sl) + " of a " + side() + " must be " +
                                  (is_long() ? "below" : "above") + " the entry " + shortest(open));
    }
  }

  void distances() {
    const double open = open_.value, tp = r_.price_take_profit.value, sl = r_.price_stop_loss.value;
    const double to_take = is_long() ? ((tp - open) / open) * 100 : ((open - tp) / open) * 100;
    const double to_stop = is_long() ? ((open - sl) / open) * 100 : ((sl - open) / open) * 100;
    // One on the wrong side, or beside an entry that is no price, has its sentence already; the code alone is added.
    const auto sentence = [](std::string_view what, double is, std::string_view bound, double key, std::string_view name) {
      if (is <= 0) return std::string();
      return std::string(what) + " is " + told_apart(is, key) + " % from the entry; " + std::string(bound) + " " + shortest(key) +
             " % is allowed (" + std::string(name) + ")";
    };
    if (const double k = c_.min_takeprofit_distance_percent; k > 0 && to_take < k) {
      refuse("tp_too_close",
             sentence("price_take_profit", to_take, "at least", k, "CC_MIN_TAKEPROFIT_DISTANCE_PERCENT"));
    }
    if (const double k = c_.min_stoploss_distance_percent; k > 0 && to_stop < k) {
      refuse("sl_too_close", sentence("price_stop_loss", to_stop, "at least", k, "CC_MIN_STOPLOSS_DISTANCE_PERCENT"));
    }
    if (const double k = c_.max_stoploss_distance_percent; k > 0 && to_stop > k) {
      refuse("sl_too_far", sentence("price_stop_loss", to_stop, "at most", k, "CC_MAX_STOPLOSS_DISTANCE_PERCENT"));
    }
  }

  void life_time() {
    const GivenNumber& t = r_.minute_estimated_time;
    const double limit = c_.max_signal_lifetime_minutes;
    const bool is_number = t.kind == GivenNumber::Kind::number;
    if (!is_number) refuse("time_type", "minute_estimated_time must be a number of minutes");
    if (t.value <= 0) refuse("time_not_positive", "minute_estimated_time must be above zero, got " + shortest(t.value));
    if (is_number && std::isinf(t.value)) {
      if (!std::isinf(limit)) {
        refuse("time_infinite", "an infinite minute_estimated_time needs CC_MAX_SIGNAL_LIFETIME_MINUTES = Infinity");
      }
    } else if (!is_number || !(std::floor(t.value) == t.value)) {
      refuse("time_not_integer", "minute_estimated_time must be a whole number of minutes, got " + shortest(t.value));
    }
    if (!std::isinf(limit) && t.value > limit) {
      refuse("time_too_large", "minute_estimated_time " + shortest(t.value) + " is more than " + shortest(limit) +
                                   " (CC_MAX_SIGNAL_LIFETIME_MINUTES)");
    }
  }

  void leverage() {
    const GivenNumber& m = r_.multiplier;
    if (m.kind != GivenNumber::Kind::number || !std::isfinite(m.value)) {
      refuse("multiplier_not_finite", "multiplier must be a finite number");
    } else if (m.value <= 0) {
      refuse("multiplier_not_positive", "multiplier must be above zero, got " + shortest(m.value));
    }
    if (r_.isolated == SignalRequest::Flag::wrong_type) refuse("isolated_type", "isolated must be true or false");
    const GivenNumber& cost = r_.cost;
    if (cost.kind == GivenNumber::Kind::absent) return;  // what nobody gives costs CC_POSITION_ENTRY_COST
    if (cost.kind != GivenNumber::Kind::number || !std::isfinite(cost.value) || cost.value <= 0) {
      refuse("cost_not_positive", "cost must be a number of USD above zero, got " + shortest(cost.value));
    }
  }

  // A resting limit order has its own sides checked above; an entry now must lie between stop and target.
  void range(double price) {
    if (entry_mode(r_, price) == EntryMode::scheduled) return;
    const double tp = r_.price_take_profit.value, sl = r_.price_stop_loss.value;
    if (is_long() ? price <= sl : price >= sl) {
      refuse("immediate_beyond_sl", "the average price " + shortest(price) + " is already beyond price_stop_loss " +
                                        shortest(sl) + "; the position would close at once");
    }
    if (is_long() ? price >= tp : price <= tp) {
      refuse("immediate_beyond_tp", "the average price " + shortest(price) + " is already beyond price_take_profit " +
                                        shortest(tp) + "; there is nothing left to gain");
    }
  }

  const SignalRequest& r_;
  const Config& c_;
  GivenNumber open_;
  std::vector<Refusal> refusals_;
};

}  // namespace

SignalRequest with_defaults(SignalRequest r, const Config& c) {
  if (r.minute_estimated_time.absent()) r.minute_estimated_time = c.max_signal_lifetime_minutes;
  if (r.cost.absent()) r.cost = c.position_entry_cost;
  if (r.multiplier.absent()) r.multiplier = c.signal_leverage_multiplier;
  if (r.isolated == SignalRequest::Flag::absent) {
    r.isolated = c.signal_isolated_margin ? SignalRequest::Flag::yes : SignalRequest::Flag::no;
  }
  return r;
}

EntryMode entry_mode(const SignalRequest& r, double price) {
  if (r.price_open.absent()) return EntryMode::market;
  const bool now = r.position == "long" ? price <= r.price_open.value : price >= r.price_open.value;
  return now ? EntryMode::immediate : EntryMode::scheduled;
}

std::vector<Refusal> validate(const SignalRequest& request, double price, const Config& config) {
  if (!std::isfinite(price) || price <= 0) {
    return {{"current_price_invalid", "the average price is " + shortest(price) + "; no signal can be checked against it"}};
  }
  return Rules(request, price, config).run(price);
}

std::string join(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const Refusal& r : refusals) {
    if (r.sentence.empty()) continue;
    if (!text.empty()) text += "; ";
    text += r.sentence;
  }
  return text;
}

}  // namespace btk

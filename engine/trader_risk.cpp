// Risk checks of a candidate, and of a limit order about to open (engine.md 10.2):
// profile by profile, each allowed one reserves a place in the book; whatever
// ends the attempt gives all places back.
#include <utility>

#include "engine/trader.h"

namespace btk {

void Trader::check_risk(RiskOrigin origin, double price) {
  risk_origin_ = origin;
  risk_index_ = 0;
  step_ = Step::risk;
  if (setup_.risk_profiles.empty()) return risk_passed();
  risk_query_ = {};
  risk_query_.current_price = price;
  risk_query_.timestamp = static_cast<Timestamp>(now_.when);
  risk_query_.waiting = origin != RiskOrigin::candidate;
  if (origin == RiskOrigin::candidate) {
    risk_query_.signal = make_signal(*request_, now_.price);
    risk_query_.pnl = pnl_at(risk_query_.signal, price, costs_);
  } else {
    risk_query_.signal = *order_;
  }
}

bool Trader::step_risk() {
  if (risk_index_ == setup_.risk_profiles.size()) {
    risk_passed();
    return false;
  }
  risk_query_.profile = setup_.risk_profiles[risk_index_];
  risk_query_.positions = risk_.positions(risk_query_.profile);
  if (!config_.risk_reference_reservations) {
    std::erase_if(risk_query_.positions, [&](const RiskPosition& p) { return p.owner == risk_owner(); });
  }
  risk_version_ = risk_.version(risk_query_.profile);
  risk_allowed_ = false;
  risk_id_.clear();
  risk_note_ = "the risk check gave no answer";
  step_ = Step::risk_answer;
  return true;
}

void Trader::answer_risk(bool allowed, std::string id, std::string note) {
  risk_allowed_ = allowed;
  risk_id_ = std::move(id);
  risk_note_ = std::move(note);
}

void Trader::set_risk_positions(std::vector<RiskPosition> positions) { risk_query_.positions = std::move(positions); }

void Trader::step_risk_answer() {
  if (risk_allowed_) {
    if (risk_.version(risk_query_.profile) != risk_version_) {  // another trader was faster: what was judged is old
      step_ = Step::risk;
      return;
    }
    risk_.put(risk_query_.profile, risk_position(risk_query_.signal, static_cast<Timestamp>(now_.when)));
    ++risk_index_;
    step_ = Step::risk;
    return;
  }
  const auto when = static_cast<Timestamp>(now_.when);
  log_.line("risk-rejection", when)
      .text("profile", risk_query_.profile)
      .text("position", to_string(risk_query_.signal.position))
      .number("price", risk_query_.current_price)
      .number("active", static_cast<double>(risk_query_.positions.size()))
      .text("rejection_id", risk_id_)
      .text("note", risk_note_);
  rejected_.add(when, risk_query_.profile + ": " + risk_note_);
  if (wants(EventKind::risk_rejection)) {
    Event& e = emit(EventKind::risk_rejection, when, risk_query_.current_price);
    e.signal = risk_query_.signal;
    e.pnl = risk_query_.pnl;
    e.waiting = risk_query_.waiting;
    e.profile = risk_query_.profile;
    e.count = risk_query_.positions.size();
    e.id = risk_id_;
    e.note = risk_note_;
  }
  risk_rejected();
}

void Trader::risk_rejected() {
  const auto when = static_cast<Timestamp>(now_.when);
  if (risk_origin_ != RiskOrigin::candidate) {
    return cancel(CancelReason::user, now_.price, when, true);
  }
  if (!config_.risk_reference_reservations) release_risk();
  roll_back_throttle();  // asked again at the next tick
  step_ = Step::idle;
}

void Trader::risk_passed() {
  if (risk_origin_ == RiskOrigin::candidate) {
    step_ = Step::admit;
    return;
  }
  const auto when = static_cast<Timestamp>(now_.when);
  // Cancelled by one of the validations themselves.
  if (order_deferral_.kind == Deferral::cancel) return cancel(CancelReason::user, now_.price, when);
  gate_activation(risk_origin_ == RiskOrigin::user);
}

RiskPosition Trader::risk_position(const Signal& s, Timestamp since) const {
  return {.owner = risk_owner(),
          .frame_name = setup_.frame_name,
          .position = s.position,
          .price_open = s.price_open,
          .price_take_profit = s.price_take_profit,
          .price_stop_loss = s.price_stop_loss,
          .minute_estimated_time = s.minute_estimated_time,
          .open_timestamp = since};
}

void Trader::put_risk(const Signal& s, Timestamp since) {
  for (const std::string& profile : setup_.risk_profiles) risk_.put(profile, risk_position(s, since));
}

// Also under profiles that the trader had when the place was taken (set_risk_profiles).
void Trader::release_risk() { risk_.release(risk_owner()); }

}  // namespace btk

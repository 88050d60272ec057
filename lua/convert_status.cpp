// What a strategy may ask about its own standing, as one Lua table.
#include "lua/convert.h"

namespace btk::lua {
namespace {

void set_number(lua_State* L, const char* key, const GivenNumber& number) {
  if (number.kind == GivenNumber::Kind::number) set_field(L, key, number.value);
}

// The table that commit_create_signal was given.
void set_request(lua_State* L, const char* key, const std::optional<SignalRequest>& r) {
  if (!r) return;
  lua_createtable(L, 0, 11);
  set_text(L, "id", r->id);
  if (r->symbol) set_field(L, "symbol", *r->symbol);
  if (r->position) set_field(L, "position", *r->position);
  set_text(L, "note", r->note);
  set_number(L, "price_open", r->price_open);
  set_number(L, "price_take_profit", r->price_take_profit);
  set_number(L, "price_stop_loss", r->price_stop_loss);
  set_number(L, "minute_estimated_time", r->minute_estimated_time);
  set_number(L, "cost", r->cost);
  set_number(L, "multiplier", r->multiplier);
  if (r->isolated != SignalRequest::Flag::absent) set_field(L, "isolated", r->isolated == SignalRequest::Flag::yes);
  lua_setfield(L, -2, key);
}

const char* field_of(Deferral::Kind kind) {
  switch (kind) {
    case Deferral::none: break;
    case Deferral::close:
    case Deferral::full_close: return "closed_signal";
    case Deferral::take_fill: return "take_profit_signal";
    case Deferral::stop_fill: return "stop_loss_signal";
    case Deferral::cancel: return "cancelled_signal";
    case Deferral::activate: return "activated_signal";
  }
  return nullptr;
}

// The row that a command waits on.
void set_deferred(lua_State* L, const RowContext& c, const Deferral& command, const std::optional<Signal>& row, double price,
                  bool waiting) {
  const char* key = field_of(command.kind);
  if (!key || !row) return;
  push_row_at(L, c, *row, price, waiting);
  set_text(L, "command_id", command.id);
  set_text(L, "command_note", command.note);
  lua_setfield(L, -2, key);
}

void set_commits(lua_State* L, const std::vector<QueuedCommit>& commits) {
  lua_createtable(L, static_cast<int>(commits.size()), 0);
  int i = 0;
  for (const QueuedCommit& commit : commits) {
    lua_createtable(L, 0, 4);
    set_field(L, "action", to_string(commit.action));
    set_field(L, "current_price", commit.price);
    set_field(L, "amount", commit.amount);
    push_pnl(L, commit.pnl);
    lua_setfield(L, -2, "pnl");
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "commit_queue");
}

// The gate that has no answer: an entry's row and how often it was asked, or how often a close was.
void set_retries(lua_State* L, const RowContext& c, const TraderState& s, double price) {
  int opening = 0, closing = 0;
  if (s.question && s.question->kind == OrderAsk::close) {
    closing = s.question->attempts;
  } else if (s.question && !is_check(s.question->kind)) {
    opening = s.question->attempts;
    const bool activates = s.question->kind == OrderAsk::activate && s.order;
    push_row_at(L, c, activates ? *s.order : s.question->signal, price, s.question->kind != OrderAsk::open);
    lua_setfield(L, -2, "retry_open_signal");
  }
  set_field(L, "retry_open_count", static_cast<double>(opening));
  set_field(L, "retry_close_count", static_cast<double>(closing));
}

}  // namespace

void push_status(lua_State* L, const RowContext& c, const TraderState& s, double price) {
  lua_createtable(L, 0, 14);
  set_text(L, "last_pending_id", s.last_pending_id);
  set_request(L, "created_signal", s.queued_request);
  set_deferred(L, c, s.position_deferral, s.position, price, false);
  set_deferred(L, c, s.order_deferral, s.order, price, true);
  set_commits(L, s.commits);
  set_retries(L, c, s, price);
  set_field(L, "is_paused", s.paused);
}

}  // namespace btk::lua

-- Gates and checks of a paper or live run (engine.md 9.4 to 9.7, differences.md 8, 9): who is asked before an order is
-- sent, what counts as which verdict, and the broker's say in commands on an open position.
--
-- An order counts as sent from the moment when a broker's hook is called about it. Until then listeners may refuse it;
-- from then on only the broker's word counts, since only the exchange knows what became of it.
local core = ...
local host = core.host
local deeds, broker, listeners = core.module("deeds"), core.module("broker"), core.module("listeners")
local raw_xpcall, raw_pcall, handler = core.raw_xpcall, core.raw_pcall, host.error_handler
local hook_of = core.module("schema_fields").hook
local type, ipairs, tostring, error = type, ipairs, tostring, error
local format = core.raw_format

local orders = {}

-- kind of the question -> hook, channel and action hook
local gate_open = { hook = "on_order_open_commit", channel = "sync", action_hook = "on_order_sync" }
local gate_close = { hook = "on_order_close_commit", channel = "sync", action_hook = "on_order_sync" }
local kinds = {
  open = gate_open, place = gate_open, activate = gate_open, close = gate_close,
  ["check-position"] = { hook = "on_order_active_check", channel = "check", action_hook = "on_order_check", check = true },
  ["check-order"] = { hook = "on_order_schedule_check", channel = "check", action_hook = "on_order_check", check = true },
}

-- What a hook returned is no answer (said by the host): a script error at the line where the hook begins, whoever gave the
-- command that asked it.
local function report_answer(self, hook, fn, problem)
  local file, line = host.definition(fn)
  local text = format("%s: %s", hook, problem)
  core.module("run").apart(self, hook, error, file and format("%s:%d: %s", file, line, text) or text, 0)
end

local function protected(self, where, fn, ...)
  self.where, self.fn = where, fn
  local ok, value = raw_xpcall(fn, handler, ...)
  if not ok and core.stop_reason() ~= 0 then error(value, 0) end
  return ok, value
end

-- Every listener hears; action handlers only when none of them raised. Returns the first error.
local function hear(self, kind, payload)
  local first
  for _, entry in ipairs(core.copy_list(listeners.of(kind.channel))) do
    local ok, problem = protected(self, entry.where, listeners.call, entry, payload)
    if not ok and not first then first = problem end
  end
  if first then return first end
  for _, action in ipairs(self.actions) do
    local fn = hook_of(action.name, action.hooks, kind.action_hook)
    if fn then
      local ok, problem = protected(self, action.name .. "." .. kind.action_hook, fn, payload)
      if not ok and not first then first = problem end
    end
  end
  return first
end

-- What an error means: a verdict that belongs to the kind of question, else that nothing is known.
local function classify(kind, problem)
  local value = type(problem) == "table" and problem.value
  local said = type(value) == "table" and value.verdict
  local why = type(problem) == "table" and problem.message or tostring(problem)
  if said == "order_rejected" and not kind.check then return "rejected", why end
  if said == "order_deleted" and kind.check then return "deleted", why end
  if type(problem) == "table" and problem.file then why = format("%s:%d: %s", problem.file, problem.line, why) end
  return "unknown", why
end

local function ask_hook(self, kind, fn, payload)
  local problem = broker.prepare(self)
  if problem then return "unknown", "wait_for_init: " .. select(2, classify(kind, problem)) end
  local ok, value = protected(self, "before_order", host.before_order, self.handle)
  if not ok then return "unknown", select(2, classify(kind, value)) end
  ok, value = protected(self, kind.hook, fn, payload)
  if not ok then return classify(kind, value) end
  return "confirmed", nil, value
end

local function ask_broker(self, kind, payload)
  local fn = broker.hook(kind.hook)
  if not fn then return "confirmed" end
  local before, before_id = deeds.enter(self, kind.hook, payload.signal_id)
  local verdict, why, fill = ask_hook(self, kind, fn, payload)
  deeds.leave(self, before, before_id)
  return verdict, why, fill
end

-- A signal that comes to nothing is news; a position that the books close and the exchange may not have closed is an alarm.
-- The broker of a test refuses because it is told to.
local function tell_rejected(self, name, kind, id, why)
  if self.live.rehearsed then return end
  if name == "close" then
    core.log("error", format("%s %s: refused: %s; signal %s is closed in the books, and the exchange may still hold it: look after it there",
      self.symbol, kind.hook, why, id))
  else
    core.log("warn", format("%s %s: refused, so signal %s is dropped: %s", self.symbol, kind.hook, id, why))
  end
end

--- Answers the question that the trader has just raised.
function orders.answer(self)
  local name, payload = host.order_query(self.handle)
  local kind = kinds[name]
  if self.replaying then
    hear(self, kind, payload)
    self.where = false
    deeds.replay(self, kind.hook, payload.signal_id)
    return host.answer_recorded(self.handle, kind.hook)
  end
  local forbidden = host.forbidden(self.handle)
  if forbidden then
    core.log("warn", format("%s %s: no order: %s", self.symbol, kind.hook, forbidden))
    host.answer_order(self.handle, kind.hook, "rejected", forbidden)
    return
  end
  local problem = hear(self, kind, payload)
  self.where = false
  local serves = broker.serves(self)
  local verdict, why, fill
  if problem and not (serves and host.was_sent(self.handle)) then
    verdict, why = classify(kind, problem)
  elseif serves then
    verdict, why, fill = ask_broker(self, kind, payload)
    self.where = false
  else
    local refused = host.answer_simulated(self.handle, kind.hook)
    if refused then tell_rejected(self, name, kind, payload.signal_id, refused) end
    return
  end
  if verdict == "unknown" then core.log("warn", format("%s %s: no verdict, asked again: %s", self.symbol, kind.hook, why)) end
  if verdict == "rejected" then tell_rejected(self, name, kind, payload.signal_id, why) end
  local broken = host.answer_order(self.handle, kind.hook, verdict, why, fill)
  if broken then report_answer(self, kind.hook, broker.hook(kind.hook), broken) end
end

-- Commands --------------------------------------------------------------------

-- The position before and after a command that is only tried; nothing when it would not be taken.
local function try(self, binding, ...)
  local before = host.row(self.handle, false)
  if not before then return nil end
  host.probe(self.handle, true)
  self.probing = true
  local ok, taken = raw_pcall(binding, self.handle, ...)
  local after = ok and taken and host.row(self.handle, false) or nil
  host.probe(self.handle, false)
  self.probing = false
  if not ok then error(taken, 0) end
  return taken and before, after
end

local function veto(self, hook, id, why)
  host.record_veto(self.handle, hook, id, why)
  core.log("warn", format("%s %s: the broker refused: %s", self.symbol, hook, why))
  return false, why
end

--- Why the host forbids an average buy of `cost` (a kill switch, a minute long gone), or nothing. It is recorded like a veto of
--- the broker, so that a replay honours it. What a broker's hook commits was bought at the exchange before: that is not
--- forbidden any more.
function orders.forbidden_average_buy(self, hook, cost)
  if self.backtest or self.replaying or self.hook then return nil end
  local why = host.forbidden_average_buy(self.handle, cost)
  if not why then return nil end
  host.record_veto(self.handle, hook, host.row(self.handle, false).id, why)
  core.log("warn", format("%s: no average buy: %s", self.symbol, why))
  return why
end

local function ask_veto(self, hook, id, fn, payload)
  local outer_where, outer_fn = self.where, self.fn
  local outer_hook, outer_id = deeds.enter(self, hook, id)
  local problem = broker.prepare(self)
  local ok, value = not problem, problem and { message = "wait_for_init: " .. tostring(problem.message) }
  if ok then ok, value = protected(self, hook, fn, payload) end
  deeds.leave(self, outer_hook, outer_id)
  self.where, self.fn = outer_where, outer_fn
  return ok, value
end

-- What is bought or sold by a command, and what its fill is called.
local filled = { on_partial_profit_commit = "partial-profit", on_partial_loss_commit = "partial-loss", on_average_buy_commit = "average-buy" }

-- On paper the model fills what a command trades.
local function modelled(self, hook, binding, ...)
  local taken = binding(self.handle, ...)
  if taken and filled[hook] then host.add_simulated_fill(self.handle, filled[hook]) end
  return taken
end

--- Gives a command to the trader. In a live run with a broker its hook is asked before anything changes: an error in
--- it ends the command with false and the reason. `fields(payload, { row, handle }, ...)` adds what the command says.
function orders.commit(self, hook, fields, binding, ...)
  if self.backtest then return binding(self.handle, ...) end
  if not self.use_broker then return modelled(self, hook, binding, ...) end
  if self.replaying then
    local row = host.row(self.handle, false)
    if row then deeds.replay(self, hook, row.id) end
    local why = row and host.recorded_veto(self.handle, hook, row.id)
    if why then return false, why end
    return binding(self.handle, ...)
  end
  local fn = broker.enabled() and broker.hook(hook)
  if not fn then return binding(self.handle, ...) end
  local before, after = try(self, binding, ...)
  if not before then return false end
  local payload = {
    symbol = self.symbol, strategy_name = self.context.strategy_name, exchange_name = self.context.exchange_name,
    backtest = false, timestamp = self.now.when, when = self.now.when, signal_id = before.id, signal = before,
    current_price = host.visible_price(self.handle), new_price_stop_loss = after and after.price_stop_loss,
    new_price_take_profit = after and after.price_take_profit,
  }
  fields(payload, { row = before, handle = self.handle }, ...)
  local ok, value = ask_veto(self, hook, before.id, fn, payload)
  if not ok then return veto(self, hook, before.id, tostring(value.message)) end
  local taken = binding(self.handle, ...)
  local broken = taken and host.add_fill(self.handle, payload.action, value)
  if broken then report_answer(self, hook, fn, broken) end
  return taken
end

return orders

-- Driving a run: the trader is asked for its next need over FFI, the script answers (design.md, "How a back-test
-- flows"). One protected call around the whole loop; after an error the loop is entered again, and a delivery that
-- was under way goes on with the next listener.
local core = ...
local ffi, host, raise = core.ffi, core.host, core.raise
local schema, listeners, hook = core.module("schema"), core.module("listeners"), core.module("hook")
local delivery = core.module("delivery")
local orders, params = core.module("orders"), core.module("params")
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local hook_of = core.module("schema_fields").hook
local type, ipairs, tostring, tonumber = type, ipairs, tostring, tonumber
local pairs, format = core.raw_pairs, core.raw_format

ffi.cdef [[
int32_t btk_advance(void*);
typedef struct { double when, price; int64_t visible, frame; } btk_now;
]]
local advance = ffi.C.btk_advance
local DONE, SIGNAL_DUE, EVENT, RISK_CHECK, ORDER = 0, 1, 2, 3, 5

local run = {}

--- Raised by data access when history does not reach back far enough; a tick that lets it pass is a warm-up tick.
local Warmup = {}
Warmup.__index = Warmup
Warmup.__tostring = function(w) return w.message end
function run.warmup(message) error(setmetatable({ message = message }, Warmup), 0) end
local function is_warmup(value) return type(value) == "table" and getmetatable(value) == Warmup end

-- What `btk` has inside a run only: plain fields, so that compiled code finds a constant place.
local in_run = {}
run.in_run = in_run

local function set_current(self)
  core.current = self
  in_run.params = self and self.params
  host.set_current(self and self.handle or nil)
end

--- Remembers which run this isolate is in: what btk.get_candles, btk.params and the commands mean.
local function enter(self)
  local before = core.current
  set_current(self)
  return before
end
local leave = set_current
run.enter, run.leave = enter, leave

-- What is wrong with what a factory made has the place of the factory: no line of the script is being executed.
local function check_made(name, factory, hooks)
  local problem
  if type(hooks) ~= "table" then
    problem = format("action '%s': the handler function must return a table of hooks, got %s", name, type(hooks))
  else
    local ok, wrong = raw_xpcall(schema.check_handler, handler, hooks)
    problem = not ok and format("action '%s': %s", name, tostring(type(wrong) == "table" and wrong.message or wrong))
  end
  if not problem then return end
  local file, line = host.definition(factory)
  raise(file and format("%s:%d: %s", file, line, problem) or problem)
end

local function action_handlers(self)
  local out = {}
  for _, name in ipairs(self.strategy.actions or {}) do
    local hooks = schema.get("action", name).handler
    if type(hooks) == "function" then
      local factory = hooks
      hooks = factory { action_name = name, strategy_name = self.context.strategy_name,
                      exchange_name = self.context.exchange_name, frame_name = self.context.frame_name,
                      symbol = self.symbol, backtest = self.backtest }
      check_made(name, factory, hooks)
    end
    out[#out + 1] = { name = name, hooks = hooks }
  end
  return out
end

-- A script that runs out of stack leaves the error handler none to work with, or just enough, as the compiler happened to
-- lay out the frames. Either way it is told as one and the same error, at the line where the function begins.
local function described(problem)
  if type(problem) ~= "table" then return { message = "stack overflow" } end
  if problem.message and problem.message:find("stack overflow", 1, true) then
    return { message = "stack overflow", traceback = problem.traceback }
  end
  return problem
end

local report

-- Calls what must not disturb the caller: an error is reported, and that is all. Did it go well?
local function apart(self, where, fn, ...)
  local outer_where, outer_fn = self.where, self.fn
  self.where, self.fn = where, fn
  local ok, problem = raw_xpcall(fn, handler, ...)
  if not ok then report(self, problem) end
  self.where, self.fn = outer_where, outer_fn
  return ok
end
run.apart = apart

local function tell_timeframe(self, frame, from, to)
  local fn = frame and frame.callbacks and frame.callbacks.on_timeframe
  if not fn then return end
  local step, list = host.interval_length(frame.interval or "1m"), {}
  for t = from - from % 60000, to, step do list[#list + 1] = t end
  apart(self, "on_timeframe", fn, list, from, to, frame.interval or "1m")
end

-- What a run is before its trader is known.
local function describe(symbol, context, hosted, live)
  local strategy = schema.get("strategy", context.strategy_name)
  local exchange = schema.get("exchange", context.exchange_name)
  schema.check_references("strategy", strategy)
  local self = {
    symbol = symbol, context = context, strategy = strategy, exchange = exchange, backtest = live == nil,
    mode = live and live.mode, use_broker = live and live.use_broker, replaying = live and live.replaying, live = live,
    callbacks = strategy.callbacks or {}, risks = {}, series = {}, newest = {}, queue = false, at = 0, answered = false,
    searched_back = {}, failed_back = {}, hosted = hosted, where = false, fn = false, result = false,
  }
  for _, name in ipairs(schema.risks_of(strategy)) do self.risks[#self.risks + 1] = schema.get("risk", name) end
  self.get_signal = strategy.get_signal or function() end
  self.params = params.in_force(strategy)
  return self
end

-- Takes hold of the trader, and makes the action handlers.
local function attach(self, handle, frame)
  self.handle = handle
  local drive, now = host.pointers(handle)
  self.drive = ffi.cast("void*", drive)
  -- Not `const`: LuaJIT takes loads through const pointers out of loops, and this changes with every advance().
  self.now = ffi.cast("btk_now*", now)
  local before = enter(self)
  local ok, actions = raw_xpcall(action_handlers, handler, self)
  if ok then tell_timeframe(self, frame, self.range_from, self.range_to) end
  leave(before)
  if not ok then error(actions, 0) end
  self.actions = actions
  host.watch_locals(handle, self.get_signal)
  return self
end

--- Prepares a run. `context` names strategy, exchange and frame. `hosted`: the host drives it, and tells the main
--- script how far it is. `live`: what host.live() says of a paper or live run; it has no frame.
function run.new(symbol, context, risk_book, hosted, live)
  local self = describe(symbol, context, hosted, live)
  local exchange, frame = self.exchange, context.frame_name and schema.get("frame", context.frame_name) or nil
  local from, to = 0, 0
  if frame then from, to = schema.frame_range(frame) end
  if live then
    self.range_from, self.range_to = live.history, live.start
  else
    self.range_from, self.range_to = host.range(from, to)
  end
  local desc = {
    symbol = symbol, strategy_name = context.strategy_name, exchange_name = context.exchange_name,
    frame_name = context.frame_name, interval = self.strategy.interval or "1m", gaps = exchange.gaps,
    risks = schema.risks_of(self.strategy), frame_start = from, frame_end = to,
    frame_interval = frame and frame.interval or "1m", exchange = exchange, risk_book = risk_book,
    folder = schema.folder("exchange", context.exchange_name), has_get_signal = self.strategy.get_signal ~= nil,
  }
  if exchange.get_candles then
    host.loading_candles()
    desc.builder = hook.load(exchange, symbol, self.range_from, self.range_to, self.backtest)
  end
  return attach(self, host.new_run(desc), frame)
end

--- Goes on with a live run that another script has driven so far (hot reload).
function run.adopt(symbol, context, handle, live)
  local self = describe(symbol, context, true, live)
  self.range_from, self.range_to = live.history, live.start
  host.set_risks(handle, schema.risks_of(self.strategy))  -- for the next check; places that are taken stay taken
  return attach(self, handle)
end

-- Delivery --------------------------------------------------------------------

local function refresh_plan(self)
  if self.plan and self.plan.version == listeners.version then return end
  local mask
  self.plan, mask = delivery.plan(self)
  host.listen(self.handle, mask)
end

run.refresh_plan = refresh_plan

-- Calls what is left of the queue. `at` moves before the call, so an error skips only the sink that raised it.
local function go_on(self)
  local queue, payload = self.queue, self.payload
  while self.at < #queue do
    self.at = self.at + 1
    local sink = queue[self.at]
    self.where, self.fn = sink.where, sink.fn
    sink.invoke(sink, self, payload)
  end
  self.queue = false
end

local function deliver(self)
  local kind, payload = host.event(self.handle)
  local queue = self.plan[kind]
  if queue then
    self.queue, self.at, self.payload = queue, 0, payload
    go_on(self)
  end
  refresh_plan(self)
end

-- Risk ------------------------------------------------------------------------

-- The first by name of the fields that no rejection has.
local function unforeseen(value)
  local first
  for key in pairs(value) do
    local name = tostring(key)
    if key ~= "id" and key ~= "note" and (not first or name < first) then first = name end
  end
  return first
end

-- What a validation returned, as allowed, id, note (lua-api.md). Anything unforeseen rejects and is an error, which says
-- what `wrong` is.
local function verdict(value, kind)
  if value == nil or value == true then return true end
  if value == false then return false, nil, "rejected" end
  if kind == "string" then return false, nil, value end
  if kind == "table" then
    local field = unforeseen(value)
    return false, value.id ~= nil and tostring(value.id) or nil, value.note ~= nil and tostring(value.note) or "rejected",
           field and format("a table with the field '%s'", field)
  end
  return false, nil, format("the validation returned a %s", kind), "a " .. kind
end

-- A validation that raised: rejected, and listen_validation hears of it. With error() or assert() it says no in its own
-- words, and too little history is none of its mistakes; any other fault is an error of the script besides.
local function raised(self, query, problem)
  local stopped = core.stop_reason() ~= 0 -- the run ends, and says why
  if not stopped then problem = described(problem) end
  local value = problem.value
  local id = type(value) == "table" and value.id or nil
  host.answer_risk(self.handle, false, id ~= nil and tostring(id) or nil, problem.message)
  if problem.late or not (stopped or problem.by_script or is_warmup(value)) then report(self, problem) end
  local payload = {
    message = problem.message, file = problem.file, line = problem.line, risk_name = query.risk_name,
    symbol = self.symbol, strategy_name = self.context.strategy_name, exchange_name = self.context.exchange_name,
    frame_name = self.context.frame_name, backtest = self.backtest, timestamp = query.timestamp, when = query.timestamp,
  }
  for _, entry in ipairs(core.copy_list(listeners.of("validation"))) do apart(self, entry.where, listeners.call, entry, payload) end
end

-- Runs the validations of one profile. Each is protected by itself: its error is a verdict.
local function judge(self)
  local query = host.risk_query(self.handle)
  local profile = schema.get("risk", query.risk_name)
  for _, item in ipairs(profile.validations or {}) do
    local validate = type(item) == "table" and item.validate or item
    self.where, self.fn = profile.risk_name, validate
    local ok, value = raw_xpcall(validate, handler, query)
    if not ok then return raised(self, query, value) end
    local allowed, id, note, wrong = verdict(value, type(value))
    if not allowed then
      host.answer_risk(self.handle, false, id, note)
      if wrong then
        error("a risk validation must return nil, true, false, a text or { id =, note = }; it returned " .. wrong, 0)
      end
      return
    end
  end
  host.answer_risk(self.handle, true)
  local allowed = profile.callbacks and profile.callbacks.on_allowed
  if allowed then
    self.where, self.fn = profile.risk_name .. ".on_allowed", allowed
    allowed(self.symbol, query)
  end
end

-- The loop --------------------------------------------------------------------

-- Runs until the trader is done, the horizon is reached, or a result was put aside for the caller of run(). Nothing on
-- the way of a minute without events touches `self`: that is what compiled code is quickest at.
local function loop(self)
  if self.queue then go_on(self) end
  refresh_plan(self)
  self.where = false
  local drive, now, symbol, get_signal = self.drive, self.now, self.symbol, self.get_signal
  while not self.result do
    local ask = advance(drive)
    while ask == SIGNAL_DUE do
      local request = get_signal(symbol, now.when, now.price)
      if request ~= nil and host.answer_signal(self.handle, request) then
        core.log("warn", symbol .. ": the answer of get_signal came too late and is dropped (CC_MAX_ENTRY_DELAY_SECONDS)")
      end
      ask = advance(drive)
    end
    if ask == EVENT then
      deliver(self)
    elseif ask == RISK_CHECK then
      judge(self)
    elseif ask == ORDER then
      orders.answer(self)
    else
      return ask
    end
    self.where = false
  end
  return EVENT
end

-- Reports a script error: counted, shown, and handed to listen_error. `problem` is made by the error handler.
-- Without a user line on the stack (a wrong answer, an endless loop in the host's own code) it is the line where the
-- function begins.
function report(self, problem)
  problem = described(problem)
  local where = self.where or "get_signal"
  if problem.late then
    problem.message = core.late_message and core.late_message(where) or
                      format("%s took longer than %g s (CC_MAX_SIGNAL_GENERATION_SECONDS)", where,
                             host.get_config().CC_MAX_SIGNAL_GENERATION_SECONDS)
  end
  if not problem.file then
    local fn = self.where and self.fn or self.get_signal
    if fn then problem.file, problem.line = host.definition(fn) end
  end
  host.report_error(self.handle, where, problem)
  local now = tonumber(self.now.when)
  local payload = {
    message = problem.message, file = problem.file, line = problem.line, where = where, symbol = self.symbol,
    strategy_name = self.context.strategy_name, exchange_name = self.context.exchange_name,
    frame_name = self.context.frame_name, backtest = self.backtest, timestamp = now, when = now,
  }
  for _, entry in ipairs(core.copy_list(listeners.of("error"))) do
    -- An error in here is only counted: telling listen_error of it could go on for ever.
    local ok, second = raw_xpcall(listeners.call, handler, entry, payload)
    if not ok then host.report_error(self.handle, entry.where, described(second)) end
  end
end

--- Reports an error that arose beside the run, in `where`.
function run.report_problem(self, where, problem)
  self.where, self.fn = where, false
  report(self, problem)
  self.where = false
end

--- Goes on with a run. Returns "done", "horizon" or "result" (then self.result holds it).
function run.advance(self)
  local before = enter(self)
  if not self.backtest then self.tick_began = host.stopwatch() end
  while true do
    local ok, ask = raw_xpcall(loop, handler, self)
    if ok then
      leave(before)
      if ask == EVENT then return "result" end
      return ask == DONE and "done" or "horizon"
    end
    if core.stop_reason() ~= 0 then
      leave(before)
      error(ask, 0)
    end
    if type(ask) == "table" and is_warmup(ask.value) and not self.where then
      host.answer_warmup(self.handle, ask.value.message)
    else
      report(self, ask)
    end
  end
end

--- A run begins or ends: calls on_init or on_dispose of every action handler, each protected by itself.
function run.call_actions(self, hook_name)
  if hook_name == "on_init" then core.run_begun(self) else core.run_ended(self) end
  local before = enter(self)
  for _, action in ipairs(self.actions) do
    local fn = hook_of(action.name, action.hooks, hook_name)
    if fn then apart(self, action.name .. "." .. hook_name, fn) end
  end
  leave(before)
end

return run

-- What a script that also runs live registers about its broker (engine.md 9.4). A back-test takes it and never calls
-- it: there every gate confirms.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, ipairs, setmetatable = type, tostring, ipairs, setmetatable
local pairs, format = core.raw_pairs, core.raw_format

local broker = {}

local hooks = {
  "wait_for_init", "on_order_open_commit", "on_order_close_commit", "on_order_active_check", "on_order_schedule_check",
  "on_partial_profit_commit", "on_partial_loss_commit", "on_trailing_stop_commit", "on_trailing_take_commit",
  "on_breakeven_commit", "on_average_buy_commit", "on_signal_pending_open", "on_signal_pending_close",
  "on_signal_schedule_open", "on_signal_schedule_cancelled", "on_signal_active_ping", "on_signal_schedule_ping",
  "on_signal_idle_ping",
  "on_signal_open_commit", "on_signal_close_commit",  -- older names of the two gates
}
local known = {}
for _, name in ipairs(hooks) do known[name] = true end

local adapter

--- Registers the broker's hooks; functions of other names raise.
local function use_broker(given)
  if type(given) ~= "table" then raise("use_broker needs a table of hooks, got " .. type(given)) end
  for name, fn in pairs(given) do
    if not known[name] then
      local near = host.nearest(tostring(name), hooks)
      raise(format("a broker has no hook '%s'%s", tostring(name), near and format("; did you mean '%s'?", near) or ""))
    end
    if type(fn) ~= "function" then raise(format("use_broker: %s must be a function, got %s", name, type(fn))) end
  end
  adapter = given
end

local function verdict(kind)
  return function(why)
    if why ~= nil and type(why) ~= "string" then raise(format("%s needs a text that says why, got %s", kind, type(why))) end
    return setmetatable({ verdict = kind, message = why or kind }, { __tostring = function(e) return e.message end })
  end
end

function broker.install(btk)
  btk.use_broker = use_broker
  btk.broker = {
    enable = function()
      if not adapter then raise("broker.enable: no broker is registered; call btk.use_broker{...} first") end
    end,
    disable = function() end,
  }
  btk.order_rejected, btk.order_deleted = verdict("order_rejected"), verdict("order_deleted")
end

return broker

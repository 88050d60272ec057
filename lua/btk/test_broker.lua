-- A broker that answers by a list (t.run { broker = ... }). plan() reads the list in the test's state, install() registers the broker
-- in the state of the script under test, calls() says what it was asked.
local core = ...
local raise = core.raise
local json = core.module("json")
local type, tostring, ipairs, error = type, tostring, ipairs, error
local pairs, format = core.raw_pairs, core.raw_format

local broker = {}

local gates = { "on_order_open_commit", "on_order_close_commit" }
local checks = { "on_order_active_check", "on_order_schedule_check" }
local vetoes = { "on_partial_profit_commit", "on_partial_loss_commit", "on_trailing_stop_commit", "on_trailing_take_commit",
                 "on_breakeven_commit", "on_average_buy_commit" }
local known = {}
for _, list in ipairs { gates, checks, vetoes } do
  for _, name in ipairs(list) do known[name] = true end
end

local function read(place, verdict)
  if verdict == true then return { verdict = "confirmed" } end
  if type(verdict) ~= "table" then
    raise(format("run: %s is a %s; give true, { price = ... }, t.rejected(), t.deleted() or t.unknown()", place, type(verdict)))
  end
  if verdict.verdict == nil then return { verdict = "confirmed", fill = verdict } end
  return { verdict = verdict.verdict, fill = verdict.fill, why = verdict.why }
end

local function read_list(place, list)
  local out = {}
  for i, verdict in ipairs(list) do out[i] = read(format("%s[%d]", place, i), verdict) end
  return out
end

--- `given`: verdicts for the gates in the order in which they are asked, or lists by the name of the hook. Questions beyond the
--- end of a list are confirmed. One verdict without a list is the answer of the gates to everything. Returns a text.
function broker.plan(given)
  if type(given) ~= "table" then raise("run: broker must be a list of verdicts, got " .. type(given)) end
  if given.verdict ~= nil then return json.encode { gates = {}, hooks = {}, always = read("broker", given) } end
  local by_hook = {}
  for key, value in pairs(given) do
    if type(key) == "string" then
      if not known[key] then raise(format("run: a scripted broker has no hook '%s'", key)) end
      by_hook[key] = read_list("broker." .. key, value)
    end
  end
  return json.encode { gates = read_list("broker", given), hooks = by_hook }
end

local calls = {}

-- The plain fields of a payload.
local function plain(name, payload)
  local out = { hook = name }
  for key, value in pairs(payload) do
    local kind = type(value)
    if kind == "number" or kind == "string" or kind == "boolean" then out[key] = value end
  end
  return out
end

--- Registers and enables the broker in this state.
function broker.install(text)
  local btk, plan = core.loaded.btk, json.decode(text)
  local hooks, at = {}, {}
  local function answer(list, otherwise)
    at[list] = (at[list] or 0) + 1
    local verdict = list[at[list]] or otherwise
    if not verdict or verdict.verdict == "confirmed" then return verdict and verdict.fill or nil end
    if verdict.verdict == "rejected" then error(btk.order_rejected(verdict.why)) end
    if verdict.verdict == "deleted" then error(btk.order_deleted(verdict.why)) end
    error(tostring(verdict.why), 0)
  end
  for name in pairs(known) do
    local list = plan.hooks[name]
    local gate = name == gates[1] or name == gates[2]
    hooks[name] = function(payload)
      calls[#calls + 1] = plain(name, payload)
      return answer(list or gate and plan.gates or {}, gate and plan.always)
    end
  end
  btk.use_broker(hooks)
  btk.broker.enable()
end

--- Every question that came, as a text.
function broker.calls() return json.encode(calls) end

return broker

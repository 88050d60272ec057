-- Commands that a broker's hook gives (a check that finds the stop filled says so by commit_create_stop_loss): they come
-- from outside like the broker's verdicts, so they are recorded, and a replay, which calls no broker, gives them again.
local core = ...
local host, json = core.host, core.module("json")
local raw_pcall = core.raw_pcall
local ipairs, select, tostring, unpack = ipairs, select, tostring, unpack

local deeds = {}

-- The bindings that change what a trader does, as they were before they are wrapped here.
local plain = {}
for _, name in ipairs { "partial", "partial_cost", "trailing_stop", "trailing_take", "trailing_stop_cost", "trailing_take_cost",
                        "breakeven", "average_buy", "close_pending", "cancel_scheduled", "activate_scheduled",
                        "create_take_profit", "create_stop_loss", "create_signal", "signal_notify", "set_paused", "stop" } do
  local binding = host[name]
  plain[name] = binding
  host[name] = function(handle, ...)
    local self = core.current
    if self and self.hook and not self.probing then
      local deed = { name = name, count = select("#", ...) }
      for i = 1, deed.count do deed[tostring(i)] = (select(i, ...)) end
      host.record_deed(handle, self.hook, self.hook_id, json.encode(deed))
    end
    return binding(handle, ...)
  end
end

--- From here to leave() commands are given by this hook, about the signal of this id.
function deeds.enter(self, hook, id)
  local before, before_id = self.hook, self.hook_id
  self.hook, self.hook_id = hook, id
  return before, before_id
end
function deeds.leave(self, before, before_id) self.hook, self.hook_id = before, before_id end

--- Gives the commands again that the hook gave in the session.
function deeds.replay(self, hook, id)
  while true do
    local text = host.recorded_deed(self.handle, hook, id)
    if not text then return end
    local deed, arguments = json.decode(text), {}
    for i = 1, deed.count do arguments[i] = deed[tostring(i)] end
    raw_pcall(plain[deed.name], self.handle, unpack(arguments, 1, deed.count))  -- it may have been refused then, too
  end
end

return deeds

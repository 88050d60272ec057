-- btk.cron: jobs at the slots of an interval, in simulated time in a back-test and in the session's own otherwise
-- (analytics.md 6.3). Driven by the run's start and by the pings of its minutes.
--
-- The mark of a slot is set before the handler runs, by one exchange in the store that parallel symbols share: so a slot
-- fires once, whichever symbol comes first, also after a restart. A handler that fails gives the mark back, and the next
-- minute of the slot tries again. Slots never go backwards. Jobs without an interval fire once per process.
local core = ...
local host, raise = core.host, core.raise
local args, kept = core.module("args"), core.module("kept")
local run, data = core.module("run"), core.module("data")
local ipairs, type, tonumber = ipairs, type, tonumber
local format, remove = core.raw_format, table.remove

local cron = {}

local entries = {}      -- in the order of their registration, and by name
local generations = {}  -- how often a name was registered: marks of an older entry do not count
local ear = kept.ear("cron")

local KNOWN = { name = "text", interval = "interval?", symbols = "table?", handler = "function" }

local function space_of(entry) return kept.space(entry.interval and "cron" or "process/cron") end
local function key_of(entry, symbol)
  return format("%s:%d:%s", entry.name, entry.generation, entry.symbols and symbol or "")
end

local function info_of(self)
  local info = { symbol = self.symbol, context = data.get_context(), backtest = self.backtest, when = self.now.when,
                 current_price = host.visible_price(self.handle), info = self.strategy.info }
  if self.backtest then info.range = { from = self.range_from, to = self.range_to } end
  return info
end

-- The mark that the entry sets now, or nil when it has nothing to do.
local function due(self, entry, mark)
  if entry.symbols and not entry.symbols[self.symbol] then return nil end
  if not entry.interval then return mark == nil and "fired" or nil end
  local slot = args.align(self.now.when, entry.interval)
  if mark ~= nil and slot <= tonumber(mark) then return nil end
  return format("%.0f", slot)
end

local function fire(self, entry)
  local space, key = space_of(entry), key_of(entry, self.symbol)
  local before = host.kept_get(space, key)
  local mark = due(self, entry, before)
  if not mark or not host.kept_swap(space, key, before, mark) then return end
  self.in_cron = true  -- what a handler sets off belongs to this tick
  local well = run.apart(self, "cron " .. entry.name, entry.handler, info_of(self))
  self.in_cron = nil
  if not well then host.kept_swap(space, key, mark, before) end
end

local function tick()
  local self = core.current
  if not self or self.in_cron then return end
  for _, entry in ipairs(core.copy_list(entries)) do
    if entries[entry.name] == entry then fire(self, entry) end
  end
end

--- Jobs fire from now on. register() does this, too.
function cron.enable()
  return ear.open { { "before_start", tick }, { "idle_ping", tick }, { "active_ping", tick }, { "schedule_ping", tick } }
end
--- Jobs stay registered and do not fire.
function cron.disable() ear.close() end

--- Takes a job away.
function cron.unregister(name)
  local entry = entries[args.value("cron.unregister", "name", name, "text")]
  if not entry then return end
  entries[name] = nil
  for i, other in ipairs(entries) do
    if other == entry then remove(entries, i) break end
  end
end

local function symbol_set(who, list)
  if list == nil then return nil end
  local out = {}
  for i, symbol in ipairs(list) do
    if type(symbol) ~= "string" or symbol == "" or symbol:find(":", 1, true) then
      raise(format("%s: symbols must be texts without a colon, see entry %d", who, i))
    end
    out[symbol] = true
  end
  if not list[1] then raise(who .. ": symbols is an empty list; leave it out for all symbols together") end
  return out
end

--- Registers a job: { name = [, interval =, symbols =], handler = function(info) end }. With an interval it fires once per
--- slot, without one once per process; with symbols once for each of them. A job of the same name is replaced. Returns a
--- function that takes the job away.
function cron.register(given)
  local who = "cron.register"
  args.named(who, given, KNOWN)
  if given.name:find(":", 1, true) then raise(format("%s: the name '%s' has a colon; use another character", who, given.name)) end
  local symbols = symbol_set(who, given.symbols)
  cron.unregister(given.name)
  generations[given.name] = (generations[given.name] or 0) + 1
  local entry = { name = given.name, interval = given.interval, symbols = symbols, handler = given.handler,
                  generation = generations[given.name] }
  entries[#entries + 1], entries[entry.name] = entry, entry
  cron.enable()
  return function() if entries[entry.name] == entry then cron.unregister(entry.name) end end
end

--- Forgets the marks of jobs without an interval: all, or those of one symbol. They fire again.
function cron.clear(symbol)
  kept.run("cron.clear")
  if symbol ~= nil then args.value("cron.clear", "symbol", symbol, "text") end
  for _, entry in ipairs(entries) do
    if not entry.interval then
      local space = space_of(entry)
      for _, key in ipairs((host.kept_list(space))) do
        local of_name = key:sub(1, #entry.name + 1) == entry.name .. ":"
        if of_name and (symbol == nil or entry.symbols and key:sub(-#symbol - 1) == ":" .. symbol) then
          kept.erase(space, key)
        end
      end
    end
  end
end

--- No job is left, and none fires.
function cron.dispose()
  cron.disable()
  entries = {}
end

return cron

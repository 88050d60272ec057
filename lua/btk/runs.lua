-- What backtest.lua, live.lua, walker.lua and the host's calls know in common of a script's runs.
local core = ...
local host, raise, listeners, schema = core.host, core.raise, core.module("listeners"), core.module("schema")
local type, ipairs, tostring, remove, concat = type, ipairs, tostring, table.remove, table.concat
local pairs, format = core.raw_pairs, core.raw_format

local runs = {
  known = {},       -- in the order of their first mention, and by key: names and status
  queued = {},      -- those that the host shall make, and by key
  symbols = false,  -- what btk.set_symbols was given
  closed = false,   -- the host has taken the queue: nothing is started any more
}

function runs.check_symbol(who, symbol)
  if type(symbol) ~= "string" or symbol == "" then raise(who .. ": symbol must be a text") end
end

--- Only the main chunk starts runs: not a callback of a run, nor a listener when the chunk has ended.
function runs.check_may_start(who, what)
  if core.current then raise(format("%s: a %s cannot be started inside a callback of a run", who, what)) end
  if runs.closed then raise(format("%s: the main chunk has ended; a %s is started by the chunk itself, not by a listener", who, what)) end
end

--- A copy of the names that a context must have, one of each of `kinds`, every one of them registered.
function runs.check_names(who, context, kinds)
  local known, names = {}, {}
  for i, kind in ipairs(kinds) do
    known[i] = kind .. "_name"
    known[known[i]] = true
  end
  if type(context) ~= "table" then raise(format("%s needs { %s = }", who, concat(known, " =, "))) end
  for name in pairs(context) do
    if type(name) ~= "string" or not known[name] then
      raise(format("%s: unknown field '%s'; there are %s", who, tostring(name), concat(known, ", ")))
    end
  end
  for i, kind in ipairs(kinds) do
    local name = context[known[i]]
    if name == nil then raise(format("%s: %s is missing", who, known[i])) end
    schema.get(kind, name)
    names[known[i]] = name
  end
  return names
end

function runs.check_context(who, symbol, context, kinds)
  runs.check_symbol(who, symbol)
  return runs.check_names(who, context, kinds)
end

function runs.key_of(symbol, context)
  return format("%s:%s:%s:%s", symbol, context.strategy_name, context.exchange_name, context.frame_name)
end

function runs.remember(symbol, context, status)
  local key = runs.key_of(symbol, context)
  local entry = runs.known[key]
  if not entry then
    entry = { symbol = symbol, strategy_name = context.strategy_name, exchange_name = context.exchange_name,
              frame_name = context.frame_name }
    runs.known[key] = entry
    runs.known[#runs.known + 1] = entry
  end
  entry.status = status
  return entry
end

--- A run for the host, made when the main chunk has ended. Returns a function that takes it back before that, and asks it
--- to stop from then on.
function runs.enqueue(item)
  local key, queued = runs.key_of(item.symbol, item), runs.queued
  queued[key] = item
  queued[#queued + 1] = item
  item.entry = runs.remember(item.symbol, item, "queued")
  function item.take_back()
    if queued[key] ~= item then return end
    if item.planned then
      item.stopping = true
      return
    end
    queued[key] = nil
    for i, other in ipairs(queued) do
      if other == item then remove(queued, i) break end
    end
    item.entry.status = "stopped"
  end
  return item.take_back
end

--- Queues a strategy for each of the symbols given, else for those of set_symbols, else for BTCUSDT. Returns
--- a function that takes the last one back.
function runs.enqueue_each(symbols, context)
  if #symbols == 0 then symbols = runs.symbols end
  if not symbols then
    core.log("warn", "no symbols are given; running BTCUSDT (name others with --symbols)")
    symbols = { "BTCUSDT" }
  end
  local strategy = schema.get("strategy", context.strategy_name)
  schema.check_references("strategy", strategy)
  local take_back
  for _, symbol in ipairs(symbols) do
    take_back = runs.enqueue { symbol = symbol, strategy_name = context.strategy_name, exchange_name = context.exchange_name,
                   frame_name = context.frame_name, risks = schema.risks_of(strategy) }
  end
  return take_back
end

--- Leaves one run to the host, which makes it in an isolate and a thread of its own when the main chunk has ended. Returns
--- a function that takes it back before that, and asks it to stop afterwards. Isolates of such runs load the same chunk and leave nothing to anybody.
function runs.leave_to_host(who, symbol, context)
  runs.check_may_start(who, "run")
  if host.is_worker() then return function() end end
  host.in_charge()
  if runs.queued[runs.key_of(symbol, context)] then raise(format("%s: %s with these names is queued already", who, symbol)) end
  return runs.enqueue_each({ symbol }, context)
end

--- The queue, for the host: nothing in it can be taken back any more.
function runs.planned()
  for _, item in ipairs(runs.queued) do item.planned = true end
  runs.closed = true
  return runs.queued
end

--- Places in the queue, from 1, of runs that are to stop: no new signals, what is open ends as it would.
function runs.stopping()
  local out = {}
  for i, item in ipairs(runs.queued) do
    if item.stopping then out[#out + 1] = i end
  end
  return out
end

--- Every run of this script with its status: "queued", "running", "done", "stopped".
function runs.list()
  local out = {}
  for i, entry in ipairs(runs.known) do
    out[i] = { symbol = entry.symbol, strategy_name = entry.strategy_name, exchange_name = entry.exchange_name,
               frame_name = entry.frame_name, status = entry.status }
  end
  return out
end

-- math.random of a run starts from (seed, symbol, strategy), as in an isolate of its own, unless the script has
-- seeded it itself.
local seeded, raw_seed = false, core.globals.math.randomseed
function core.globals.math.randomseed(...)
  seeded = true
  return raw_seed(...)
end
function runs.seed_random(symbol, strategy_name)
  if not seeded then raw_seed(host.random_seed(symbol, strategy_name)) end
end

--- Hands a payload to every listener of a channel outside of runs; returns the first error, the others are logged.
function runs.broadcast(channel, payload)
  local first
  for _, entry in ipairs(core.copy_list(listeners.of(channel))) do
    local ok, problem = core.raw_xpcall(listeners.call, host.error_handler, entry, payload)
    if not ok then
      if first then core.log("error", format("script error in %s: %s", entry.where, tostring(problem))) end
      first = first or { problem = problem, where = entry.where }
    end
  end
  return first
end

return runs

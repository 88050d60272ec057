-- Who listens to which channel, and how a listener is called. The order among callbacks, action handlers and listeners is
-- delivery.lua's.
local core = ...
local raise, channels = core.raise, core.module("channels")
local type, ipairs = type, ipairs
local format = core.raw_format

local listeners = {}

local registered = {}   -- channel -> list of listeners in order of registration
for name in core.raw_pairs(channels.names) do registered[name] = {} end
listeners.version = 0   -- grows with every change, so that a running plan knows when it is old

local SEEN_LIMIT = 200

local added = 0  -- listeners so far, of all channels

local function add(channel, fn, filter, mode, who)
  if type(fn) ~= "function" then raise(format("%s needs a function, got %s", who, type(fn))) end
  if mode ~= "plain" and type(filter) ~= "function" then
    raise(format("%s needs a filter function first, got %s", who, type(filter)))
  end
  added = added + 1
  local entry = { fn = fn, filter = filter, mode = mode, channel = channel, where = who, serial = added }
  if mode == "per_signal" then entry.seen, entry.order = {}, {} end
  local list = registered[channel]
  list[#list + 1] = entry
  listeners.version = listeners.version + 1
  return function() listeners.remove(entry) end
end

listeners.add = add

function listeners.remove(entry)
  if entry.removed then return end
  entry.removed = true
  local list = registered[entry.channel]
  for i, other in ipairs(list) do
    if other == entry then table.remove(list, i) break end
  end
  listeners.version = listeners.version + 1
end

local function identity(payload)
  local signal = payload.signal
  return format("%s|%s|%s|%s|%s|%s", payload.strategy_name, payload.exchange_name, payload.frame_name,
                payload.backtest and "b" or "l", payload.symbol, signal and signal.id)
end

--- Hands a payload to one listener, as its form asks.
function listeners.call(entry, payload)
  if entry.removed then return end
  if entry.filter and not entry.filter(payload) then return end
  if entry.mode == "once" then
    listeners.remove(entry)
  elseif entry.mode == "per_signal" then
    local key = identity(payload)
    if entry.seen[key] then return end
    entry.seen[key] = true
    entry.order[#entry.order + 1] = key
    if #entry.order > SEEN_LIMIT then entry.seen[table.remove(entry.order, 1)] = nil end
  end
  entry.fn(payload)
end

function listeners.of(channel) return registered[channel] end
function listeners.any(channel) return registered[channel][1] ~= nil end

--- Puts listen_<channel>, listen_<channel>_once and listen_<channel>_per_signal into `btk`.
function listeners.install(btk)
  for channel in core.raw_pairs(channels.names) do
    local name = "listen_" .. channel
    btk[name] = function(fn, other)
      if type(other) == "function" then raise(format("%s takes one function; with a filter before it: %s_once, %s_per_signal", name, name, name)) end
      return add(channel, fn, nil, "plain", name)
    end
    btk[name .. "_once"] = function(filter, fn) return add(channel, fn, filter, "once", name .. "_once") end
    btk[name .. "_per_signal"] = function(filter, fn)
      return add(channel, fn, filter, "per_signal", name .. "_per_signal")
    end
  end
end

--- Takes the listeners off all channels that are not in `stay`. The function that it returns puts them back, in place of
--- those that came meanwhile.
function listeners.set_aside(stay)
  local aside = {}
  local function replace(lists)
    for name, list in core.raw_pairs(lists) do registered[name] = list end
    listeners.version = listeners.version + 1
  end
  local empty = {}
  for name, list in core.raw_pairs(registered) do
    if not stay[name] then aside[name], empty[name] = list, {} end
  end
  replace(empty)
  return function() replace(aside) end
end

return listeners

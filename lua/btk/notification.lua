-- btk.notification: what happened, as a list of flat records, newest first (analytics.md 6.10), for each isolate the last
-- CC_MAX_NOTIFICATIONS of its runs.
local core = ...
local host = core.host
local args, kept = core.module("args"), core.module("kept")
local type, ipairs, format, pairs, ordered = type, ipairs, core.raw_format, core.raw_pairs, pairs
local insert, remove = table.insert, table.remove

local notification, ear = {}, kept.ear("notification")
local lists = { backtest = {}, live = {} }
local told = {}  -- signal id -> type -> when an order check was last recorded
local serial = 0
local keep  -- what is done with a record of a mode; nil: it comes into the list
local listed  -- what was kept of a mode, newest first; nil: the list

-- pnl.pnl_cost -> pnl_cost, peak_profit.pnl_cost -> peak_profit_cost, peak_profit.price_open -> peak_profit_price_open
local function flatten(record, prefix, nested)
  for key, value in pairs(nested) do
    local name = key:gsub("^pnl_", "")
    if type(value) ~= "table" then record[prefix .. "_" .. name] = value end
  end
end

local function into_list(out, mode)
  local list, most = lists[mode], host.get_config().CC_MAX_NOTIFICATIONS
  insert(list, 1, out)
  while #list > most do remove(list) end
end

local function record(kind, event)
  local out = {}
  local row = type(event.signal) == "table" and event.signal or {}
  for key, value in pairs(row) do
    if type(value) ~= "table" then out[key] = value end
  end
  for key, value in pairs(event) do
    if type(value) ~= "table" then out[key] = value end
  end
  for _, name in ipairs { "pnl", "peak_profit", "max_drawdown" } do
    if type(row[name]) == "table" then
      out[name] = kept.copy(row[name])
      flatten(out, name, row[name])
    end
  end
  local self = core.current
  local when = event.timestamp or self and self.now.when or 0
  serial = serial + 1
  out.id = format("%s:%s:%.0f:%d", out.symbol or "", out.strategy_name or "", when, serial)
  out.type, out.signal_id, out.timestamp, out.created_at = kind, row.id or event.signal_id, when, when
  local mode = event.backtest and "backtest" or "live"
  if keep then keep(out, mode) else into_list(out, mode) end
end

-- Order checks come every minute: one per signal and kind within CC_NOTIFICATION_ORDER_CHECK_TTL.
local function rare(kind, event)
  local id = event.signal and event.signal.id or event.signal_id
  local times = told[id] or {}
  told[id] = times
  local last = times[kind]
  if last and event.timestamp - last < host.get_config().CC_NOTIFICATION_ORDER_CHECK_TTL then return end
  times[kind] = event.timestamp
  record(kind, event)
end

local function plain(kind) return function(event) record(kind, event) end end
local function finished(event)
  record("signal." .. event.action, event)
  if event.action == "closed" or event.action == "cancelled" then told[event.signal.id] = nil end
end
local function open_or_close(prefix)
  return function(event) record(prefix .. (event.action == "signal-close" and ".close" or ".open"), event) end
end

-- What enable() may be given: channel and what is recorded.
local TARGETS = {
  signal = { signal_event = finished, order_schedule = finished },
  info = { signal_notify = plain("signal.info") },
  partial_profit = { partial_profit_available = plain("partial_profit.available") },
  partial_loss = { partial_loss_available = plain("partial_loss.available") },
  breakeven = { breakeven_available = plain("breakeven.available") },
  strategy_commit = { strategy_commit = function(event) record(event.action:gsub("-", "_") .. ".commit", event) end },
  order_sync = { sync = open_or_close("order_sync") },
  order_check = { check = function(event) rare("order_sync.check", event) end },
  order_fill = { order_fill = open_or_close("order_fill") },
  order_reject = { order_reject = open_or_close("order_reject") },
  order_continue = { order_continue = function(event) rare("order_continue.check", event) end },
  order_stop = { order_stop = plain("order_stop.check") },
  risk = { risk = plain("risk.rejection") },
  pause = { pause = plain("strategy.pause") },
  common_error = { error = plain("error.info") },
  critical_error = { exit = plain("error.critical") },
  validation_error = { validation = plain("error.validation") },
}

--- Records from now on: all targets, or those that are true in the table. Returns a function that ends it.
function notification.enable(targets)
  if targets ~= nil then
    local known = {}
    for name in pairs(TARGETS) do known[name] = "boolean?" end
    args.named("notification.enable", targets, known)
  end
  local heard = {}
  for name, channels in ordered(TARGETS) do
    if targets == nil or targets[name] then
      for channel, fn in ordered(channels) do heard[#heard + 1] = { channel, fn } end
    end
  end
  return ear.open(heard)
end
--- Nothing is recorded from now on.
function notification.disable() ear.close() end

-- In the store: a record's key is its moment and which one of that moment it is, so that a minute that is worked on again after a crash
-- writes the same keys. The oldest go when there are a tenth too many: counting takes a look at all of them.
local function space_of(mode) return kept.space("notification", mode) end
local counts, moment = {}, {}

local function into_store(out, mode)
  if not core.current then return into_list(out, mode) end
  local names = format("%s:%s", out.symbol or "", out.strategy_name or "")
  moment = moment.when == out.timestamp and moment.names == names and moment or { when = out.timestamp, names = names, count = 0 }
  moment.count = moment.count + 1
  local space, most = space_of(mode), host.get_config().CC_MAX_NOTIFICATIONS
  kept.put(space, format("%s:%.0f:%d", names, out.timestamp, moment.count), out)
  counts[mode] = counts[mode] and counts[mode] + 1
  if counts[mode] and counts[mode] <= most * 1.1 then return end
  local keys = kept.keys(space)
  for i = 1, #keys - most do kept.erase(space, keys[i]) end
  counts[mode] = #keys < most and #keys or most
end

local function from_store(mode)
  local _, rows = kept.list(space_of(mode))
  local out, most = {}, host.get_config().CC_MAX_NOTIFICATIONS
  for i = #rows, 1, -1 do
    if #out == most then break end
    out[#out + 1] = rows[i].position and kept.row(rows[i]) or rows[i]
  end
  return out
end

--- Records come into the list of get_data (the default).
function notification.use_memory() keep, listed = nil, nil end
--- Records are kept in the store of the session, so that they are there after a restart, for all symbols together. What happens outside of
--- runs comes into the list, which get_data gives there.
function notification.use_persist() keep, listed, counts = into_store, from_store, {} end
--- Records are kept nowhere.
function notification.use_dummy() keep, listed = function() end, nil end
--- Records are handed to the script's function, one by one, instead of coming into the list.
--- @param given table { add = function(record) end }
function notification.use_notification_adapter(given)
  args.named("notification.use_notification_adapter", given, { add = "function" })
  keep, listed = function(out) given.add(out) end, nil
end

local function list_of(who, backtest)
  ear.need(who)
  if backtest == nil then backtest = host.mode() == "backtest" end
  return args.value(who, "backtest", backtest, "boolean") and "backtest" or "live"
end
--- The records, newest first: of back-tests (true), of paper and live (false); default: the present mode.
function notification.get_data(backtest)
  local mode = list_of("notification.get_data", backtest)
  return listed and core.current and listed(mode) or core.copy_list(lists[mode])
end
--- Forgets those records.
function notification.dispose(backtest)
  local mode = list_of("notification.dispose", backtest)
  lists[mode] = {}
  if not listed or not core.current then return end
  for _, key in ipairs(kept.keys(space_of(mode))) do kept.erase(space_of(mode), key) end
  counts[mode] = 0
end

return notification

-- btk.storage: the history of signals, one row per signal id (analytics.md 6.9): its public row with `status`, `current_price`,
-- `created_at` (first event), `updated_at` (this one) and, for closed ones, pnl, close_reason, close_timestamp. The newest
-- CC_MAX_SIGNALS of a mode are kept.
local core = ...
local host, raise = core.host, core.raise
local args, kept = core.module("args"), core.module("kept")
local ipairs, format, pairs = ipairs, core.raw_format, core.raw_pairs

local storage, ear = {}, kept.ear("storage")

local function space_of(backtest) return kept.space("storage", backtest and "backtest" or "live") end

-- The row that came first goes when there are too many: rows are listed in the order in which they came.
local function make_room(space)
  local keys = kept.keys(space)
  for i = 1, #keys - host.get_config().CC_MAX_SIGNALS do kept.erase(space, keys[i]) end
end

local function write(event, status, only_if)
  local space, id = space_of(event.backtest), event.signal.id
  local before = kept.look(space, id)
  if only_if and (not before or before.status ~= only_if or before.updated_at >= event.timestamp) then return end
  if before and before.updated_at > event.timestamp then return end
  local row = {}
  for key, value in pairs(event.signal) do row[key] = value end
  row.status, row.current_price, row.updated_at = status, event.current_price, event.timestamp
  row.created_at = before and before.created_at or event.timestamp
  row.priority = row.created_at
  if status == "closed" then row.close_reason, row.close_timestamp = event.close_reason, event.timestamp end
  if status == "cancelled" then row.reason = event.reason end
  if only_if then kept.put_late(space, id, row) else kept.put(space, id, row) end
  if not before then make_room(space) end
end

local function on_event(event) write(event, event.action) end

--- Signals are recorded from now on. Returns a function that ends it.
function storage.enable()
  return ear.open {
    { "signal_event", on_event }, { "order_schedule", on_event },
    { "active_ping", function(event) write(event, "opened", "opened") end },
    { "schedule_ping", function(event) write(event, "scheduled", "scheduled") end },
  }
end
--- Nothing is recorded from now on.
function storage.disable() ear.close() end

kept.offer(storage, "storage", "use_memory")

--- @api btk.storage.use_persist()
--- Rows are kept in the store of the session, so that they are there after a restart (the default).

--- @api btk.storage.use_memory()
--- Rows are kept as long as the process lives.

--- @api btk.storage.use_dummy()
--- Rows are kept nowhere.

--- @api btk.storage.use_storage_adapter(given)
--- Rows are kept by functions of the script; values are tables, nil takes one away. `space` names the mode.
--- @param given table { get = function(space, key) end, set = function(space, key, value) end, keys = function(space) end }

--- The row of a signal; an error when there is none.
function storage.find_signal_by_id(id)
  local who = "storage.find_signal_by_id"
  args.value(who, "id", id, "text")
  ear.need(who)
  kept.run(who)
  local row = kept.get(space_of(true), id) or kept.get(space_of(false), id)
  if not row then raise(format("Storage signal with id %s not found", id)) end
  return kept.row(row)
end

local function list(who, backtest)
  ear.need(who)
  kept.run(who)
  local _, rows = kept.list(space_of(backtest))
  for _, row in ipairs(rows) do kept.row(row) end
  return rows
end
--- Rows of back-tests, oldest first.
function storage.list_signal_backtest() return list("storage.list_signal_backtest", true) end
--- Rows of paper and live sessions, oldest first.
function storage.list_signal_live() return list("storage.list_signal_live", false) end

return storage

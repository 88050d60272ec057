-- What btk.log has said, as a list (analytics.md 6.11), and where else it is written. The lines that the person sees are
-- lua/btk/log.lua's.
local core = ...
local host = core.host
local args, json, kept = core.module("args"), core.module("json"), core.module("kept")
local type, select, ipairs, remove = type, select, ipairs, table.remove
local format, raw_pcall, tostring = core.raw_format, core.raw_pcall, tostring

local log_list = {}

local list, serial = {}, 0
local write          -- what is done with an entry
local read           -- the entries so far
local lenient = { lenient = true }

local function plain(value)
  local kind = type(value)
  if kind == "number" or kind == "string" or kind == "boolean" then return value end
  if kind == "nil" then return json.null end
  return json.encode(value, lenient)
end

local function entry_of(kind, topic, ...)
  local self = core.current
  local when = self and self.now.when or 0
  serial = serial + 1
  local entry = { id = format("%s:%.0f:%d", self and self.symbol or "main", when, serial), type = kind, priority = serial,
                  timestamp = when, created_at = host.iso(when), topic = type(topic) == "string" and topic or tostring(plain(topic)),
                  args = {} }
  for i = 1, select("#", ...) do entry.args[i] = plain((select(i, ...))) end
  if self then
    entry.method_context = { strategy_name = self.context.strategy_name, exchange_name = self.context.exchange_name,
                             frame_name = self.context.frame_name }
    entry.execution_context = { symbol = self.symbol, when = when, backtest = self.backtest }
  end
  return entry
end

local function in_memory(entry)
  list[#list + 1] = entry
  if #list > host.get_config().CC_MAX_LOG_LINES then remove(list, 1) end
end

-- A logger that fails must not end the work that it tells of.
local function careful(what, fn, ...)
  local ok, problem = raw_pcall(fn, ...)
  if not ok and core.stop_reason() == 0 then
    problem = type(problem) == "table" and problem.message or problem
    core.log("error", format("%s: %s", what, tostring(problem)))
  end
end

local stores = {}
--- Kept in memory: the last CC_MAX_LOG_LINES of the isolate (the default).
function stores.use_memory()
  write, read = in_memory, function() return core.copy_list(list) end
end
--- Kept nowhere.
function stores.use_dummy() write, read = nil, function() return {} end end
--- Appended to a file below the output folder, one JSON document a line; default log/log.jsonl.
function stores.use_jsonl(file, folder)
  file = file == nil and "log.jsonl" or args.value("log.use_jsonl", "file", file, "text")
  folder = folder == nil and "log" or args.value("log.use_jsonl", "folder", folder, "text")
  local path = {}
  for part in (folder .. "/" .. file):gmatch("[^/]+") do
    if part ~= "." then path[#path + 1] = part end
  end
  write = function(entry)
    if host.is_worker() and not core.current then return end  -- the main chunk was executed before, in the main script
    host.write_file(path, json.encode(entry, lenient) .. "\n", "append")
  end
  read = function() return {} end
end
--- Kept in the store of the session, so that they are there after a restart; lines from outside of runs in memory.
function stores.use_persist()
  local space = kept.space("log")
  write = function(entry)
    if not core.current then return in_memory(entry) end
    kept.put(space, format("%s#%d", entry.id, entry.priority), entry)
    local keys = kept.keys(space)
    for i = 1, #keys - host.get_config().CC_MAX_LOG_LINES do kept.erase(space, keys[i]) end
  end
  read = function()
    if not core.current then return core.copy_list(list) end
    return (select(2, kept.list(space)))
  end
end
--- Handed to the functions of a table: log, debug, info, warn, error, trace, agent (topic, ...), as far as there are any.
function stores.use_logger(logger)
  args.named("log.use_logger", logger, { log = "function?", debug = "function?", info = "function?", warn = "function?",
                                         error = "function?", trace = "function?", agent = "function?" })
  write = function(entry, topic, ...)
    local fn = logger[entry.type]
    if fn then fn(topic, ...) end
  end
  read = function() return {} end
end

--- Wraps the functions of btk.log; log.log and log.agent are added, which people see as info.
function log_list.install(log)
  log.log, log.agent = log.info, log.info
  for _, kind in ipairs { "error", "warn", "info", "debug", "trace", "log", "agent" } do
    local say = log[kind]
    log[kind] = function(topic, ...)
      say(topic, ...)
      if write then careful("btk.log", write, entry_of(kind, topic, ...), topic, ...) end
    end
  end
  for name, fn in core.raw_pairs(stores) do log[name] = fn end
  --- What was said so far, oldest first.
  function log.get_list() return read() end
  stores.use_memory()
end

-- Words for the functions that install() wraps (lua/definitions.h).

--- @api btk.log.error(message, ...)
--- Something that keeps the run from doing its work.
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.warn(message, ...)
--- Something that is probably not meant to be.
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.info(message, ...)
--- What a user wants to know about a run.
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.debug(message, ...)
--- Details for the one who writes the script.
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.trace(message, ...)
--- Every step.
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.log(message, ...)
--- Like info, kept with the type "log".
--- @param message any a format for the values that follow, or the first value of the line

--- @api btk.log.agent(message, ...)
--- Like info, kept with the type "agent": what a language model said.
--- @param message any a format for the values that follow, or the first value of the line

return log_list

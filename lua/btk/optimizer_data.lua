-- What btk.optimizer collects: rows of training ranges become conversations, a user's function turns each conversation into
-- one strategy text. Here are the events and callbacks, too.
local core = ...
local host, raise = core.host, core.raise
local schema = core.module("schema")
local json, text = core.module("json"), core.module("optimizer_text")
local listeners = core.module("listeners")
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local type, ipairs, tostring, error = type, ipairs, tostring, error
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local PAGE, MOST_ROWS, LARGE, MOST_BYTES = 25, 10000, 100 * 1024, 1024 * 1024

local collected = { settings = {} }   -- settings: of the command line: kind, anonymize, prefix, created_by, progress
local kept = {}                       -- results by "name:symbol", so that nothing is paid for twice

-- Events and callbacks -----------------------------------------------------------

local function tell(channel, payload)
  for _, entry in ipairs(core.copy_list(listeners.of(channel))) do
    local ok, problem = raw_xpcall(listeners.call, handler, entry, payload)
    if not ok then
      if core.stop_reason() ~= 0 then error(problem, 0) end
      core.log("warn", format("script error in %s: %s", entry.where, tostring(problem)))
    end
  end
end

-- An error in a callback never stops the work (OPT-24).
function collected.callback(s, name, ...)
  local fn = s.callbacks and s.callbacks[name]
  if not fn then return end
  local ok, problem = raw_xpcall(fn, handler, ...)
  if ok then return end
  if core.stop_reason() ~= 0 then error(problem, 0) end
  core.log("warn", format("optimizer %s: error in %s: %s", s.optimizer_name, name, tostring(problem)))
  local known = type(problem) == "table" and problem or { message = tostring(problem) }
  tell("error", { optimizer_name = s.optimizer_name, message = known.message, file = known.file, line = known.line })
end

local function progress(s, symbol, done)
  local total = #s.range_train * #s.source
  if collected.settings.progress then
    core.log("info", format("Progress: %.1f%% (%d/%d) %s %s", done / total * 100, done, total, s.optimizer_name, symbol))
  end
  tell("optimizer_progress", { optimizer_name = s.optimizer_name, symbol = symbol, total_sources = total, processed_sources = done,
                               progress = done / total })
end

-- Data ----------------------------------------------------------------------------

function collected.source_name(source) return type(source) == "function" and "unknown" or source.name end

-- All rows of a source for a range: pages of 25 until one is short, each id once.
local function collect(source, symbol, range, scale)
  local name, fetch = collected.source_name(source), type(source) == "function" and source or source.fetch
  local rows, seen, offset = {}, {}, 0
  while true do
    local page = fetch { symbol = symbol, start_date = range.start_date, end_date = range.end_date, limit = PAGE, offset = offset,
                         scale = type(source) == "table" and source.builtin and scale or nil }
    if type(page) ~= "table" then raise(format('source "%s" returned %s, not a list of rows', name, type(page))) end
    if #page > PAGE then raise(format('source "%s" returned %d rows for a page of %d', name, #page, PAGE)) end
    for i, row in ipairs(page) do
      if type(row) ~= "table" then raise(format('source "%s": row %d is a %s, not a table', name, offset + i, type(row))) end
      if row.id == nil then
        rows[#rows + 1] = row
      elseif not seen[row.id] then
        seen[row.id] = true
        rows[#rows + 1] = row
      end
    end
    if #page < PAGE then break end
    offset = offset + PAGE
    if offset >= MOST_ROWS then
      core.log("warn", format('source "%s": %d rows were read, further ones are left out', name, MOST_ROWS))
      break
    end
  end
  return rows
end

local function default_user(_, rows)
  return "Read these data and answer OK.\n\n" .. json.encode(json.array(rows))
end
local function default_assistant() return "OK" end

local function formatter(s, source, name, default)
  local own = type(source) == "table" and source[name]
  return own or (s.template and s.template["get_" .. name .. "_message"]) or default
end

local function message(s, symbol, source, rows, role, default)
  local content = formatter(s, source, role, default)(symbol, rows, collected.source_name(source))
  if type(content) ~= "string" then
    raise(format('source "%s": %s must return a text, got %s', collected.source_name(source), role, type(content)))
  end
  if #content > LARGE then
    core.log("warn", format('source "%s": the %s message has %d bytes (%d KiB); models read long messages badly', collected.source_name(source),
                            role, #content, #content / 1024))
  end
  return { role = role, content = content }
end

local function name_of(s, range)
  if range.note and range.note ~= "" then return range.note end
  local names = {}
  for i, source in ipairs(s.source) do names[i] = collected.source_name(source) end
  return names[1] and concat(names, "+") or "unknown"
end

local function check_size(s, i, messages)
  local bytes = 0
  for _, m in ipairs(messages) do bytes = bytes + #m.content end
  local most = s.options and s.options.max_context_bytes or MOST_BYTES
  if bytes > most then
    raise(format("optimizer '%s', range_train[%d]: the conversation has %s, more than max_context_bytes (%s); show the model fewer rows",
                 s.optimizer_name, i, text.size(bytes), text.size(most)))
  end
  return bytes
end

-- The conversation of one range, and how many rows each source gave.
local function converse(s, symbol, i, done)
  local range, messages, counts = s.range_train[i], {}, {}
  local masks = (collected.settings.anonymize or s.anonymize) and core.module("market_mask")
  local mask = masks and masks.of_range(symbol, range) or nil
  for k, source in ipairs(s.source) do
    progress(s, symbol, done + k - 1)
    local rows = collect(source, symbol, range, mask and 1 / mask.price)
    collected.callback(s, "on_source_data", symbol, collected.source_name(source), rows, range.start_date, range.end_date)
    counts[k] = #rows
    local shown = mask and masks.rows(source, rows, mask.price) or rows
    messages[#messages + 1] = message(s, symbol, source, shown, "user", default_user)
    messages[#messages + 1] = message(s, symbol, source, shown, "assistant", default_assistant)
  end
  return messages, counts, mask
end

function collected.observed(s, symbol, i, stage_name)
  return function(stage, attempts)
    for attempt, a in ipairs(attempts) do
      tell("optimizer_llm", { optimizer_name = s.optimizer_name, symbol = symbol, stage = attempt == 1 and (stage_name or stage) or "repair",
                              range_index = i, attempt = attempt, prompt_tokens = a.prompt_tokens,
                              completion_tokens = a.completion_tokens, duration_ms = a.duration_ms, replayed = a.replayed })
    end
  end
end

-- Calls `fn` with btk.llm knowing what the question is about; counts what was asked.
local function asking(s, symbol, i, mask, usage, fn, ...)
  local internal, tell_all = core.llm_state, collected.observed(s, symbol, i)
  internal.symbol, internal.mask = symbol, mask
  internal.observe = function(stage, attempts)
    for _, a in ipairs(attempts) do
      usage.calls = usage.calls + 1
      usage.prompt_tokens = usage.prompt_tokens + a.prompt_tokens
      usage.completion_tokens = usage.completion_tokens + a.completion_tokens
    end
    tell_all(stage, attempts)
  end
  local ok, result = raw_xpcall(fn, handler, ...)
  internal.symbol, internal.mask, internal.observe = nil, nil, nil
  if not ok then error(result, 0) end
  return result
end

local function gather(s, symbol)
  local made = { schema = s, symbol = symbol, records = {}, counts = {}, masks = {}, usage = {}, bytes = {} }
  for i, range in ipairs(s.range_train) do
    local messages, counts, mask = converse(s, symbol, i, (i - 1) * #s.source)
    made.bytes[i] = check_size(s, i, messages)
    made.usage[i] = { calls = 0, prompt_tokens = 0, completion_tokens = 0 }
    local strategy = asking(s, symbol, i, mask, made.usage[i], s.get_prompt, symbol, messages)
    if type(strategy) ~= "string" or strategy == "" then
      raise(format("optimizer '%s', range_train[%d]: get_prompt must return a non-empty text, got %s", s.optimizer_name, i,
                   strategy == "" and "an empty one" or type(strategy)))
    end
    local own = {}
    for k, m in ipairs(messages) do own[k] = { role = m.role, content = m.content } end
    made.records[i] = { symbol = symbol, name = name_of(s, range), messages = own, strategy = strategy }
    made.counts[i], made.masks[i] = counts, mask or false
  end
  progress(s, symbol, #s.range_train * #s.source)
  collected.callback(s, "on_data", symbol, made.records)
  return made
end

local known_context = { optimizer_name = true, fresh = true }

function collected.check_call(who, symbol, context)
  if type(symbol) ~= "string" or symbol == "" then raise(who .. ": symbol must be a text") end
  if symbol:find("[^A-Za-z0-9._-]") then raise(format('%s: "%s" cannot become part of a file name', who, symbol)) end
  if type(context) ~= "table" then raise(who .. " needs { optimizer_name = }") end
  for name in pairs(context) do
    if not known_context[name] then raise(format("%s: unknown field '%s'; there are optimizer_name, fresh", who, tostring(name))) end
  end
  if core.current then raise(who .. " works in the main chunk, not inside a run") end
  return schema.get("optimizer", context.optimizer_name, who)
end

function collected.gathered(who, symbol, context)
  local s = collected.check_call(who, symbol, context)
  local key = s.optimizer_name .. ":" .. symbol
  local made = kept[key]
  if not made or made.schema ~= s or context.fresh then
    made = gather(s, symbol)
    kept[key] = made
  end
  return made
end

--- The sizes of the conversations without asking any model: a list of { name =, messages =, bytes =, rows = }.
function collected.sizes(s, symbol)
  local ranges = {}
  for i in ipairs(s.range_train) do
    local messages, counts = converse(s, symbol, i, (i - 1) * #s.source)
    ranges[i] = { name = name_of(s, s.range_train[i]), messages = #messages, bytes = check_size(s, i, messages), rows = json.array(counts) }
  end
  progress(s, symbol, #s.range_train * #s.source)
  return ranges
end

return collected

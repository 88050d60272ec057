-- btk.optimizer (optimizer-cli.md Part 1): rows of training ranges become conversations, a user's function turns each
-- conversation into one strategy text, the texts become program files. With kind "rules" (the default) a language model
-- writes each strategy's code once, tried in a sandbox by the host; with "advisor" the file asks the model at every signal.
local core = ...
local host, raise = core.host, core.raise
local schema, rules_of, code = core.module("schema"), core.module("optimizer_schema"), core.module("optimizer_code")
local json, text, llm = core.module("json"), core.module("optimizer_text"), core.module("llm")
local listeners = core.module("listeners")
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local type, ipairs, tostring, error = type, ipairs, tostring, error
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local PAGE, MOST_ROWS, LARGE, MOST_BYTES = 25, 10000, 100 * 1024, 1024 * 1024

local optimizer, module = {}, {}
local kept = {}         -- results by "name:symbol", so that nothing is paid for twice
local settings = {}     -- of the command line: kind, anonymize, prefix, created_by

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
local function callback(s, name, ...)
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
  if settings.progress then
    core.log("info", format("Progress: %.1f%% (%d/%d) %s %s", done / total * 100, done, total, s.optimizer_name, symbol))
  end
  tell("optimizer_progress", { optimizer_name = s.optimizer_name, symbol = symbol, total_sources = total, processed_sources = done,
                               progress = done / total })
end

-- Data ----------------------------------------------------------------------------

local function source_name(source) return type(source) == "function" and "unknown" or source.name end

-- All rows of a source for a range: pages of 25 until one is short, each id once.
local function collect(source, symbol, range, scale)
  local name, fetch = source_name(source), type(source) == "function" and source or source.fetch
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
  local content = formatter(s, source, role, default)(symbol, rows, source_name(source))
  if type(content) ~= "string" then
    raise(format('source "%s": %s must return a text, got %s', source_name(source), role, type(content)))
  end
  if #content > LARGE then
    core.log("warn", format('source "%s": the %s message has %d bytes (%d KiB); models read long messages badly', source_name(source),
                            role, #content, #content / 1024))
  end
  return { role = role, content = content }
end

-- Masked copies of rows: columns in price units are divided by the last close.
local function scaled_rows(source, rows, mask)
  if not mask or type(source) ~= "table" or not source.price_columns then return rows end
  local wanted, out = {}, {}
  for _, name in ipairs(source.price_columns) do wanted[name] = true end
  for i, row in ipairs(rows) do
    local copy = {}
    for key, value in pairs(row) do copy[key] = wanted[key] and type(value) == "number" and value / mask.price or value end
    out[i] = copy
  end
  return out
end

-- What hides the market of a training range from a model.
local function mask_of(symbol, range)
  local name = schema.first("exchange")
  if not name then raise("anonymize needs an exchange with candles of the training range: the price level comes from it") end
  local from, to = rules_of.ends(range)
  local candles = host.range_candles(schema.get("exchange", name), schema.folder("exchange", name), symbol, "1h", from, to)
  if not candles[1] then raise(format("anonymize: there are no candles of %s from %s", symbol, host.format_time(from))) end
  local low, high = candles[1].low, candles[1].high
  for _, c in ipairs(candles) do low, high = math.min(low, c.low), math.max(high, c.high) end
  return { symbol = symbol, now = to + 60000, price = candles[#candles].close, low = low / 1.5, high = high * 1.5 }
end

local function name_of(s, range)
  if range.note and range.note ~= "" then return range.note end
  local names = {}
  for i, source in ipairs(s.source) do names[i] = source_name(source) end
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
  local mask = (settings.anonymize or s.anonymize) and mask_of(symbol, range) or nil
  for k, source in ipairs(s.source) do
    progress(s, symbol, done + k - 1)
    local rows = collect(source, symbol, range, mask and 1 / mask.price)
    callback(s, "on_source_data", symbol, source_name(source), rows, range.start_date, range.end_date)
    counts[k] = #rows
    local shown = scaled_rows(source, rows, mask)
    messages[#messages + 1] = message(s, symbol, source, shown, "user", default_user)
    messages[#messages + 1] = message(s, symbol, source, rows, "assistant", default_assistant)
  end
  return messages, counts, mask
end

local function observed(s, symbol, i, stage_name)
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
  local internal, tell_all = core.llm_state, observed(s, symbol, i)
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
  callback(s, "on_data", symbol, made.records)
  return made
end

local known_context = { optimizer_name = true, fresh = true }

local function check_call(who, symbol, context)
  if type(symbol) ~= "string" or symbol == "" then raise(who .. ": symbol must be a text") end
  if symbol:find("[^A-Za-z0-9._-]") then raise(format('%s: "%s" cannot become part of a file name', who, symbol)) end
  if type(context) ~= "table" then raise(who .. " needs { optimizer_name = }") end
  for name in pairs(context) do
    if not known_context[name] then raise(format("%s: unknown field '%s'; there are optimizer_name, fresh", who, tostring(name))) end
  end
  if core.current then raise(who .. " works in the main chunk, not inside a run") end
  return schema.get("optimizer", context.optimizer_name, who)
end

local function gathered(who, symbol, context)
  local s = check_call(who, symbol, context)
  local key = s.optimizer_name .. ":" .. symbol
  local made = kept[key]
  if not made or made.schema ~= s or context.fresh then
    made = gather(s, symbol)
    kept[key] = made
  end
  return made
end

-- Code ------------------------------------------------------------------------------

local function exchange_of()
  local name = schema.first("exchange")
  local s = name and schema.get("exchange", name)
  if s and s.driver then
    local out = {}
    for _, field in ipairs(code.exchange_fields) do out[field] = s[field] end
    return out, schema.folder("exchange", name)
  end
  if s then core.log("warn", format("exchange '%s' is a function and cannot be written into a file; generated files use driver binance", name)) end
  return { driver = "binance" }, ""
end

local function plan_of(made, folder)
  local s = made.schema
  local options = s.options or {}
  local plan = {
    optimizer_name = s.optimizer_name, symbol = made.symbol, kind = settings.kind or s.kind or "rules", records = made.records,
    template = s.template or {}, train = {}, anonymize = settings.anonymize or s.anonymize or false,
    strategy_interval = options.strategy_interval or "5m", frame_interval = options.frame_interval or "1m",
    metric = settings.metric or options.metric or "sharpe_ratio", created_by = settings.created_by or "btkhost",
  }
  for i, range in ipairs(s.range_train) do
    local from, to = rules_of.ends(range)
    plan.train[i] = { note = range.note, from = from, to = to }
  end
  local from, to = rules_of.ends(s.range_test)
  plan.test = { note = s.range_test.note, from = from, to = to }
  plan.names = code.names(plan, settings.prefix or options.prefix)
  local ok, provider, model = core.raw_pcall(host.llm_names)
  plan.provider, plan.model = ok and provider or "", ok and model or ""
  local exchange, base = exchange_of()
  plan.exchange_base = base
  if exchange.path and folder then exchange.path = host.relative_path(exchange.path, base, folder) end
  plan.exchange = exchange
  return plan
end

-- Asks the model for the code of every range that has none yet.
local function write_rules(made, plan)
  if plan.kind ~= "rules" or plan.template.get_strategy_template then return end
  made.rules = made.rules or {}
  for i, record in ipairs(made.records) do
    if not made.rules[i] then
      local head, tail = code.rules_frame(plan.names.strategies[i], plan.strategy_interval, record.strategy, record.name)
      local written = host.write_rules {
        symbol = made.symbol, strategy_name = plan.names.strategies[i], interval = plan.strategy_interval, messages = record.messages,
        strategy = record.strategy, from = plan.train[i].from, to = plan.train[i].to, head = head, tail = tail, mask = made.masks[i] or nil,
      }
      made.rules[i] = written
      local usage = made.usage[i]
      for _, a in ipairs(written.attempts) do
        usage.calls = usage.calls + 1
        usage.prompt_tokens = usage.prompt_tokens + a.prompt_tokens
        usage.completion_tokens = usage.completion_tokens + a.completion_tokens
      end
      observed(made.schema, made.symbol, i)("prompt", written.attempts)
      if written.failure then
        core.log("warn", format("optimizer %s, range_train[%d]: %s", made.schema.optimizer_name, i, written.failure))
      end
    end
  end
  plan.rules = made.rules
end

-- Everything that is written for one symbol, with paths as seen from `folder`.
local function coded(made, folder)
  local plan = plan_of(made, folder)
  write_rules(made, plan)
  local entry, files = code.assemble(plan)
  callback(made.schema, "on_code", made.symbol, entry)
  return plan, entry, files
end

local function manifest_of(made, plan, entry, files, folder)
  local exchange = {}
  for key, value in pairs(plan.exchange) do exchange[key] = value end
  local base = plan.optimizer_name .. "_" .. plan.symbol
  if exchange.path and folder then
    exchange.path = host.relative_path(schema.get("exchange", schema.first("exchange")).path, plan.exchange_base, folder .. "/" .. base)
  end
  exchange.exchange_name = plan.names.exchange
  local function range(r, frame) return { note = r.note, start = r.from, ["end"] = r.to, frame_name = frame } end
  local train, strategies = {}, {}
  for i, r in ipairs(plan.train) do
    train[i] = range(r, plan.names.train_frames[i])
    local rules = plan.rules and plan.rules[i]
    local failure = rules and rules.failure
    local prompt = {}
    for k, m in ipairs(made.records[i].messages) do prompt[k] = m.role .. "\n" .. m.content end
    strategies[i] = {
      index = i, name = made.records[i].name, strategy_name = plan.names.strategies[i], file = files[i].path,
      checksum = host.digest("SHA256", files[i].text), prompt_hash = host.digest("SHA256", concat(prompt, "\n")),
      llm = made.usage[i], attempts = rules and #rules.attempts or nil, title = rules and rules.title ~= "" and rules.title or nil,
      status = failure and "failed" or "ok", reason = failure,
    }
  end
  return {
    format = 1, optimizer = plan.optimizer_name, symbol = plan.symbol, kind = plan.kind, model = plan.model, provider = plan.provider,
    anonymized = plan.anonymize, prefix = plan.names.prefix, created_by = plan.created_by, exchange = exchange, metric = plan.metric,
    frame_interval = plan.frame_interval, strategy_interval = plan.strategy_interval,
    entry = { file = base .. ".lua", checksum = host.digest("SHA256", entry) },
    train = train, test = range(plan.test, plan.names.test_frame), strategies = strategies,
  }
end

local function quoted_block(markdown)
  -- A fence longer than any in the text.
  local longest = 2
  for ticks in markdown:gmatch("`+") do longest = math.max(longest, #ticks) end
  local fence = ("`"):rep(longest + 1)
  return fence .. "\n" .. markdown .. "\n" .. fence
end

local function cell(value) return (tostring(value):gsub("[|\n\r]", " ")) end

local function report_of(made, plan)
  local out = { "# Optimizer Report: " .. plan.optimizer_name, "", "**Symbol:** " .. plan.symbol, "**Kind:** " .. plan.kind,
                "**Model:** " .. (plan.model ~= "" and plan.model or "none"), "", "## Ranges", "",
                "| Range | From | To | Note |", "| --- | --- | --- | --- |" }
  local function row(label, r)
    out[#out + 1] = format("| %s | %s | %s | %s |", label, host.format_time(r.from), host.format_time(r.to), cell(r.note or ""))
  end
  for i, r in ipairs(plan.train) do row("train " .. i, r) end
  row("test", plan.test)
  out[#out + 1] = "\n## Sources\n\n| Range | Source | Rows |\n| --- | --- | --- |"
  for i in ipairs(plan.train) do
    for k, source in ipairs(made.schema.source) do
      out[#out + 1] = format("| train %d | %s | %d |", i, cell(source_name(source)), made.counts[i][k])
    end
  end
  for i, record in ipairs(made.records) do
    local rules = plan.rules and plan.rules[i]
    out[#out + 1] = format("\n## Strategy %d: %s\n", i, cell(record.name))
    if rules and rules.failure then out[#out + 1] = "**Failed:** " .. cell(rules.failure) .. "\n" end
    if rules and rules.title ~= "" and rules.title then out[#out + 1] = "**Title:** " .. cell(rules.title) .. "\n" end
    out[#out + 1] = quoted_block(record.strategy)
  end
  return concat(out, "\n")
end

-- Writes everything; on_dump hears of the entry. Returns its path.
local function write(made, plan, entry, files, folder)
  local base = plan.optimizer_name .. "_" .. plan.symbol
  local manifest, report = manifest_of(made, plan, entry, files, folder), report_of(made, plan)
  local list = { { path = base .. ".lua", text = entry }, { path = base .. ".md", text = report .. "\n" },
                 { path = base .. "/manifest.json", text = json.encode(manifest, { indent = 1 }) .. "\n" } }
  for _, file in ipairs(files) do list[#list + 1] = file end
  local ok, problem = raw_xpcall(host.write_generated, handler, folder, list)
  if not ok then
    core.log("error", format("optimizer %s: %s", plan.optimizer_name, tostring(problem)))
    error(problem, 0)
  end
  for _, name in ipairs(problem) do core.log("warn", format("a generated file had been edited by hand; it is kept as %s", name)) end
  local path = folder:gsub("/+$", "") .. "/" .. base .. ".lua"
  core.log("info", "Optimizer report saved: " .. path)
  callback(made.schema, "on_dump", made.symbol, path)
  return path, manifest, report
end

-- For scripts -------------------------------------------------------------------------

local function copies(records)
  local out = {}
  for i, r in ipairs(records) do
    local messages = {}
    for k, m in ipairs(r.messages) do messages[k] = { role = m.role, content = m.content } end
    out[i] = { symbol = r.symbol, name = r.name, messages = messages, strategy = r.strategy }
  end
  return out
end

--- One record per training range, in order: { symbol, name, messages, strategy }. A second call gives the first result
--- again unless { fresh = true }: collecting costs calls of the model.
function optimizer.get_data(symbol, context) return copies(gathered("optimizer.get_data", symbol, context).records) end

--- The entry file's text, and a table path -> text of the strategy files.
function optimizer.get_code(symbol, context)
  local _, entry, files = coded(gathered("optimizer.get_code", symbol, context), host.output_folder("."))
  local out = {}
  for _, file in ipairs(files) do out[file.path] = file.text end
  return entry, out
end

--- Ranges, sources with their numbers of rows, and the strategy texts as Markdown.
function optimizer.get_report(symbol, context)
  local made = gathered("optimizer.get_report", symbol, context)
  local plan = plan_of(made)
  plan.rules = made.rules
  return report_of(made, plan)
end

--- Writes <optimizer_name>_<symbol>.lua, its strategies, manifest and report into a folder ("./" beside the script); returns the
--- path of the first. Files that somebody has edited are kept under another name.
function optimizer.dump(symbol, context, folder)
  if folder ~= nil and type(folder) ~= "string" then raise("optimizer.dump: the folder must be a text, got " .. type(folder)) end
  local made = gathered("optimizer.dump", symbol, context)
  local target = host.output_folder(folder or ".")
  local plan, entry, files = coded(made, target)
  local path = write(made, plan, entry, files, target)
  return path
end

-- For the host ----------------------------------------------------------------------------

--- The optimizer of that name or the first registered; nil without one.
function module.optimizer_name(wanted)
  if wanted == "" then return schema.first("optimizer") end
  return schema.get("optimizer", wanted, "optimize").optimizer_name
end

--- What `btkhost optimize` makes of one symbol; both sides are JSON. { optimizer_name, dry_run, folder, ... } gives the
--- manifest, the files and the report, or the sizes of the conversations.
function module.optimize(symbol, given)
  settings = json.decode(given)
  local s = check_call("optimize", symbol, { optimizer_name = settings.optimizer_name })
  if settings.dry_run then
    local ranges = {}
    for i in ipairs(s.range_train) do
      local messages, counts = converse(s, symbol, i, (i - 1) * #s.source)
      local bytes = check_size(s, i, messages)
      ranges[i] = { name = name_of(s, s.range_train[i]), messages = #messages, bytes = bytes, rows = json.array(counts) }
    end
    progress(s, symbol, #s.range_train * #s.source)
    local from, to = rules_of.ends(s.range_test)
    return json.encode { ranges = json.array(ranges), kind = settings.kind or s.kind or "rules", test_minutes = (to - from) / 60000,
                         strategy_interval = s.options and s.options.strategy_interval or "5m" }
  end
  local made = gathered("optimize", symbol, { optimizer_name = settings.optimizer_name })
  local plan, entry, files = coded(made, settings.folder)
  local path, manifest, report = write(made, plan, entry, files, settings.folder)
  return json.encode { manifest = manifest, report = report, path = path, files = json.array(files) }
end

optimizer.sources = core.module("optimizer_sources")

function module.install(btk)
  btk.optimizer = optimizer
  btk.llm = llm
end

return module

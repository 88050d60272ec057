-- btk.optimizer (optimizer-cli.md Part 1): what was collected of training ranges (optimizer_data.lua) becomes program files.
-- With kind "rules" (the default) a language model writes each strategy's code once, tried in a sandbox by the host; with
-- "advisor" the file asks the model at every signal.
local core = ...
local host, raise = core.host, core.raise
local schema, rules_of, code = core.module("schema"), core.module("optimizer_schema"), core.module("optimizer_code")
local json, data, llm = core.module("json"), core.module("optimizer_data"), core.module("llm")
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local type, ipairs, tostring, error = type, ipairs, tostring, error
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local optimizer, module = {}, {}

-- Code ------------------------------------------------------------------------------

local function exchange_of()
  local name = rules_of.exchange()
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
    optimizer_name = s.optimizer_name, symbol = made.symbol, kind = data.settings.kind or s.kind or "rules", records = made.records,
    template = s.template or {}, train = {}, anonymize = data.settings.anonymize or s.anonymize or false,
    strategy_interval = options.strategy_interval or "5m", frame_interval = options.frame_interval or "1m",
    metric = data.settings.metric or options.metric or "sharpe_ratio", created_by = data.settings.created_by or "btkhost",
  }
  for i, range in ipairs(s.range_train) do
    local from, to = rules_of.ends(range)
    plan.train[i] = { note = range.note, from = from, to = to }
  end
  local from, to = rules_of.ends(s.range_test)
  plan.test = { note = s.range_test.note, from = from, to = to }
  plan.names = code.names(plan, data.settings.prefix or options.prefix)
  local ok, provider, model = core.raw_pcall(host.llm_names)
  plan.provider, plan.model = ok and provider or "", ok and model or ""
  local exchange, base = exchange_of()
  plan.exchange_base = base
  if exchange.path and folder then exchange.path = host.relative_path(exchange.path, base, folder) end
  plan.exchange = exchange
  plan.settings = host.changed_config()   -- strategies are tried under these, and give the same later only under these
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
      data.observed(made.schema, made.symbol, i)("prompt", written.attempts)
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
  data.callback(made.schema, "on_code", made.symbol, entry)
  return plan, entry, files
end

local function manifest_of(made, plan, entry, files, folder)
  local exchange = {}
  for key, value in pairs(plan.exchange) do exchange[key] = value end
  local base = plan.optimizer_name .. "_" .. plan.symbol
  if exchange.path and folder then
    exchange.path = host.relative_path(schema.get("exchange", rules_of.exchange()).path, plan.exchange_base, folder .. "/" .. base)
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
    frame_interval = plan.frame_interval, strategy_interval = plan.strategy_interval, settings = plan.settings,
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
      out[#out + 1] = format("| train %d | %s | %d |", i, cell(data.source_name(source)), made.counts[i][k])
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
  for _, name in ipairs(problem) do core.log("warn", format("a file was not as the optimizer had written it (edited by hand, or somebody's own); it is kept as %s", name)) end
  local path = folder:gsub("/+$", "") .. "/" .. base .. ".lua"
  core.log("info", "Optimizer report saved: " .. path)
  data.callback(made.schema, "on_dump", made.symbol, path)
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
function optimizer.get_data(symbol, context) return copies(data.gathered("optimizer.get_data", symbol, context).records) end

--- The entry file's text, and a table path -> text of the strategy files.
function optimizer.get_code(symbol, context)
  local _, entry, files = coded(data.gathered("optimizer.get_code", symbol, context), host.output_folder("."))
  local out = {}
  for _, file in ipairs(files) do out[file.path] = file.text end
  return entry, out
end

--- Ranges, sources with their numbers of rows, and the strategy texts as Markdown.
function optimizer.get_report(symbol, context)
  local made = data.gathered("optimizer.get_report", symbol, context)
  local plan = plan_of(made)
  plan.rules = made.rules
  return report_of(made, plan)
end

--- Writes <optimizer_name>_<symbol>.lua, its strategies, manifest and report into a folder ("./" beside the script); returns the
--- path of the first. Files that it did not write, or that somebody has edited since, are kept under another name.
function optimizer.dump(symbol, context, folder)
  if folder ~= nil and type(folder) ~= "string" then raise("optimizer.dump: the folder must be a text, got " .. type(folder)) end
  local made = data.gathered("optimizer.dump", symbol, context)
  local target = host.output_folder(folder or ".")
  local plan, entry, files = coded(made, target)
  local path = write(made, plan, entry, files, target)
  return path
end

-- For the host ----------------------------------------------------------------------------

--- The optimizer of that name or the first registered; nil without one. The command line's own sentence about a name that is none.
function module.optimizer_name(wanted)
  if wanted == "" then return schema.first("optimizer") end
  if not schema.has("optimizer", wanted) then schema.not_registered("optimizer", wanted) end
  return wanted
end

--- What `btkhost optimize` makes of one symbol; both sides are JSON. { optimizer_name, dry_run, folder, ... } gives the
--- manifest, the files and the report, or the sizes of the conversations.
function module.optimize(symbol, given)
  local settings = json.decode(given)
  data.settings, rules_of.chosen_exchange = settings, settings.exchange_name
  local s = data.check_call("optimize", symbol, { optimizer_name = settings.optimizer_name })
  if settings.ranges_only then
    local list = {}
    for i, range in ipairs(s.range_train) do
      local from, to = rules_of.ends(range)
      list[i] = { what = format("range_train[%d]", i), from = from, to = to }
    end
    local from, to = rules_of.ends(s.range_test)
    return json.encode { kind = settings.kind or s.kind or "rules", train = list, test = { what = "the test range", from = from, to = to } }
  end
  if settings.dry_run then
    local from, to = rules_of.ends(s.range_test)
    local train_minutes = 0
    for _, range in ipairs(s.range_train) do
      local begin, last = rules_of.ends(range)
      train_minutes = train_minutes + (last - begin) / 60000
    end
    return json.encode { ranges = json.array(data.sizes(s, symbol)), kind = data.settings.kind or s.kind or "rules", test_minutes = (to - from) / 60000,
                         train_minutes = train_minutes,
                         strategy_interval = s.options and s.options.strategy_interval or "5m" }
  end
  local made = data.gathered("optimize", symbol, { optimizer_name = settings.optimizer_name })
  local plan, entry, files = coded(made, settings.folder)
  local path, manifest, report = write(made, plan, entry, files, settings.folder)
  return json.encode { manifest = manifest, report = report, path = path, files = json.array(files),
                       registered_in = schema.file("optimizer", plan.optimizer_name) }
end

optimizer.sources = core.module("optimizer_sources")

function module.install(btk)
  btk.optimizer = optimizer
  btk.llm = llm
end

return module

-- The program texts of btk.optimizer (optimizer-cli.md 1.8, 1.12): default templates, the files of one symbol, their names.
local core = ...
local host = core.host
local json, text = core.module("json"), core.module("optimizer_text")
local ipairs, tostring, tonumber, type = ipairs, tostring, tonumber, type
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat
local quote = text.quote

local code = { templates = {} }
local templates = code.templates

function templates.get_top_banner() return 'local btk = require "btk"\n\nlocal WARN_KB = 100   -- messages above this size are warned about' end
function templates.get_json_dump_template()
  return "local function dump_json(id, messages, result, dir) return btk.llm.dump(id, messages, result, dir) end"
end
function templates.get_text_template() return "local function text(messages) return btk.llm.text(messages) end" end
function templates.get_json_template() return "local function json(messages, symbol) return btk.llm.signal(messages, { symbol = symbol }) end" end

-- The fields of a table constructor in the order of `names`.
local function fields(t, names)
  local out = {}
  for _, name in ipairs(names) do
    local value = t[name]
    if value ~= nil then out[#out + 1] = name .. " = " .. (type(value) == "string" and quote(value) or tostring(value)) end
  end
  return concat(out, ", ")
end

local exchange_fields = { "driver", "path", "market", "base_url", "seed", "start_price", "volatility", "gaps" }
code.exchange_fields = exchange_fields

--- The exchange by value; one that is a function of the script cannot be written down, binance takes its place.
function code.exchange_template(exchange)
  return function(_, exchange_name)
    return format("btk.add_exchange { exchange_name = %s, %s }", quote(exchange_name), fields(exchange, exchange_fields))
  end
end

--- The settings as a call of btk.set_config; `settings` has them as text by name. Nil when there are none.
function code.settings_block(settings)
  local names, out = {}, {}
  for name in pairs(settings) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local value = settings[name]
    out[i] = format("%s = %s", name, tonumber(value) == math.huge and "math.huge" or value)
  end
  return out[1] and "btk.set_config { " .. concat(out, ", ") .. " }"
end

function templates.get_frame_template(_, frame_name, interval, from, to)
  return format("btk.add_frame { frame_name = %s, interval = %s,\n                start_date = %s, end_date = %s }", quote(frame_name),
                quote(interval), quote(from), quote(to))
end

function templates.get_walker_template(walker_name, exchange_name, frame_name, strategies, metric)
  local names = {}
  for i, name in ipairs(strategies) do names[i] = quote(name) end
  return format("btk.add_walker { walker_name = %s, exchange_name = %s,\n                 frame_name = %s, metric = %s,\n"
    .. "                 strategies = { %s } }", quote(walker_name), quote(exchange_name), quote(frame_name),
    quote(metric or "sharpe_ratio"), concat(names, ", "))
end

function templates.get_launcher_template(symbol, walker_name)
  local walker = quote(walker_name)
  return concat({
    'btk.listen_walker_progress(function(e) btk.log.info("walker", e.processed_strategies, "of", e.total_strategies) end)',
    "btk.listen_walker_complete(function(e)",
    '  btk.log.info("best strategy", e.best_strategy)',
    "  btk.walker.dump(e.symbol, { walker_name = e.walker_name })",
    "end)",
    "btk.listen_error(function(e) btk.log.error(e.message) end)",
    "",
    format("btk.walker.background(%s, { walker_name = %s })", quote(symbol), walker),
  }, "\n")
end

-- Strategies ------------------------------------------------------------------

-- What stands before and after the body that a model wrote.
function code.rules_frame(strategy_name, interval, strategy, note, title, rationale)
  local head = concat({
    'local btk = require "btk"', "",
    "local STRATEGY = " .. quote(strategy), "",
    "local function decide(symbol, when, price, c)", "",
  }, "\n")
  local tail = concat({
    "", "end", "",
    "btk.add_strategy {",
    format("  strategy_name = %s, interval = %s, note = %s,", quote(strategy_name), quote(interval), quote(note)),
    format("  info = { title = %s, rationale = %s, text = STRATEGY },", quote(title or ""), quote(rationale or "")),
    "  get_signal = function(symbol, when, price)",
    "    local wish = decide(symbol, when, price, {",
    "      candles = function(timeframe, limit) return btk.get_candles(symbol, timeframe, limit) end,",
    "      ta = btk.ta, series = btk.series,",
    "      position = function() return nil end,   -- it is asked only while it holds nothing",
    "    })",
    "    if type(wish) ~= 'table' then return wish end",
    "    -- These alone: leverage and stakes are no affair of what a model writes.",
    "    return { position = wish.position, price_open = wish.price_open, price_take_profit = wish.price_take_profit,",
    "             price_stop_loss = wish.price_stop_loss, minute_estimated_time = wish.minute_estimated_time, note = wish.note }",
    "  end,",
    "}", "",
  }, "\n")
  return head, tail
end

local ADVISOR = [[
local function lines(candles, timeframe)
  local out = {}
  for i = 1, #candles do
    local c = candles[i]
    out[i] = ("%s[%s]: O:%s H:%s L:%s C:%s V:%s"):format(btk.date.iso(c.timestamp), timeframe,
             c.open, c.high, c.low, c.close, c.volume)
  end
  return table.concat(out, "\n")
end

]]

--- The strategy that asks the model at every signal interval.
function code.advisor(strategy_name, interval, strategy, note, anonymize)
  return concat({
    'local btk = require "btk"', "",
    "local PROMPT = " .. quote(strategy), "",
    ADVISOR .. "btk.add_strategy {",
    format("  strategy_name = %s, interval = %s, note = %s,", quote(strategy_name), quote(interval), quote(note)),
    "  get_signal = function(symbol, when, price)",
    "    local messages = {}",
    "    local function show(timeframe, limit, reply)",
    "      local text = lines(btk.get_candles(symbol, timeframe, limit), timeframe)",
    '      messages[#messages + 1] = { role = "user", content = "Analyse the " .. timeframe .. " candles of " .. symbol .. ":\\n\\n" .. text }',
    '      messages[#messages + 1] = { role = "assistant", content = reply }',
    "    end",
    '    show("1h", 24, "1h trend analysed")',
    '    show("15m", 24, "15m trend analysed")',
    '    show("5m", 24, "5m structure analysed")',
    '    show("1m", 30, "1m microstructure analysed")',
    '    messages[#messages + 1] = { role = "user", content = "Generate a trading signal according to this strategy. Open a position only on a "',
    '      .. "clear signal:\\n\\n" .. PROMPT .. "\\n\\nAnswer wait when signals contradict each other or the trend is weak." }',
    format("    return btk.llm.signal(messages, { symbol = symbol%s })", anonymize and ", anonymize = true" or ""),
    "  end,",
    "}", "",
  }, "\n")
end

-- Where nothing could be written: registered, so that everything that names it works, and idle.
local function failed_strategy(strategy_name, interval, strategy, reason)
  return concat({
    'local btk = require "btk"', "",
    "local STRATEGY = " .. quote(strategy), "",
    format("btk.add_strategy { strategy_name = %s, interval = %s, note = %s,", quote(strategy_name), quote(interval), quote("failed: " .. reason)),
    "                   info = { text = STRATEGY }, get_signal = function() return nil end }", "",
  }, "\n")
end

-- Files -------------------------------------------------------------------------

--- `body` under its header line; `about` are the header's fields.
function code.file(about, body)
  about.format = 1
  about.body_sha256 = host.digest("SHA256", body)
  return "-- btk:generated " .. json.encode(about) .. "\n" .. body
end

local function range_header(range) return { note = range.note, start = range.from, ["end"] = range.to } end

--- The names of one plan: <prefix>_exchange and so on. The prefix follows from what is in the files.
function code.names(plan, prefix)
  if not prefix then
    local parts = { plan.optimizer_name, plan.symbol }
    for _, range in ipairs(plan.train) do parts[#parts + 1] = format("%.0f-%.0f", range.from, range.to) end
    parts[#parts + 1] = format("%.0f-%.0f", plan.test.from, plan.test.to)
    for _, record in ipairs(plan.records) do parts[#parts + 1] = host.digest("SHA256", record.strategy) end
    prefix = host.digest("SHA256", concat(parts, "\n")):sub(1, 8)
  end
  local names = { prefix = prefix, exchange = prefix .. "_exchange", test_frame = prefix .. "_test_frame", walker = prefix .. "_walker",
                  train_frames = {}, strategies = {} }
  for i = 1, #plan.train do
    names.train_frames[i] = prefix .. "_train_frame-" .. i
    names.strategies[i] = prefix .. "_strategy-" .. i
  end
  return names
end

--- All files of a plan: the entry's text and a list of { path =, text =, index = } for the strategies, with `rules[i]` what
--- a model wrote for range i.
function code.assemble(plan)
  local names, own = plan.names, plan.template
  local function template(name) return own[name] or templates[name] end
  local base = plan.optimizer_name .. "_" .. plan.symbol
  local function header(index, range)
    return { kind = plan.kind, optimizer = plan.optimizer_name, symbol = plan.symbol, index = index, range = range_header(range),
             model = plan.model, created_by = plan.created_by, strategy = names.strategies[index] }
  end
  local files = {}
  for i, record in ipairs(plan.records) do
    local name, rules = names.strategies[i], plan.rules and plan.rules[i]
    local body
    local plain = text.plain(record.strategy)
    if own.get_strategy_template then
      body = own.get_strategy_template(name, plan.strategy_interval, record.strategy)
    elseif plan.kind == "advisor" then
      body = code.advisor(name, plan.strategy_interval, plain, record.name, plan.anonymize)
    elseif rules and not rules.failure then
      local head, tail = code.rules_frame(name, plan.strategy_interval, plain, record.name, rules.title, rules.rationale)
      body = head .. rules.body .. tail
    else
      body = failed_strategy(name, plan.strategy_interval, plain, rules and rules.failure or "no model wrote it")
    end
    files[i] = { path = format("%s/strategy-%d.lua", base, i), index = i, text = code.file(header(i, plan.train[i]), body) }
  end
  local blocks = { template("get_top_banner")(plan.symbol), template("get_json_dump_template")(plan.symbol),
                   template("get_text_template")(plan.symbol), template("get_json_template")(plan.symbol) }
  blocks[#blocks + 1] = code.settings_block(plan.settings)
  blocks[#blocks + 1] = (own.get_exchange_template or code.exchange_template(plan.exchange))(plan.symbol, names.exchange)
  local frame = template("get_frame_template")
  for i, range in ipairs(plan.train) do
    blocks[#blocks + 1] = frame(plan.symbol, names.train_frames[i], plan.frame_interval, host.iso(range.from), host.iso(range.to))
  end
  blocks[#blocks + 1] = frame(plan.symbol, names.test_frame, plan.frame_interval, host.iso(plan.test.from), host.iso(plan.test.to))
  local includes = {}
  for i, file in ipairs(files) do includes[i] = "btk.include " .. quote(file.path) end
  blocks[#blocks + 1] = concat(includes, "\n")
  blocks[#blocks + 1] = template("get_walker_template")(names.walker, names.exchange, names.test_frame, names.strategies, plan.metric)
  blocks[#blocks + 1] = template("get_launcher_template")(plan.symbol, names.walker)
  local kept = {}
  for _, block in ipairs(blocks) do kept[#kept + 1] = block .. "\n" end
  return code.file(header(0, plan.test), concat(kept, "\n")), files
end

return code

-- btk.llm: questions to a language model. Where the model is, and what may be spent, the host knows (--llm, --model,
-- OLLAMA_HOST, CC_LLM_URL and so on); btk.llm.configure changes it. In back-tests these calls are allowed: what a prompt
-- holds ends at the present moment, and answers can be recorded and replayed. A failing call raises an error of one sentence.
local core = ...
local host, raise = core.host, core.raise
local json = core.module("json")
local type, tostring, ipairs = type, tostring, ipairs
local pairs, format = core.raw_pairs, core.raw_format

local llm = {}

local TEXT_RULES = "You are asked for a trading strategy report that is pasted into a program as it is. Answer with the report alone: "
  .. "no greeting, no remarks about yourself or the task."
local SIGNAL_RULES = "Analyse the trading strategy and the market data and return a trading signal as JSON. Rules: "
  .. "position is wait, long or short. A long needs price_take_profit above price_open and price_stop_loss below it; a short the other "
  .. "way round. price_open is the market price to enter now, or a level to wait for. Every level needs a technical reason, told in note. "
  .. "minute_estimated_time is at most 360 and follows from volatility and trend."

local options_of = {
  text = { symbol = true, model = true, think = true, timeout_ms = true, raw = true },
  json = { model = true, think = true, timeout_ms = true },
  signal = { symbol = true, model = true, think = true, timeout_ms = true, anonymize = true },
}

local function check_options(who, options)
  if options == nil then return {} end
  if type(options) ~= "table" then raise(format("llm.%s: options must be a table, got %s", who, type(options))) end
  for name in pairs(options) do
    if not options_of[who][name] then
      local known = {}
      for other in pairs(options_of[who]) do known[#known + 1] = other end
      table.sort(known)
      raise(format("llm.%s has no option '%s'; it has %s", who, tostring(name), table.concat(known, ", ")))
    end
  end
  local timeout = options.timeout_ms
  if timeout ~= nil and (type(timeout) ~= "number" or not (timeout >= 1 and timeout <= 3600000)) then
    raise(format("llm.%s: timeout_ms must lie between 1 and 3600000, got %s", who, tostring(timeout)))
  end
  if options.think ~= nil and type(options.think) ~= "boolean" then raise(format("llm.%s: think must be true or false", who)) end
  return options
end

local roles = { system = true, user = true, assistant = true }

local function check_messages(who, messages)
  if type(messages) ~= "table" or #messages == 0 then
    raise(format("llm.%s needs a list of messages such as { { role = \"user\", content = \"...\" } }", who))
  end
  local out = {}
  for i, message in ipairs(messages) do
    if type(message) ~= "table" or not roles[message.role] or type(message.content) ~= "string" then
      raise(format("llm.%s: message %d needs role (system, user or assistant) and content (a text)", who, i))
    end
    out[i] = { role = message.role, content = message.content }
  end
  return out
end

-- Set by btk.optimizer while it works: symbol, mask, observe(stage, attempts).
local internal = {}
core.llm_state = internal

local function ask(stage, messages, options, schema, signal, mask)
  local answer = host.llm_ask {
    messages = messages, schema = schema, model = options.model, think = options.think, timeout_ms = options.timeout_ms,
    signal = signal, mask = mask or internal.mask,
  }
  if internal.observe then internal.observe(stage, answer.attempts) end
  return answer
end

local function symbol_of(options)
  return options.symbol or internal.symbol or (core.current and core.current.symbol)
end

--- A free text. Unless options.raw is true, the model is told to answer with a ready strategy report, and asked for
--- entry conditions of the symbol at the end. options: symbol, model, think, timeout_ms (600000), raw.
function llm.text(messages, options)
  options = check_options("text", options)
  local list = check_messages("text", messages)
  if not options.raw then
    table.insert(list, 1, { role = "system", content = TEXT_RULES })
    local symbol = symbol_of(options)
    list[#list + 1] = { role = "user", content = format("Under which conditions should %s be bought? Name entry points for long and for "
      .. "short from support and resistance levels, the ratio of risk to reward to use, and whether long or short is preferable. Give a "
      .. "fundamental rather than a dry technical recommendation.", symbol and symbol:upper() or "the asset") }
  end
  return ask("prompt", list, options).content
end

--- An answer that fits a JSON schema, as a table. A bad one goes back to the model with what is wrong, three attempts in
--- all. options: model, think, timeout_ms (120000).
function llm.json(messages, wish, options)
  if type(wish) ~= "table" or type(wish.schema) ~= "table" then
    raise("llm.json needs { schema = } with a JSON schema as a table")
  end
  options = check_options("json", options)
  local answer = ask("prompt", check_messages("json", messages), options, json.encode(wish.schema))
  return json.decode(answer.content)
end

-- Which market a masked prompt tells of follows from the run.
local function run_mask(symbol)
  if not core.current then raise("llm.signal: anonymize works inside a run") end
  return core.module("market_mask").of_run(core.current, symbol)
end

--- A trading signal: what get_signal may return, or nil when the model would rather wait. The answer is checked (sides,
--- positive prices, 1 to 360 minutes) and kept for reading under the signal's id. options: symbol, model, think, timeout_ms,
--- anonymize (the model sees ASSET, distances instead of dates; prices in candle lines, JSON and tables divided by the last close).
function llm.signal(messages, options)
  options = check_options("signal", options)
  local list = check_messages("signal", messages)
  table.insert(list, 1, { role = "system", content = SIGNAL_RULES })
  local symbol = symbol_of(options)
  local mask = options.anonymize and run_mask(symbol) or nil
  local answer = ask("signal", list, options, nil, true, mask)
  local value = json.decode(answer.content)
  local when = core.current and core.current.now.when or 0
  local hash = host.digest("SHA256", format("%s|%s|%.0f", answer.key, tostring(symbol), when))
  local id = format("%s-%s-%s-%s-%s", hash:sub(1, 8), hash:sub(9, 12), hash:sub(13, 16), hash:sub(17, 20), hash:sub(21, 32))
  host.llm_dump(id, list, answer.content, "")
  if value.position == "wait" then return nil end
  return { id = id, position = value.position, note = value.note, price_open = value.price_open,
           price_take_profit = value.price_take_profit, price_stop_loss = value.price_stop_loss,
           minute_estimated_time = math.floor(value.minute_estimated_time) }
end

--- Writes a conversation and its result below `folder`/<id>, unless that is there already; returns the path.
function llm.dump(id, messages, result, folder)
  if type(id) ~= "string" then raise("llm.dump: id must be a text") end
  if folder ~= nil and type(folder) ~= "string" then raise("llm.dump: the folder must be a text") end
  return host.llm_dump(id, check_messages("dump", messages), type(result) == "string" and result or json.encode(result), folder or "dump/strategy")
end

--- Puts the prompt of a module before a copy of the messages: the module returns { system = , user = }, texts, lists of texts or
--- functions of (symbol, strategy_name, exchange_name, frame_name, backtest) that return one.
function llm.prompt(module, messages)
  if type(module) ~= "table" then raise("llm.prompt needs a table with system and user") end
  local run = core.current
  local function texts(value)
    if type(value) == "function" then
      local names = run and run.context or {}
      value = value(run and run.symbol, names.strategy_name, names.exchange_name, names.frame_name, not run or run.backtest)
    end
    if value == nil then return {} end
    return type(value) == "table" and value or { value }
  end
  local out = {}
  for _, text in ipairs(texts(module.system)) do out[#out + 1] = { role = "system", content = text } end
  for _, message in ipairs(messages or {}) do out[#out + 1] = message end
  for _, text in ipairs(texts(module.user)) do out[#out + 1] = { role = "user", content = text } end
  return out
end

local settings = { provider = "string", url = "string", model = "string", think = "boolean", seed = "number" }

--- { provider = "ollama"|"openai", url =, model =, think =, seed = }; what is absent stays as it is. Keys come from the
--- environment (OLLAMA_API_KEY, CC_LLM_KEY) and nowhere else.
function llm.configure(given)
  if type(given) ~= "table" then raise("llm.configure needs a table, got " .. type(given)) end
  for name, value in pairs(given) do
    if not settings[name] then raise(format("llm.configure has no field '%s'; it has model, provider, seed, think, url", tostring(name))) end
    if type(value) ~= settings[name] then raise(format("llm.configure: %s must be a %s, got %s", name, settings[name], type(value))) end
  end
  for name in pairs(settings) do
    if given[name] ~= nil then host.llm_configure(name, name == "seed" and format("%.0f", given[name]) or tostring(given[name])) end
  end
end

return llm

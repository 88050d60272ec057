-- btk.context: what a run knows of the market at this moment, as texts for a language model. Only closed candles up to now.
local core = ...
local raise = core.raise
local tables, data = core.module("indicator_table"), core.module("data")
local type, ipairs, tostring = type, ipairs, tostring
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local context = {}

local MINUTES = { ["1m"] = 1, ["15m"] = 15, ["30m"] = 30, ["1h"] = 60 }
local COUNTS = { ["1m"] = 60, ["15m"] = 96, ["30m"] = 96, ["1h"] = 48 }
local ORDER = { { "1h", "long" }, { "30m", "swing" }, { "15m", "short" }, { "1m", "micro" } }

local function candles_of(symbol, interval, count) return core.btk.get_candles(symbol, interval, count):to_table() end

--- The newest `count` candles as lines "<ISO time>[5m]: O:.. H:.. L:.. C:.. V:..", oldest first.
function context.candles(symbol, interval, count)
  data.the_run("context.candles")
  local out = {}
  for i, c in ipairs(candles_of(symbol, interval, count)) do
    out[i] = format("%s[%s]: O:%s H:%s L:%s C:%s V:%s", core.btk.date.iso(c.timestamp), interval, tostring(c.open), tostring(c.high),
                    tostring(c.low), tostring(c.close), tostring(c.volume))
  end
  return concat(out, "\n")
end

--- The indicators of a term ("long", "swing", "short", "micro") as a Markdown table with a legend.
function context.indicators(symbol, name)
  data.the_run("context.indicators")
  local term = tables.term(name, "context.indicators")
  local minutes = MINUTES[term.bar]
  local list = candles_of(symbol, term.bar, tables.history + term.shown * (term.every or 1))
  local rows, columns = tables.rows(term, list, tables.history, minutes * 60000)
  return tables.markdown(format("%s: indicators of %s bars", symbol, term.bar), term, rows, columns, minutes)
end

local known = { indicators = true, candles = true }

--- Appends candles and indicators of 1h, 30m, 15m and 1m to a list of messages: a user and an assistant message each.
--- options: candles = false or indicators = false leaves one of them out. Returns the list.
function context.commit_history(symbol, messages, options)
  data.the_run("context.commit_history")
  if type(messages) ~= "table" then raise("context.commit_history needs a list of messages") end
  for name in pairs(options or {}) do
    if not known[name] then raise(format("context.commit_history has no option '%s'; it has candles, indicators", tostring(name))) end
  end
  options = options or {}
  for _, item in ipairs(ORDER) do
    local interval, term, parts = item[1], item[2], {}
    if options.candles ~= false then parts[1] = format("Candles of %s, %s:\n\n%s", symbol, interval, context.candles(symbol, interval, COUNTS[interval])) end
    if options.indicators ~= false then parts[#parts + 1] = context.indicators(symbol, term) end
    messages[#messages + 1] = { role = "user", content = concat(parts, "\n\n") }
    messages[#messages + 1] = { role = "assistant", content = interval .. " read" }
  end
  return messages
end

return context

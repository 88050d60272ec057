-- btk.markdown: what becomes of the reports that the dump functions make (analytics.md 2.4): a file each, lines of one
-- file, nothing, or whatever a script does with them. Each script state has its own choice.
local core = ...
local host, raise = core.host, core.raise
local json = core.module("json")
local type, tostring = type, tostring
local pairs, format, concat = core.raw_pairs, core.raw_format, table.concat

local writers = {}

local mode, adapter = "md", nil

-- One line of JSON with the names that are there, in this order.
local LINE = { { "symbol", "symbol" }, { "strategy_name", "strategyName" }, { "exchange_name", "exchangeName" },
               { "frame_name", "frameName" }, { "walker_name", "walkerName" } }
local function line_of(kind, text, names, now)
  local parts = { format('{"markdownName":%s,"data":%s', json.encode(kind), json.encode(text)) }
  for i = 1, #LINE do
    local value = names[LINE[i][1]]
    if value and value ~= "" then parts[#parts + 1] = format('"%s":%s', LINE[i][2], json.encode(value)) end
  end
  if now then parts[#parts + 1] = format('"timestamp":%.0f', now) end
  return concat(parts, ",") .. "}"
end

--- Hands on a report. `text()` gives its Markdown, `file()` writes it where the command puts reports and returns the
--- path. Returns the path of what was written, if anything was.
function writers.dump(kind, names, text, file)
  if mode == "md" then return file() end
  if mode == "dummy" then return nil end
  local now = core.current and core.current.now.when or nil
  if mode == "jsonl" then return host.append_report(kind, line_of(kind, text(), names, now)) end
  local meta = { kind = kind, timestamp = now }
  for key, value in pairs(names) do meta[key] = value end
  local path = adapter.dump(text(), meta)
  if path ~= nil and type(path) ~= "string" then raise("use_markdown_adapter: dump must return a path or nothing, got " .. type(path)) end
  return path
end

function writers.install(btk)
  btk.markdown = {
    --- Each report is a file of its own, replaced when it is made again: the default.
    use_md = function() mode = "md" end,
    --- Reports are lines of <out>/markdown/<kind>.jsonl: { markdownName, data, names, timestamp }.
    use_jsonl = function() mode = "jsonl" end,
    --- Reports are not written; dump functions return nil.
    use_dummy = function() mode = "dummy" end,
    --- Reports go to { dump = function(text, { kind, symbol, strategy_name, ... }) return path end }.
    use_markdown_adapter = function(given)
      if type(given) ~= "table" or type(given.dump) ~= "function" then
        raise("use_markdown_adapter needs { dump = function(text, names) end }, got " .. tostring(type(given)))
      end
      mode, adapter = "adapter", given
    end,
  }
end

return writers

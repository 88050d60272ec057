-- btk.dump: what a strategy or a language model thought, written down for people (analytics.md 6.8): Markdown below the
-- output folder, agent/<signal id>/<bucket>/<dump id>.md, the first one of a name stays; or notes of btk.memory; or both.
local core = ...
local host, raise = core.host, core.raise
local args, kept, json = core.module("args"), core.module("kept"), core.module("json")
local type, tostring, ipairs, concat = type, tostring, ipairs, table.concat
local format, ordered = core.raw_format, pairs
local pairs = core.raw_pairs

local dump, ear = {}, kept.ear("dump")
local to_markdown, to_memory = true, false
local to_script  -- the script's own function

local function shown(value)
  if value == nil or value == json.null then return "" end
  if type(value) == "string" then return value end
  return json.encode(value, { lenient = true })
end
local function cell(value) return (shown(value):gsub("|", "\\|"):gsub("\r?\n", " ")) end

local function table_text(columns, rows)
  local dashes = {}
  for i in ipairs(columns) do dashes[i] = "---" end
  local lines = { "| " .. concat(columns, " | ") .. " |", "| " .. concat(dashes, " | ") .. " |" }
  for _, row in ipairs(rows) do lines[#lines + 1] = "| " .. concat(row, " | ") .. " |" end
  return concat(lines, "\n") .. "\n"
end

local function fenced(value) return "```json\n" .. json.encode(value, { indent = 2, lenient = true }) .. "\n```\n" end

local body = {}

function body.record(record)
  local rows = {}
  for key, value in ordered(record) do rows[#rows + 1] = { cell(tostring(key)), cell(value) } end
  return table_text({ "key", "value" }, rows)
end

function body.table(rows)
  local columns, seen, lines = {}, {}, {}
  for i, row in ipairs(rows) do
    if type(row) ~= "table" then raise(format("dump_table: row %d is a %s, not a table", i, type(row))) end
    for key in ordered(row) do
      if not seen[key] then
        seen[key] = true
        columns[#columns + 1] = key
      end
    end
  end
  for i, row in ipairs(rows) do
    lines[i] = {}
    for k, key in ipairs(columns) do lines[i][k] = cell(row[key]) end
  end
  for k, key in ipairs(columns) do columns[k] = cell(tostring(key)) end
  return table_text(columns, lines)
end

function body.text(content) return content .. "\n" end
body.error = body.text
body.json = fenced

function body.agent(messages)
  local out = {}
  for i, message in ipairs(messages) do
    if type(message) ~= "table" or type(message.role) ~= "string" then
      raise(format("dump_agent_answer: message %d must be a table with role and content", i))
    end
    local call = message.tool_call_id and format(" (call_id: %s)", tostring(message.tool_call_id)) or ""
    local part = format("## [%d] %s%s\n\n", i, message.role, call)
    if message.content ~= nil and message.content ~= "" then part = part .. shown(message.content) .. "\n" end
    local calls = message.tool_calls
    if type(calls) == "table" and calls[1] ~= nil then part = part .. "\n### Tool Calls\n\n" .. fenced(calls) end
    out[i] = part
  end
  return concat(out, "\n")
end

-- name -> title of the page, what is dumped (argument and its kind), its body, its kind for an adapter
local KINDS = {
  dump_agent_answer = { "Agent Reasoning", "messages", "table", body.agent, "agent" },
  dump_record = { "Record Dump", "record", "table", body.record, "record" },
  dump_table = { "Table Dump", "rows", "table", body.table, "table" },
  dump_text = { "Text Dump", "content", "text", body.text, "text" },
  dump_error = { "Error Dump", "content", "text", body.error, "error" },
  dump_json = { "JSON Dump", "json", "any", body.json, "json" },
}

local function write(who, kind, what, names)
  local text = format("# %s - %s\n\n**signalId**: %s  \n**bucketName**: %s  \n**description**: %s\n\n%s", kind[1], names.dump_id,
                      names.signal_id, names.bucket_name, names.description, kind[4](what))
  local path
  if to_script then
    path = to_script(kept.copy(what), kind[5], kept.copy(names), text)
    if path ~= nil and type(path) ~= "string" then raise(format("%s: the adapter must return a path or nothing, got %s", who, type(path))) end
  end
  if to_markdown then
    path = host.write_file({ "agent", names.signal_id, names.bucket_name, names.dump_id .. ".md" }, text, "once")
  end
  if to_memory then
    core.module("memory").write_memory { signal_id = names.signal_id, bucket_name = names.bucket_name, memory_id = names.dump_id,
                                         value = kept.copy(what), description = names.description, when = 0 }
  end
  return path
end

--- dump_record{ record =, bucket_name =, dump_id =, description = } and its like mean the signal that the run holds;
--- btk.dump.dump_record(record, { signal_id =, bucket_name =, dump_id =, description = }) any other. They return the file's path.
function dump.install(btk)
  btk.dump = dump
  for name, kind in pairs(KINDS) do
    local field, of_type, who = kind[2], kind[3], "dump." .. name
    dump[name] = function(what, names)
      ear.need(who)
      args.named(who, names, { signal_id = "text", bucket_name = "text", dump_id = "text", description = "text" })
      if what == nil then raise(format("%s: %s is missing", who, field)) end
      args.value(who, field, what, of_type)
      kept.run(who)
      return write(who, kind, what, names)
    end
    btk[name] = function(given)
      ear.need(name)
      args.named(name, given, { [field] = of_type, bucket_name = "text", dump_id = "text", description = "text" })
      if given[field] == nil then raise(format("%s: %s is missing", name, field)) end
      return write(name, kind, given[field], { signal_id = kept.signal_id(name), bucket_name = given.bucket_name,
                                               dump_id = given.dump_id, description = given.description })
    end
  end
end

--- Dumps are written from now on. Returns a function that ends it.
function dump.enable()
  return ear.open {}
end
--- Dumps are errors from now on.
function dump.disable() ear.close() end

local function choose(markdown, memory, script) to_markdown, to_memory, to_script = markdown, memory, script end
--- Dumps become files (the default).
function dump.use_markdown() choose(true, false) end
--- Dumps become notes of btk.memory.
function dump.use_memory() choose(false, true) end
--- Dumps become files and notes.
function dump.use_both() choose(true, true) end
--- Dumps go nowhere.
function dump.use_dummy() choose(false, false) end
--- Dumps go to the script's own function: the value, its kind ("record", "table", ...), the names and the text of the page.
--- @param given table { dump = function(value, kind, names, text) return path end }
function dump.use_dump_adapter(given)
  args.named("dump.use_dump_adapter", given, { dump = "function" })
  choose(false, false, given.dump)
end

-- Words for the functions that install() makes (lua/definitions.h).

--- @api btk.dump_agent_answer(given)
--- Writes a conversation with a language model down: messages with role, content, tool_calls, tool_call_id. It belongs to the signal that the run holds.
--- @param given table { messages =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_agent_answer(what, names)
--- Writes a conversation with a language model down: messages with role, content, tool_calls, tool_call_id.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump_record(given)
--- Writes the keys and values of a table down. It belongs to the signal that the run holds.
--- @param given table { record =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_record(what, names)
--- Writes the keys and values of a table down.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump_table(given)
--- Writes a list of rows down, as a table. It belongs to the signal that the run holds.
--- @param given table { rows =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_table(what, names)
--- Writes a list of rows down, as a table.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump_text(given)
--- Writes a text down. It belongs to the signal that the run holds.
--- @param given table { content =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_text(what, names)
--- Writes a text down.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump_error(given)
--- Writes the text of an error down. It belongs to the signal that the run holds.
--- @param given table { content =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_error(what, names)
--- Writes the text of an error down.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump_json(given)
--- Writes a value down as JSON. It belongs to the signal that the run holds.
--- @param given table { json =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

--- @api btk.dump.dump_json(what, names)
--- Writes a value down as JSON.
--- @param names table { signal_id =, bucket_name =, dump_id =, description = }
--- @return string? path of the file

return dump

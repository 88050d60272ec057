-- What an optimizer may be registered with (optimizer-cli.md 1.2).
local core = ...
local raise, host = core.raise, core.host
local type, ipairs, tostring = type, ipairs, tostring
local pairs, format = core.raw_pairs, core.raw_format

local rules = {}

rules.templates = { "get_top_banner", "get_json_dump_template", "get_text_template", "get_json_template", "get_exchange_template",
                    "get_frame_template", "get_strategy_template", "get_walker_template", "get_launcher_template",
                    "get_user_message", "get_assistant_message" }
rules.callbacks = { "on_source_data", "on_data", "on_code", "on_dump" }
local source_fields = { name = "string", note = "string", fetch = "function", user = "function", assistant = "function",
                        price_columns = "table", builtin = "boolean" }

--- Comes first: the reference's errors in the reference's order.
function rules.first(s)
  local function broken(what) raise("optimizer template validation failed: " .. what) end
  if type(s) ~= "table" then return end
  if type(s.optimizer_name) ~= "string" or s.optimizer_name == "" then broken("missing optimizer_name") end
  local function place(what) broken(format("%s (optimizer '%s')", what, s.optimizer_name)) end
  if type(s.range_train) ~= "table" or #s.range_train == 0 then place("range_train must be a non-empty array") end
  if type(s.source) ~= "table" or #s.source == 0 then place("source must be a non-empty array") end
  if type(s.get_prompt) ~= "function" then place("get_prompt must be a function") end
end

--- A table of functions with names from `known`.
function rules.functions(known, what)
  local set = {}
  for _, name in ipairs(known) do set[name] = true end
  return function(value)
    if type(value) ~= "table" then return "a table of functions" end
    for name, fn in pairs(value) do
      if not set[name] then
        local near = host.nearest(tostring(name), known)
        return format("a table of %s (there is no '%s'%s)", what, tostring(name), near and format("; did you mean '%s'?", near) or "")
      end
      if type(fn) ~= "function" then return format("a table of functions ('%s' is a %s)", name, type(fn)) end
    end
  end
end

--- Both ends of a range in milliseconds; a bare end date means the whole day.
function rules.ends(range)
  local from = type(range.start_date) == "number" and range.start_date or host.parse_date(range.start_date)
  local to = type(range.end_date) == "number" and range.end_date or host.parse_date(range.end_date, true)
  return from, to
end

--- The exchange whose candles are looked at: the one that `btkhost optimize --exchange` names (module.optimize sets it), else the
--- first registered; nil without one.
function rules.exchange() return rules.chosen_exchange or core.module("schema").first("exchange") end

local function check_range(s, what, range)
  local name = format("optimizer '%s': %s", s.optimizer_name, what)
  if type(range) ~= "table" then raise(format("%s must be { note =, start_date =, end_date = }, got %s", name, type(range))) end
  for key in pairs(range) do
    if key ~= "note" and key ~= "start_date" and key ~= "end_date" then
      raise(format("%s has no field '%s'; it has end_date, note, start_date", name, tostring(key)))
    end
  end
  if range.note ~= nil and type(range.note) ~= "string" then raise(name .. ": note must be a text") end
  for _, key in ipairs { "start_date", "end_date" } do
    local date = range[key]
    local ms = type(date) == "string" and host.parse_date(date) or date
    if type(ms) ~= "number" or not (ms >= 0 and ms < 1e16) then
      raise(format('%s: %s must be a date such as "2024-01-31", got %s', name, key, tostring(date)))
    end
  end
  local from, to = rules.ends(range)
  if from >= to then raise(format("%s ends (%s) before it starts (%s)", name, tostring(range.end_date), tostring(range.start_date))) end
  if to > host.wall_clock() then raise(format("%s ends in the future (%s)", name, tostring(range.end_date))) end
  return from, to
end

local function check_source(s, i, source)
  local name = format("optimizer '%s': source[%d]", s.optimizer_name, i)
  if type(source) == "function" then return end
  if type(source) ~= "table" then raise(format("%s must be a function or { name =, fetch = }, got %s", name, type(source))) end
  for key, value in pairs(source) do
    local wanted = source_fields[key]
    if not wanted then raise(format("%s has no field '%s'; it has assistant, fetch, name, note, price_columns, user", name, tostring(key))) end
    if type(value) ~= wanted then raise(format("%s: %s must be a %s, got %s", name, key, wanted, type(value))) end
  end
  if source.name == nil or source.name == "" then raise(name .. " has no name; give it") end
  if source.fetch == nil then raise(name .. " has no fetch; give a function") end
end

--- Comes last, when every field has the right type.
function rules.whole(s)
  if not s.optimizer_name:find("^[A-Za-z0-9._-]+$") or s.optimizer_name:find("^%.") then
    raise(format("optimizer '%s': the name becomes a file name; use letters, digits, . _ -", s.optimizer_name))
  end
  for i, source in ipairs(s.source) do check_source(s, i, source) end
  local test_from = check_range(s, "range_test", s.range_test)
  for i, range in ipairs(s.range_train) do
    local _, to = check_range(s, format("range_train[%d]", i), range)
    if to >= test_from and not s.allow_overlap then
      raise(format("optimizer %s: range_train[%d] overlaps range_test (it ends %s, the test starts %s); pass allow_overlap = true to accept",
                   s.optimizer_name, i, host.format_time(to), host.format_time(test_from)))
    end
  end
end

return rules

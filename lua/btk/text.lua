-- Texts without memory addresses: tables, functions, coroutines and userdata are
-- numbered as they are first shown ("table: 1").
local core = ...
local type, rawget, select, error = type, rawget, select, error
local find, sub, concat, unpack = string.find, string.sub, table.concat, unpack
local raw_tostring, raw_format, raw_getmetatable = core.raw_tostring, core.raw_format, core.raw_getmetatable

local text = {}

local serials = setmetatable({}, { __mode = "k" })
local counts = { table = 0, ["function"] = 0, thread = 0, userdata = 0, cdata = 0 }

local function serial(value, kind)
  local number = serials[value]
  if number == nil then
    number = counts[kind] + 1
    counts[kind] = number
    serials[value] = number
  end
  return number
end

local plain = { ["nil"] = true, number = true, string = true, boolean = true }

local function tostring(...)
  local value = ...
  local kind = type(value)
  if plain[kind] then return raw_tostring(...) end
  if kind == "cdata" then
    local shown = raw_tostring(value)
    local address = find(shown, "0x%x+$")
    if address then return sub(shown, 1, address - 1) .. serial(value, kind) end
    return shown
  end
  local meta = raw_getmetatable(value)
  local handler = type(meta) == "table" and rawget(meta, "__tostring")
  if handler then
    local shown = handler(value) -- no tail call: endless recursion must meet the end of the stack
    return shown
  end
  return kind .. ": " .. serial(value, kind)
end
text.tostring = tostring

-- Arguments of %s become texts before string.format sees them; %p is a number like the ones above.
local function format_objects(pattern, ...)
  local count, values = select("#", ...), { ... }
  local pieces, at, argument = {}, 1, 0
  while true do
    local from, to, conversion = find(pattern, "%%[-+ #0]*%d*%.?%d*(.)", at)
    if from == nil then break end
    local spec = sub(pattern, from, to)
    if conversion ~= "%" then
      argument = argument + 1
      local kind = type(values[argument])
      if conversion == "p" then
        spec = sub(spec, 1, -2) .. "s"
        if argument <= count then
          values[argument] = plain[kind] and "null" or kind .. ": " .. serial(values[argument], kind)
        end
      elseif conversion == "s" and argument <= count and not plain[kind] then
        values[argument] = tostring(values[argument])
        if type(values[argument]) ~= "string" then error("'tostring' must return a string", 3) end
      end
    end
    pieces[#pieces + 1] = sub(pattern, at, from - 1) .. spec
    at = to + 1
  end
  pieces[#pieces + 1] = sub(pattern, at)
  return raw_format(concat(pieces), unpack(values, 1, count))
end

function text.format(...)
  local pattern, a, b, c, d, e, f = ...
  if type(pattern) ~= "string" then return raw_format(...) end
  if plain[type(a)] and plain[type(b)] and plain[type(c)] and plain[type(d)] and plain[type(e)] and
      plain[type(f)] and select("#", ...) <= 7 and not find(pattern, "p", 1, true) then
    return raw_format(...)
  end
  return format_objects(...)
end

function text.print(...)
  local count, values = select("#", ...), { ... }
  for i = 1, count do
    values[i] = tostring(values[i])
    if type(values[i]) ~= "string" then error("'tostring' must return a string to 'print'", 2) end
  end
  core.print(concat(values, "\t", 1, count))
end

return text

-- Writing JSON. Internal: scripts see lua/btk/json.lua.
local core = ...
-- Loops over another name than `next` or `pairs` are miscompiled (key_order.lua).
local ffi, next = core.ffi, core.raw_next
local type, rawequal = type, rawequal
local char, sub, rep, format = string.char, string.sub, string.rep, string.format
local concat, sort = table.concat, table.sort

local kit = core.module "json_kit"
local null, behind = kit.null, core.module("key_order").behind
ffi.cdef "int32_t btk_text_shortest(double, char*, int32_t);"
local C = ffi.C

local number_text = ffi.new("char[40]")

local function number(value)
  if value - value ~= 0 then return "null" end
  return ffi.string(number_text, C.btk_text_shortest(value, number_text, 40))
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r",
                  ["\t"] = "\\t" }

local function escaped(text, p, n)
  local out, count, from, i = {}, 0, 0, 0
  local function put(piece, length)
    if i > from then
      count = count + 1
      out[count] = sub(text, from + 1, i)
    end
    count = count + 1
    out[count] = piece
    i = i + length
    from = i
  end
  while i < n do
    local c = p[i]
    if c >= 0x80 then
      local length = kit.sequence(p, i, n)
      if length == 0 then put(kit.replacement, 1) else i = i + length end
    elseif c < 0x20 or c == 0x22 or c == 0x5C then
      put(escapes[char(c)] or format("\\u%04x", c), 1)
    else
      i = i + 1
    end
  end
  out[count + 1] = sub(text, from + 1, n)
  return '"' .. concat(out) .. '"'
end

local function quoted(text)
  local p, n = ffi.cast("const uint8_t*", text), #text
  for i = 0, n - 1 do
    local c = p[i]
    if c < 0x20 or c >= 0x80 or c == 0x22 or c == 0x5C then return escaped(text, p, n) end
  end
  return '"' .. text .. '"'
end

-- State of the call that is running; encoding calls no script code.
local out, size, path, open, lenient, indent

local function put(piece)
  size = size + 1
  out[size] = piece
end

local function place(depth)
  local text = "$"
  for i = 1, depth do
    local key = path[i]
    text = text .. (type(key) == "number" and "[" .. number(key) .. "]" or "." .. key)
  end
  return text
end

local function refuse(depth, what)
  kit.throw("json.encode: " .. place(depth) .. " " .. what)
end

-- n of an array 1..n, nil for an object.
local function array_length(t)
  local n, highest = 0, 0
  local marked = kit.empty_arrays[t]
  for key in next, t do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then return nil end
    n = n + 1
    if key > highest then highest = key end
  end
  if n == highest and (n > 0 or marked) then return n end
  return nil
end

local function new_line(depth)
  if indent then put("\n" .. rep(indent, depth)) end
end

local write

local function write_array(t, n, depth)
  if n == 0 then return put("[]") end
  put("[")
  for i = 1, n do
    if i > 1 then put(",") end
    new_line(depth + 1)
    path[depth + 1] = i
    write(t[i], depth + 1)
  end
  new_line(depth)
  put("]")
end

local function write_object(t, depth)
  local keys, values, n = {}, {}, 0
  for key, value in next, t do
    local name = key
    if type(key) == "number" then
      name = number(key)
    elseif type(key) ~= "string" then
      if not lenient then refuse(depth, "has a " .. type(key) .. " as key; keys must be texts or numbers") end
      name = "<" .. type(key) .. ">"
    end
    if values[name] == nil then
      n = n + 1
      keys[n] = name
    elseif not lenient then
      refuse(depth, "has the key " .. name .. " both as number and as text")
    end
    values[name] = value
  end
  if n == 0 then return put("{}") end
  sort(keys)
  put("{")
  for i = 1, n do
    if i > 1 then put(",") end
    new_line(depth + 1)
    put(quoted(keys[i]))
    put(indent and ": " or ":")
    path[depth + 1] = keys[i]
    write(values[keys[i]], depth + 1)
  end
  new_line(depth)
  put("}")
end

-- What has no JSON form: an error, or in lenient texts (logs) a word in its place.
local function odd(depth, word, what)
  if not lenient then refuse(depth, what) end
  put('"<' .. word .. '>"')
end

-- Candle lists (structs with `n`) and candles (with `close`) as plain tables; other cdata as it is.
local function candle_tables(value)
  if ffi.offsetof(value, "n") then return value:to_table() end
  if ffi.offsetof(value, "close") then
    return { timestamp = value.timestamp, open = value.open, high = value.high, low = value.low, close = value.close,
             volume = value.volume }
  end
  return value
end

write = function(value, depth)
  local kind = type(value)
  if kind == "string" then return put(quoted(value)) end
  if kind == "number" then return put(number(value)) end
  if kind == "boolean" then return put(value and "true" or "false") end
  if kind == "nil" or rawequal(value, null) then return put("null") end
  if kind == "cdata" then
    value = candle_tables(value)
    kind = type(value)
  end
  if kind ~= "table" then return odd(depth, kind, "is a " .. kind .. ", which has no JSON form") end
  if depth >= kit.depth then return odd(depth, "too deep", "is nested deeper than " .. kit.depth .. " levels") end
  value = behind(value)
  if open[value] then return odd(depth, "cycle", "contains itself (a cycle)") end
  open[value] = true
  local n = array_length(value)
  if n then write_array(value, n, depth) else write_object(value, depth) end
  open[value] = nil
end

local function forget() out, path, open = nil, nil, nil end

--- `spaces` per level or nil for one line; `words`: write what has no JSON form as a text.
return function(value, spaces, words)
  out, size, path, open = {}, 0, {}, {}
  lenient, indent = words, spaces and rep(" ", spaces)
  return kit.run(function()
    write(value, 0)
    return concat(out, "", 1, size)
  end, forget)
end

-- Reading JSON. Internal: scripts see lua/btk/json.lua.
local core = ...
local ffi = core.ffi
local tonumber, rawequal = tonumber, rawequal
local byte, char, sub, format, concat = string.byte, string.char, string.sub, string.format, table.concat

local kit = core.module "json_kit"
local null = kit.null

-- The text that is being read: bytes data[0] ... data[length - 1].
local source, data, length, keep_null

local function fail(at, what)
  local line, column, i = 1, 1, 0
  while i < at do
    if data[i] == 10 then
      line, column = line + 1, 1
    elseif data[i] < 0x80 or data[i] > 0xBF then
      column = column + 1
    end
    i = i + 1
  end
  kit.throw("json.decode: " .. what .. " at " .. line .. ":" .. column)
end

local function unexpected(at, expected)
  if at >= length then fail(at, expected .. " expected, but the text ends") end
  local n = kit.sequence(data, at, length)
  local shown = n > 0 and data[at] >= 0x20 and sub(source, at + 1, at + n) or format("byte %d", data[at])
  fail(at, expected .. " expected, found '" .. shown .. "'")
end

local function skip(i)
  while i < length do
    local c = data[i]
    if c ~= 32 and c ~= 10 and c ~= 13 and c ~= 9 then break end
    i = i + 1
  end
  return i
end

local function utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + (code - code % 64) / 64, 0x80 + code % 64) end
  local low, rest = code % 64, (code - code % 64) / 64
  local middle, top = rest % 64, (rest - rest % 64) / 64
  if code < 0x10000 then return char(0xE0 + top, 0x80 + middle, 0x80 + low) end
  return char(0xF0 + (top - top % 64) / 64, 0x80 + top % 64, 0x80 + middle, 0x80 + low)
end

local function hex4(i)
  local code = 0
  for k = i, i + 3 do
    local c = k < length and data[k] or 0
    local digit = c >= 48 and c <= 57 and c - 48 or c >= 97 and c <= 102 and c - 87 or c >= 65 and c <= 70 and c - 55
    if not digit then fail(k, "four hexadecimal digits expected after \\u") end
    code = code * 16 + digit
  end
  return code
end

local plain_escapes = { [34] = '"', [92] = "\\", [47] = "/", [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r",
                        [116] = "\t" }

-- One escape sequence whose backslash is at i: its text, and where reading goes on.
local function read_escape(i)
  local c = i + 1 < length and data[i + 1] or 0
  if plain_escapes[c] then return plain_escapes[c], i + 2 end
  if c ~= 117 then fail(i, "unknown escape sequence") end
  local code = hex4(i + 2)
  if code < 0xD800 or code > 0xDFFF then return utf8(code), i + 6 end
  if code < 0xDC00 and i + 7 < length and data[i + 6] == 92 and data[i + 7] == 117 then
    local low = hex4(i + 8)
    if low >= 0xDC00 and low <= 0xDFFF then
      return utf8(0x10000 + (code - 0xD800) * 1024 + low - 0xDC00), i + 12
    end
  end
  return kit.replacement, i + 6  -- half a pair stands for nothing
end

-- The string whose opening quote is at i.
local function read_string(i)
  local start, from = i, i + 1
  local pieces, count
  i = from
  while i < length do
    local c = data[i]
    if c == 34 then
      local last = sub(source, from + 1, i)
      if not pieces then return last, i + 1 end
      pieces[count + 1] = last
      return concat(pieces), i + 1
    elseif c == 92 then
      pieces, count = pieces or {}, count or 0
      pieces[count + 1] = sub(source, from + 1, i)
      pieces[count + 2], i = read_escape(i)
      count, from = count + 2, i
    elseif c < 0x20 then
      fail(i, "a control character must be escaped in a text")
    elseif c < 0x80 then
      i = i + 1
    else
      local n = kit.sequence(data, i, length)
      if n == 0 then fail(i, "invalid UTF-8") end
      i = i + n
    end
  end
  fail(start, "text without end, it starts")
end

local function digits(i)
  local from = i
  while i < length and data[i] >= 48 and data[i] <= 57 do i = i + 1 end
  if i == from then unexpected(i, "a digit") end
  return i
end

local function read_number(i)
  local from = i
  if data[i] == 45 then i = i + 1 end
  if i < length and data[i] == 48 then i = i + 1 else i = digits(i) end
  if i < length and data[i] == 46 then i = digits(i + 1) end
  if i < length and (data[i] == 101 or data[i] == 69) then
    i = i + 1
    if i < length and (data[i] == 43 or data[i] == 45) then i = i + 1 end
    i = digits(i)
  end
  local value = tonumber(sub(source, from + 1, i))
  if value - value ~= 0 then fail(from, "number too large") end
  return value, i
end

local words = { [116] = { "true", true }, [102] = { "false", false }, [110] = { "null", null } }

local read

local function read_array(i, depth)
  local list, n = {}, 0
  i = skip(i + 1)
  if i < length and data[i] == 93 then return kit.array(list), i + 1 end
  while true do
    n = n + 1
    list[n], i = read(i, depth + 1)
    i = skip(i)
    local c = i < length and data[i] or 0
    if c == 93 then return list, i + 1 end
    if c ~= 44 then unexpected(i, "',' or ']'") end
    i = skip(i + 1)
  end
end

local function read_object(i, depth)
  local object = {}
  i = skip(i + 1)
  if i < length and data[i] == 125 then return object, i + 1 end
  while true do
    if i >= length or data[i] ~= 34 then unexpected(i, "a key in quotes") end
    local key, value
    key, i = read_string(i)
    i = skip(i)
    if i >= length or data[i] ~= 58 then unexpected(i, "':'") end
    value, i = read(skip(i + 1), depth + 1)
    if rawequal(value, null) and not keep_null then value = nil end
    object[key] = value
    i = skip(i)
    local c = i < length and data[i] or 0
    if c == 125 then return object, i + 1 end
    if c ~= 44 then unexpected(i, "',' or '}'") end
    i = skip(i + 1)
  end
end

-- The value that starts at i (no space before it), and where reading goes on.
read = function(i, depth)
  local c = i < length and data[i] or 0
  if c == 34 then return read_string(i) end
  if c == 45 or c >= 48 and c <= 57 then return read_number(i) end
  if c == 123 or c == 91 then
    if depth >= kit.depth then fail(i, "nested deeper than " .. kit.depth .. " levels") end
    if c == 123 then return read_object(i, depth) end
    return read_array(i, depth)
  end
  local word = words[c]
  if not word or sub(source, i + 1, i + #word[1]) ~= word[1] then unexpected(i, "a value") end
  return word[2], i + #word[1]
end

local function read_all()
  local start = byte(source, 1) == 0xEF and sub(source, 1, 3) == "\239\187\191" and 3 or 0  -- a byte order mark
  local value, i = read(skip(start), 0)
  i = skip(i)
  if i < length then unexpected(i, "the end of the text") end
  return value
end

local function forget() source, data = nil, nil end

--- `nulls`: members of objects that are null stay as json.null.
return function(text, nulls)
  source, data, length, keep_null = text, ffi.cast("const uint8_t*", text), #text, nulls
  return kit.run(read_all, forget)
end

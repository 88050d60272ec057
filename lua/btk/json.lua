-- btk.json: JSON (RFC 8259) for scripts.
--
-- Encoding is deterministic: keys in byte order, numbers as the shortest text that reads back as the same number.
-- A table is an array when its keys are exactly 1..n, n >= 1, or when it was made by json.array; any other table is
-- an object, {} too. Candle lists are arrays of candle objects. NaN and infinity become null.
-- Decoding: null is json.null inside arrays, so that positions stay; members of objects that are null are left out
-- (json.decode(text, { keep_null = true }) keeps them as json.null); a lone null is nil. Numbers are doubles.
-- Both stop at 200 levels of nesting.
local core = ...
local raise = core.raise
local type, pairs, rawequal, tostring = type, pairs, rawequal, tostring
local kit, write, read = core.module "json_kit", core.module "json_write", core.module "json_read"

local json = {}

---The null of arrays. Compare with ==; as a text it is "null".
json.null = kit.null

---Marks a table as an array, so that it is written as [] even when it is empty.
---@param list? table its elements 1..n; a new table without
---@return table list the same table
function json.array(list)
  if list == nil then list = {} end
  return kit.array(list)
end

local function check_options(who, options, known)
  if options == nil then return {} end
  if type(options) ~= "table" then raise(("json.%s: options must be a table, got %s"):format(who, type(options))) end
  for key in pairs(options) do
    if not known[key] then
      local names = {}
      for name in pairs(known) do names[#names + 1] = name end
      table.sort(names)
      raise(("json.%s has no option '%s'; it has %s"):format(who, tostring(key), table.concat(names, ", ")))
    end
  end
  return options
end

local encode_options, decode_options = { indent = true, lenient = true }, { keep_null = true }

---Writes a value as JSON.
---@param value any
---@param options? { indent?: integer, lenient?: boolean } indent: spaces per level, one line without it;
---lenient: what has no JSON form becomes a text ("<function>", "<cycle>") instead of an error
---@return string
function json.encode(value, options)
  options = check_options("encode", options, encode_options)
  local indent = options.indent
  if indent ~= nil and (type(indent) ~= "number" or indent % 1 ~= 0 or indent < 1 or indent > 16) then
    raise("json.encode: indent must be a whole number from 1 to 16")
  end
  local text = write(value, indent, options.lenient == true)
  return text
end

---Reads JSON. Errors name line:column. Of equal keys the last one counts.
---@param text string
---@param options? { keep_null?: boolean } keep_null: members of objects that are null stay as json.null
---@return any
function json.decode(text, options)
  if type(text) ~= "string" then raise("json.decode needs a text, got " .. type(text)) end
  local nulls = check_options("decode", options, decode_options).keep_null == true
  local value = read(text, nulls)
  if rawequal(value, kit.null) and not nulls then return nil end
  return value
end

return json

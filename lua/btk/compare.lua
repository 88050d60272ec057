-- How tests show and compare values (lua/btk/matchers.lua).
local core = ...
local order = core.module("key_order")
local type, tostring, tonumber, rawget = type, tostring, tonumber, rawget
local format, concat = core.raw_format, table.concat
local raw_getmetatable = core.raw_getmetatable

local compare = {}

-- Showing values ----------------------------------------------------------------

local SHOWN_KEYS, SHOWN_DEPTH = 40, 5

-- With as many digits as tell it from every other number.
local function exact(number)
  local text = tostring(number)
  return tonumber(text) == number and text or format("%.17g", number)
end

local function show(value, depth, seen, number_text)
  local kind = type(value)
  if kind == "string" then return format("%q", value) end
  if kind == "number" then return number_text(value) end
  if kind ~= "table" then return tostring(value) end
  local meta = raw_getmetatable(value)
  if type(meta) == "table" and rawget(meta, "__tostring") then return tostring(value) end
  if seen[value] then return "(itself)" end
  if depth >= SHOWN_DEPTH then return "{ ... }" end
  seen[value] = true
  local parts, n = {}, 0
  local listed = #value
  for key, item in order.pairs(value) do
    n = n + 1
    if n > SHOWN_KEYS then
      parts[#parts + 1] = "..."
      break
    end
    local text = show(item, depth + 1, seen, number_text)
    if type(key) == "number" and key >= 1 and key <= listed then
      parts[#parts + 1] = text
    elseif type(key) == "string" and key:find("^[%a_][%w_]*$") then
      parts[#parts + 1] = key .. " = " .. text
    else
      parts[#parts + 1] = "[" .. show(key, depth + 1, seen, number_text) .. "] = " .. text
    end
  end
  seen[value] = nil
  return #parts == 0 and "{}" or "{ " .. concat(parts, ", ") .. " }"
end
--- A value as a test shows it.
function compare.show(value) return show(value, 0, {}, tostring) end

--- Two values that are not the same, as a test shows them: with all digits where they would look alike.
function compare.show_both(a, b)
  local first, second = compare.show(a), compare.show(b)
  if first ~= second then return first, second end
  return show(a, 0, {}, exact), show(b, 0, {}, exact)
end

-- Comparing ---------------------------------------------------------------------

local function difference(a, b, path, seen)
  if a == b or (a ~= a and b ~= b) then return nil end
  if type(a) ~= "table" or type(b) ~= "table" then return path end
  if seen[a] == b then return nil end
  seen[a] = b
  for key, item in order.pairs(a) do
    local found = difference(item, b[key], path .. "." .. tostring(key), seen)
    if found then return found end
  end
  for key in order.pairs(b) do
    if a[key] == nil then return path .. "." .. tostring(key) end
  end
  return nil
end

local function missing(part, whole, path)
  if type(part) ~= "table" or type(whole) ~= "table" then
    return not (part == whole or (part ~= part and whole ~= whole)) and path or nil
  end
  for key, item in order.pairs(part) do
    local found = missing(item, whole[key], path .. "." .. tostring(key))
    if found then return found end
  end
  return nil
end

--- nil when both are the same by content, else the path to the first difference, ".pnl.pnl_cost".
function compare.difference(a, b) return difference(a, b, "", {}) end

--- The same, but only for the keys that `part` has.
function compare.missing(part, whole) return missing(part, whole, "") end

return compare

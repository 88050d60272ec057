-- Values as the text in which services keep them: JSON, and one thing more. A table whose keys are numbers, but which is no list, as
-- { [61000] = "support" }, comes back with numbers: its keys are written "#61000", and text keys that begin with "#" as "##...".
local core = ...
local json = core.module("json")
-- Loops over another name than `next` or `pairs` are miscompiled (key_order.lua).
local next, raw_getmetatable, format = core.raw_next, core.raw_getmetatable, core.raw_format
local type, tonumber, ipairs = type, tonumber, ipairs
local find, sub, byte = string.find, string.sub, string.byte

local MARK = byte("#")
local DEEPEST = 200 -- as json.encode, which refuses what is deeper

local text = {}

local function is_plain(value) return type(value) == "table" and raw_getmetatable(value) == nil end

-- Are the keys exactly 1..n?
local function is_list(t)
  local n, highest = 0, 0
  for key in next, t do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then return false end
    n = n + 1
    if key > highest then highest = key end
  end
  return n == highest
end

local function is_marked(key) return type(key) == "string" and byte(key) == MARK end

-- Is there such a key anywhere in it? `open`: tables that it is within; one that contains itself is left to json.encode to refuse.
local function has_numbers(value, open, depth)
  if not is_plain(value) or open[value] or depth > DEEPEST then return false end
  open[value] = true
  local list = is_list(value)
  for key, item in next, value do
    if not list and type(key) == "number" or is_marked(key) or has_numbers(item, open, depth + 1) then return true end
  end
  open[value] = nil
  return false
end

-- A copy with keys as they are written.
local function spelled(value, open)
  if not is_plain(value) or open[value] or next(value) == nil then return value end
  open[value] = true
  local out, list = {}, is_list(value)
  for key, item in next, value do
    local name = key
    if type(key) == "number" and not list then
      name = format("#%.17g", key)
    elseif is_marked(key) then
      name = "#" .. key
    end
    out[name] = spelled(item, open)
  end
  open[value] = nil
  return out
end

local function restore(value)
  if not is_plain(value) then return end
  local marked, items
  for key, item in next, value do
    restore(item)
    if is_marked(key) then
      marked, items = marked or {}, items or {}
      marked[#marked + 1], items[#items + 1] = key, item
    end
  end
  for _, key in ipairs(marked or {}) do value[key] = nil end
  for i, key in ipairs(marked or {}) do
    local name = sub(key, 2)
    value[is_marked(name) and name or tonumber(name) or key] = items[i]
  end
end

--- Raises what json.encode raises where there is no JSON form.
function text.encode(value)
  if has_numbers(value, {}, 1) then value = spelled(value, {}) end
  return json.encode(value)
end

function text.decode(written)
  local value = json.decode(written)
  if find(written, '"#', 1, true) then restore(value) end
  return value
end

return text

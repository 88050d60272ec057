-- btk.log: lines for the person who watches. btk.log.info("sold %d of %s", n, symbol) formats as string.format does;
-- btk.log.info("walker", n, "of", total) joins with spaces. Tables, candles and lists are written as JSON in one line.
-- The first value is a format when it has as many conversions as values follow; what does not fit is joined with
-- spaces. Logging never raises.
local core = ...
local type, tostring, select, pcall, find = type, tostring, select, pcall, string.find
local format, gsub, concat = string.format, string.gsub, table.concat
local encode = core.module("json").encode

local lenient = { lenient = true }

local function shown(value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "table" or kind == "cdata" then
    local meta = kind == "table" and getmetatable(value)
    if type(meta) == "table" and meta.__tostring then
      local ok, text = pcall(tostring, value)
      if ok and type(text) == "string" then return text end
    end
    return encode(value, lenient)
  end
  if kind == "number" and value ~= value then return "NaN" end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(value) end
  return "<" .. kind .. ">"
end

local function conversions(text)
  if not find(text, "%", 1, true) then return 0 end
  local _, count = gsub(gsub(text, "%%%%", ""), "%%[-+ #0%d.]*%a", "")
  return count
end

local function line(first, ...)
  local count = select("#", ...)
  if count == 0 then return shown(first) end
  local values = { ... }
  for i = 1, count do
    if type(values[i]) ~= "number" then values[i] = shown(values[i]) end
  end
  if type(first) == "string" and conversions(first) == count then
    local ok, text = pcall(format, first, unpack(values, 1, count))
    if ok then return text end
  end
  for i = 1, count do values[i] = shown(values[i]) end
  return shown(first) .. " " .. concat(values, " ", 1, count)
end

local log = {}

---Something that keeps the run from doing its work.
---@param message any a format for the values that follow, or the first value of the line
---@param ... any
function log.error(message, ...) core.log("error", line(message, ...)) end

---Something that is probably not meant to be.
---@param message any a format for the values that follow, or the first value of the line
---@param ... any
function log.warn(message, ...) core.log("warn", line(message, ...)) end

---What a user wants to know about a run.
---@param message any a format for the values that follow, or the first value of the line
---@param ... any
function log.info(message, ...) core.log("info", line(message, ...)) end

---Details for the one who writes the script.
---@param message any a format for the values that follow, or the first value of the line
---@param ... any
function log.debug(message, ...) core.log("debug", line(message, ...)) end

---Every step.
---@param message any a format for the values that follow, or the first value of the line
---@param ... any
function log.trace(message, ...) core.log("trace", line(message, ...)) end

return log

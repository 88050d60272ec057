-- The matchers of btk.test, and spies. lua/btk/expect.lua makes sentences of them.
local core = ...
local raise = core.raise
local order, compare = core.module("key_order"), core.module("compare")
local show, show_both, difference, missing = compare.show, compare.show_both, compare.difference, compare.missing
local type, tostring, select, error, setmetatable, ipairs = type, tostring, select, error, setmetatable, ipairs
local abs, format, concat = math.abs, core.raw_format, table.concat
local raw_pcall, raw_getmetatable = core.raw_pcall, core.raw_getmetatable

-- silent: how many assert.has_error are under way; a failure there is what is wanted.
local matchers = {}
local kit = { matchers = matchers, silent = 0 }

-- The matchers: (negated, own message, actual, ...) in the order of expect(actual); each returns whether it holds, what was
-- expected, what was there. -------------------------------------------------------

-- Those whose first argument in assert.x(...) is what is expected, as in luassert.
kit.expected_first = { equal = true, same = true, near = true, matches = true, above = true, below = true, contains = true }

--- @api btk.test.assert.equal(expected, actual, message?)
--- The same value; tables only when they are one and the same.
function matchers.equal(actual, expected)
  if actual == expected then return true, show(expected), show(actual) end
  local wanted, found = show_both(expected, actual)
  if type(actual) == "table" and type(expected) == "table" and not difference(expected, actual) then
    found = found .. "  (another table of the same content; `same` compares what is in them)"
  end
  return false, wanted, found
end

--- @api btk.test.assert.same(expected, actual, message?)
--- Tables by content, other values as equal.
function matchers.same(actual, expected)
  local path = difference(expected, actual)
  if not path then return true, show(expected), show(actual) end
  local place = path ~= "" and format("  (they differ at %s)", path:sub(2)) or ""
  local wanted, found = show_both(expected, actual)
  return false, wanted, found .. place
end

--- @api btk.test.assert.near(expected, actual, tolerance, message?)
--- Two numbers that differ by `tolerance` at most.
function matchers.near(actual, expected, tolerance)
  if type(expected) ~= "number" or type(tolerance) ~= "number" then
    raise("near needs three numbers: what is expected, what is there, and the tolerance")
  end
  local ok = type(actual) == "number" and abs(actual - expected) <= tolerance
  return ok, format("%s, give or take %s", tostring(expected), tostring(tolerance)), show(actual)
end

--- @api btk.test.assert.is_true(actual, message?)
--- true itself.
matchers["true"] = function(actual) return actual == true, "true", show(actual) end
--- @api btk.test.assert.is_false(actual, message?)
--- false itself.
matchers["false"] = function(actual) return actual == false, "false", show(actual) end
--- @api btk.test.assert.is_nil(actual, message?)
--- nil.
matchers["nil"] = function(actual) return actual == nil, "nil", show(actual) end
--- @api btk.test.assert.truthy(actual, message?)
--- Neither nil nor false.
function matchers.truthy(actual) return actual and true or false, "neither nil nor false", show(actual) end
--- @api btk.test.assert.falsy(actual, message?)
--- nil or false.
function matchers.falsy(actual) return not actual, "nil or false", show(actual) end
--- @api btk.test.assert.is_number(actual, message?)
--- @api btk.test.assert.is_string(actual, message?)
--- @api btk.test.assert.is_table(actual, message?)
--- @api btk.test.assert.is_boolean(actual, message?)
--- @api btk.test.assert.is_function(actual, message?)
--- A value of that type.
for _, kind in ipairs { "number", "string", "table", "boolean", "function" } do
  matchers[kind] = function(actual) return type(actual) == kind, "a " .. kind, show(actual) end
end

local function compared(name, word, holds)
  matchers[name] = function(actual, limit)
    if type(limit) ~= "number" then raise(name .. " needs a number to compare with, got " .. type(limit)) end
    return type(actual) == "number" and holds(actual, limit), word .. " " .. tostring(limit), show(actual)
  end
end
--- @api btk.test.assert.above(limit, actual, message?)
--- A number above the limit.
compared("above", "above", function(a, b) return a > b end)
--- @api btk.test.assert.below(limit, actual, message?)
--- A number below the limit.
compared("below", "below", function(a, b) return a < b end)

--- @api btk.test.assert.matches(pattern, text, message?)
--- A text in which a Lua pattern is found.
function matchers.matches(actual, pattern)
  local ok = type(actual) == "string" and actual:find(pattern) ~= nil
  return ok, "a text that matches " .. show(pattern), show(actual)
end

--- @api btk.test.assert.contains(part, whole, message?)
--- A text with `part` in it as it stands, or a table with such an entry.
function matchers.contains(actual, part)
  local ok = false
  if type(actual) == "string" then
    ok = actual:find(tostring(part), 1, true) ~= nil
  elseif type(actual) == "table" then
    for _, item in order.pairs(actual) do ok = ok or difference(part, item) == nil end
  end
  return ok, "something with " .. show(part) .. " in it", show(actual)
end

--- @api btk.test.assert.includes(whole, part, message?)
--- A table that has at least the fields of `part`, also in the tables in it.
function matchers.includes(actual, part)
  local path = missing(part, actual)
  local place = path and path ~= "" and format("  (it differs at %s)", path:sub(2)) or ""
  return path == nil, "a table with " .. show(part), show(actual) .. place
end

-- What a raised value says, without the position in front.
local function said(problem)
  if type(problem) ~= "string" then return problem end
  return (problem:gsub("^[^\n:]*:%d+: ", ""))
end

local function raised(fn)
  local meta = type(fn) == "table" and raw_getmetatable(fn)
  if type(fn) ~= "function" and not (meta and meta.__call) then raise("has_error needs a function to call, got " .. type(fn)) end
  kit.silent = kit.silent + 1
  local ok, problem = raw_pcall(fn)
  kit.silent = kit.silent - 1
  if core.stop_reason() ~= 0 then error(problem, 0) end
  return not ok, core.error_value(problem)
end

--- @api btk.test.assert.has_error(fn, expected?, message?)
--- A function that raises: anything, or `expected` (a text without its `file:line:`, or a table by content).
function matchers.error(fn, expected)
  local failed, problem = raised(fn)
  if not failed then return false, expected == nil and "an error" or "the error " .. show(expected), "no error" end
  if expected == nil then return true, "an error", "the error " .. show(problem) end
  local ok = difference(expected, problem) == nil or difference(expected, said(problem)) == nil
  return ok, "the error " .. show(expected), "the error " .. show(problem)
end

--- @api btk.test.assert.error_matches(fn, pattern, message?)
--- A function that raises what the Lua pattern is found in.
function matchers.error_matches(fn, pattern)
  local failed, problem = raised(fn)
  local ok = failed and tostring(problem):find(pattern) ~= nil
  return ok, "an error that matches " .. show(pattern), failed and "the error " .. show(problem) or "no error"
end

-- What a row of a report may have besides what this one has: close_reason when it was cancelled, and so on.
local SOMETIMES = { "action", "close_reason", "reason", "close_timestamp", "close_id", "cancel_id", "data_ended", "candle", "pnl" }

local function check_trade_field(row, key)
  local known = {}
  for _, name in ipairs(SOMETIMES) do known[#known + 1] = name end
  for _, own in ipairs { row, type(row.signal) == "table" and row.signal or nil } do
    for name in order.pairs(own) do known[#known + 1] = tostring(name) end
  end
  for _, name in ipairs(known) do
    if name == key then return end
  end
  table.sort(known)
  local near = core.host.nearest(tostring(key), known)
  raise(format("a trade has no field '%s'%s", tostring(key), near and format("; did you mean '%s'?", near) or ""))
end

--- @api btk.test.assert.trade(row, part, message?)
--- A row of a report that has the fields of `part`, its own or those of its signal; a failure names the candle.
--- Example: assert.trade(report.trades[1], { position = "long", close_reason = "take_profit" })
function matchers.trade(row, part)
  if type(part) ~= "table" then raise("assert.trade needs the fields that the trade shall have, got " .. type(part)) end
  if type(row) ~= "table" then return false, "a trade with " .. show(part), show(row) end
  local found, differs = {}, false
  for key, item in order.pairs(part) do
    local actual = row[key]
    if actual == nil and type(row.signal) == "table" then actual = row.signal[key] end
    if actual == nil then check_trade_field(row, key) end
    found[key] = actual
    differs = differs or missing(item, actual) ~= nil
  end
  if not differs then return true, show(part), show(found), row.candle end
  local wanted, there = show_both(part, found)
  return false, wanted, there, row.candle
end

-- Spies: functions that remember how they were called.
local Spy = {}
Spy.__index = Spy
Spy.__call = function(self, ...)
  self.calls[#self.calls + 1] = { n = select("#", ...), ... }
  return self.fn(...)
end

--- A function that calls `fn` (or does nothing) and remembers its calls in `.calls`: { n = number of arguments, ... } each.
--- @param fn? function
--- @return table
function kit.spy(fn)
  if fn ~= nil and type(fn) ~= "function" then raise("spy needs a function or nothing, got " .. type(fn)) end
  return setmetatable({ calls = {}, fn = fn or function() end }, Spy)
end

local function calls_of(spy)
  if type(spy) ~= "table" or raw_getmetatable(spy) ~= Spy then raise("called needs a spy: assert.spy(s).was.called(2)") end
  return spy.calls
end

--- @api btk.test.assert.called(spy, times?)
--- A spy that was called, or so many times. As a sentence: assert.spy(s).was.called(2)
function matchers.called(spy, times)
  local n = #calls_of(spy)
  if times == nil then return n > 0, "at least one call", n .. " calls" end
  return n == times, format("%d calls", times), format("%d calls", n)
end

--- @api btk.test.assert.called_with(spy, ...)
--- A spy that was called with these arguments at least once.
function matchers.called_with(spy, ...)
  local wanted, shown, ok = { ... }, {}, false
  for i, call in ipairs(calls_of(spy)) do
    local one, same = {}, call.n == select("#", ...)
    for k = 1, call.n do
      one[k] = show(call[k])
      same = same and difference(wanted[k], call[k]) == nil
    end
    shown[i], ok = "(" .. concat(one, ", ") .. ")", ok or same
  end
  for i = 1, select("#", ...) do wanted[i] = show(wanted[i]) end
  return ok, "a call with (" .. concat(wanted, ", ") .. ")", #shown > 0 and concat(shown, " ") or "no calls"
end

return kit

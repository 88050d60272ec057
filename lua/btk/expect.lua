-- What tests say about values: assert.are.equal(expected, actual) in the words of busted and luassert, and
-- t.expect(actual).to.equal(expected) for those who read from left to right.
--
-- Why not luassert itself: it asks for `debug`, `package` and files outside the script's folder, none of which a script
-- under btkhost has, and its failures are texts, while the runner wants expected, actual and the candle apart.
local core = ...
local host, raise = core.host, core.raise
local order = core.module("key_order")
local type, tostring, select, error, setmetatable, ipairs = type, tostring, select, error, setmetatable, ipairs
local rawget, abs = rawget, math.abs
local format, concat, raw_pcall, raw_pairs = core.raw_format, table.concat, core.raw_pcall, core.raw_pairs
local raw_getmetatable = core.raw_getmetatable

local expect = {}

-- Showing values ----------------------------------------------------------------

local SHOWN_KEYS, SHOWN_DEPTH = 40, 5

local function show(value, depth, seen)
  local kind = type(value)
  if kind == "string" then return format("%q", value) end
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
    local text = show(item, depth + 1, seen)
    if type(key) == "number" and key >= 1 and key <= listed then
      parts[#parts + 1] = text
    elseif type(key) == "string" and key:find("^[%a_][%w_]*$") then
      parts[#parts + 1] = key .. " = " .. text
    else
      parts[#parts + 1] = "[" .. show(key, depth + 1, seen) .. "] = " .. text
    end
  end
  seen[value] = nil
  return #parts == 0 and "{}" or "{ " .. concat(parts, ", ") .. " }"
end
function expect.show(value) return show(value, 0, {}) end

-- Comparing ---------------------------------------------------------------------

-- nil when both are the same, else the path to the first difference.
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

-- The same, but only for the keys that `part` has.
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

-- Failing -----------------------------------------------------------------------

local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(f) return f.message end

function expect.is_failure(value) return type(value) == "table" and raw_getmetatable(value) == Failure end

local silent = 0 -- inside assert.has_error: a failure there is what is wanted
local noticed    -- the first failure inside a run, where an error ends a callback and not the test

--- The first failure inside a run since the last call.
function expect.take_noticed()
  local found = noticed
  noticed = nil
  return found
end

-- Time, open, high, low and close of the newest closed candle of the run under way.
local function present_candle()
  local run = core.current
  if not run then return nil end
  local ok, list = raw_pcall(function() return core.loaded.btk.get_candles(run.symbol, "1m", 1) end)
  local c = ok and list[1]
  if not c then return format("%s at %s", run.symbol, host.format_time(tonumber(run.now.when))) end
  return format("%s %s open %s high %s low %s close %s", run.symbol, host.format_time(c.timestamp), tostring(c.open),
                tostring(c.high), tostring(c.low), tostring(c.close))
end

local function fail(what)
  local failure = setmetatable(what, Failure)
  failure.candle = failure.candle or present_candle()
  failure.file, failure.line = core.user_position()
  if core.current and silent == 0 and not noticed then noticed = failure end
  error(failure, 0)
end
expect.fail = fail

-- The matchers: (negated, own message, actual, ...) in the order of expect(actual); each returns whether it holds, what was
-- expected, what was there. -------------------------------------------------------

local matchers = {}
-- Those whose first argument in assert.x(...) is what is expected, as in luassert.
local expected_first = { equal = true, same = true, near = true, matches = true, above = true, below = true, contains = true }

function matchers.equal(actual, expected) return actual == expected, expect.show(expected), expect.show(actual) end

function matchers.same(actual, expected)
  local path = difference(expected, actual, "", {})
  local place = path and path ~= "" and format("  (they differ at %s)", path:sub(2)) or ""
  return path == nil, expect.show(expected), expect.show(actual) .. place
end

function matchers.near(actual, expected, tolerance)
  if type(expected) ~= "number" or type(tolerance) ~= "number" then
    raise("near needs three numbers: what is expected, what is there, and the tolerance")
  end
  local ok = type(actual) == "number" and abs(actual - expected) <= tolerance
  return ok, format("%s, give or take %s", tostring(expected), tostring(tolerance)), expect.show(actual)
end

matchers["true"] = function(actual) return actual == true, "true", expect.show(actual) end
matchers["false"] = function(actual) return actual == false, "false", expect.show(actual) end
matchers["nil"] = function(actual) return actual == nil, "nil", expect.show(actual) end
function matchers.truthy(actual) return actual and true or false, "neither nil nor false", expect.show(actual) end
function matchers.falsy(actual) return not actual, "nil or false", expect.show(actual) end
for _, kind in ipairs { "number", "string", "table", "boolean", "function" } do
  matchers[kind] = function(actual) return type(actual) == kind, "a " .. kind, expect.show(actual) end
end

local function compared(name, word, holds)
  matchers[name] = function(actual, limit)
    if type(limit) ~= "number" then raise(name .. " needs a number to compare with, got " .. type(limit)) end
    return type(actual) == "number" and holds(actual, limit), word .. " " .. tostring(limit), expect.show(actual)
  end
end
compared("above", "above", function(a, b) return a > b end)
compared("below", "below", function(a, b) return a < b end)

function matchers.matches(actual, pattern)
  local ok = type(actual) == "string" and actual:find(pattern) ~= nil
  return ok, "a text that matches " .. expect.show(pattern), expect.show(actual)
end

function matchers.contains(actual, part)
  local ok = false
  if type(actual) == "string" then
    ok = actual:find(tostring(part), 1, true) ~= nil
  elseif type(actual) == "table" then
    for _, item in order.pairs(actual) do ok = ok or difference(part, item, "", {}) == nil end
  end
  return ok, "something with " .. expect.show(part) .. " in it", expect.show(actual)
end

function matchers.includes(actual, part)
  local path = missing(part, actual, "")
  local place = path and path ~= "" and format("  (it differs at %s)", path:sub(2)) or ""
  return path == nil, "a table with " .. expect.show(part), expect.show(actual) .. place
end

-- What a raised value says, without the position in front.
local function said(problem)
  if type(problem) ~= "string" then return problem end
  return (problem:gsub("^[^\n:]*:%d+: ", ""))
end

local function raised(fn)
  if type(fn) ~= "function" then raise("has_error needs a function to call, got " .. type(fn)) end
  silent = silent + 1
  local ok, problem = raw_pcall(fn)
  silent = silent - 1
  if core.stop_reason() ~= 0 then error(problem, 0) end
  return not ok, core.error_value(problem)
end

function matchers.error(fn, expected)
  local failed, problem = raised(fn)
  if not failed then return false, expected == nil and "an error" or "the error " .. expect.show(expected), "no error" end
  if expected == nil then return true, "an error", "the error " .. expect.show(problem) end
  local ok = difference(expected, problem, "", {}) == nil or difference(expected, said(problem), "", {}) == nil
  return ok, "the error " .. expect.show(expected), "the error " .. expect.show(problem)
end

function matchers.error_matches(fn, pattern)
  local failed, problem = raised(fn)
  local ok = failed and tostring(problem):find(pattern) ~= nil
  return ok, "an error that matches " .. expect.show(pattern), failed and "the error " .. expect.show(problem) or "no error"
end

-- A row of a report: { position = "long", close_reason = "take_profit", pnl = { ... } }, only what is named is compared.
function matchers.trade(row, part)
  if type(part) ~= "table" then raise("assert.trade needs the fields that the trade shall have, got " .. type(part)) end
  if type(row) ~= "table" then return false, "a trade with " .. expect.show(part), expect.show(row) end
  local found, differs = {}, false
  for key, item in order.pairs(part) do
    local actual = row[key]
    if actual == nil and type(row.signal) == "table" then actual = row.signal[key] end
    found[key] = actual
    differs = differs or missing(item, actual, "") ~= nil
  end
  return not differs, expect.show(part), expect.show(found), row.candle
end

-- Spies: functions that remember how they were called.
local Spy = {}
Spy.__index = Spy
Spy.__call = function(self, ...)
  self.calls[#self.calls + 1] = { n = select("#", ...), ... }
  return self.fn(...)
end

--- A function that calls `fn` (or does nothing) and remembers its calls in `.calls`.
function expect.spy(fn)
  if fn ~= nil and type(fn) ~= "function" then raise("spy needs a function or nothing, got " .. type(fn)) end
  return setmetatable({ calls = {}, fn = fn or function() end }, Spy)
end

local function calls_of(spy)
  if type(spy) ~= "table" or raw_getmetatable(spy) ~= Spy then raise("called needs a spy: assert.spy(s).was.called(2)") end
  return spy.calls
end

function matchers.called(spy, times)
  local n = #calls_of(spy)
  if times == nil then return n > 0, "at least one call", n .. " calls" end
  return n == times, format("%d calls", times), format("%d calls", n)
end

function matchers.called_with(spy, ...)
  local wanted, shown, ok = { ... }, {}, false
  for i, call in ipairs(calls_of(spy)) do
    local one, same = {}, call.n == select("#", ...)
    for k = 1, call.n do
      one[k] = expect.show(call[k])
      same = same and difference(wanted[k], call[k], "", {}) == nil
    end
    shown[i], ok = "(" .. concat(one, ", ") .. ")", ok or same
  end
  for i = 1, select("#", ...) do wanted[i] = expect.show(wanted[i]) end
  return ok, "a call with (" .. concat(wanted, ", ") .. ")", #shown > 0 and concat(shown, " ") or "no calls"
end

local aliases = {
  equals = "equal", eq = "equal", same_as = "same", deep_equal = "same", close_to = "near", approximately = "near",
  truthy = "truthy", ok = "truthy", falsey = "falsy", errors = "error", raise = "error", throw = "error", error_match = "error_matches",
  match = "matches", greater_than = "above", less_than = "below", more_than = "above", contain = "contains",
  include = "includes", is_nil = "nil", func = "function", been_called = "called", been_called_with = "called_with",
}
-- Words that only make a sentence of it.
local filler = { is = true, are = true, was = true, were = true, has = true, have = true, had = true, does = true, to = true, be = true,
                 a = true, an = true, been = true }
local negating = { ["not"] = true, no = true, isnt = true, never = true }

local names = {}
for name in raw_pairs(matchers) do names[#names + 1] = name end
table.sort(names)

-- "is_not_nil" -> "nil", true
local function read_words(text)
  local words, negated = {}, false
  for word in text:gmatch("[^_]+") do
    if negating[word] and #words == 0 then
      negated = not negated
    elseif not (filler[word] and #words == 0) then
      words[#words + 1] = word
    end
  end
  local name = concat(words, "_")
  name = aliases[name] or name
  return name, negated
end

local function judge(name, negated, note, actual, ...)
  local ok, expected, found, candle = matchers[name](actual, ...)
  if (ok and true or false) ~= negated then return actual end
  local message = note and tostring(note) or name == "trade" and "the trade is another one" or nil
  fail { message = message or "the values are not as expected", expected = (negated and "not " or "") .. expected, actual = found,
         candle = candle }
end

-- How many arguments a matcher has besides the actual value; one more is the user's own message.
local extra = { equal = 1, same = 1, near = 2, matches = 1, contains = 1, above = 1, below = 1, includes = 1, trade = 1,
                error = 1, error_matches = 1, called = 1 }

local Chain = {}

-- `subject`: what expect(subject) or assert.spy(subject) was given, in a table; none for a plain assert.
local function chain(negated, subject) return setmetatable({ negated = negated, subject = subject }, Chain) end

Chain.__index = function(self, key)
  local name, turn = read_words(tostring(key))
  local negated = rawget(self, "negated") ~= turn
  local subject = rawget(self, "subject")
  if name == "" then return chain(negated, subject) end
  if name == "spy" and not subject then return function(spy) return chain(negated, { spy }) end end
  if not matchers[name] then
    local near = host.nearest(name, names)
    raise(format("there is no matcher '%s'%s", tostring(key),
                 near and format("; did you mean '%s'?", near) or "; there are " .. concat(names, ", ")))
  end
  return function(first, ...)
    if subject then
      if first == self then return judge(name, negated, nil, subject[1], ...) end -- written with a colon
      return judge(name, negated, nil, subject[1], first, ...)
    end
    if expected_first[name] then
      local count = extra[name]
      local actual = (...)
      if select("#", ...) == 0 then raise(format("assert.%s needs what is expected and what is there", tostring(key))) end
      local note = select(count + 1, ...)
      return judge(name, negated, note, actual, first, select(2, ...))
    end
    return judge(name, negated, select((extra[name] or 0) + 1, ...), first, ...)
  end
end
-- expect(x).to.be(5)
Chain.__call = function(self, first, ...)
  local subject = rawget(self, "subject")
  if not subject then raise("assert.is and its like need a matcher: assert.is.equal(expected, actual)") end
  return judge("equal", rawget(self, "negated"), nil, subject[1], first, ...)
end

--- expect(actual).to.equal(expected), expect(fn).to_have_error("why"), expect(x).not_to.be_nil()
function expect.expect(actual) return chain(false, { actual }) end

--- assert(value, message) as always, and assert.are.equal(expected, actual), assert.is_true(value), ...
local said_plainly = chain(false, nil)
expect.assert = setmetatable({}, {
  __index = function(_, key) return said_plainly[key] end,
  __call = function(_, ...)
    local value, message = ...
    if value then return ... end
    if select("#", ...) > 1 and type(message) ~= "string" then error(message, 0) end
    fail { message = message or "assertion failed!", expected = "neither nil nor false", actual = expect.show(value) }
  end,
})

return expect

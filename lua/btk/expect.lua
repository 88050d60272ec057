-- What tests say about values: assert.are.equal(expected, actual) in the words of busted and luassert, and
-- t.expect(actual).to.equal(expected) for those who read from left to right.
--
-- Why not luassert itself: it asks for `debug`, `package` and files outside the script's folder, none of which a script
-- under btkhost has, and its failures are texts, while the runner wants expected, actual and the candle apart.
local core = ...
local host, raise = core.host, core.raise
local compare, kit = core.module("compare"), core.module("matchers")
local matchers, expected_first = kit.matchers, kit.expected_first
local type, tostring, select, error, setmetatable = type, tostring, select, error, setmetatable
local rawget, format, concat = rawget, core.raw_format, table.concat
local raw_pcall, raw_pairs, raw_getmetatable = core.raw_pcall, core.raw_pairs, core.raw_getmetatable

local expect = { show = compare.show, spy = kit.spy }

-- Failing -----------------------------------------------------------------------

local Failure = {}
Failure.__index = Failure
Failure.__tostring = function(f) return f.message end

function expect.is_failure(value) return type(value) == "table" and raw_getmetatable(value) == Failure end

-- The first failure inside a run, or in an answer of the scripted world, where an error ends a callback and not the test.
local noticed
local answering = 0 -- answers that are being made (lua/btk/test_world.lua)

--- The first failure inside a run since the last call.
function expect.take_noticed()
  local found = noticed
  noticed = nil
  return found
end

--- Forgets what a test had under way when it was ended from outside.
function expect.reset()
  noticed, answering, kit.silent = nil, 0, 0
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
  if (core.current or answering > 0) and kit.silent == 0 and not noticed then noticed = failure end
  error(failure, 0)
end
expect.fail = fail

--- Calls fn(...), which makes an answer of the scripted world: what fails in it fails the test, though the script under test sees
--- only that there is no answer. Returns what pcall does, with the error as a text.
function expect.answer(fn, ...)
  answering = answering + 1
  local ok, a, b, c = raw_pcall(fn, ...)
  answering = answering - 1
  if ok then return true, a, b, c end
  if core.stop_reason() ~= 0 then error(a, 0) end
  local problem = core.error_value(a)
  if not noticed and not expect.is_failure(problem) then
    noticed = setmetatable({ message = "a function that answers for the world outside failed: " .. tostring(problem), expected = "an answer",
                             actual = tostring(problem) }, Failure)
    noticed.file, noticed.line = core.user_position()
  end
  return false, tostring(problem)
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

-- Words of Lua, and what only makes a sentence, are said with a word in front.
local front = { error = "has_error", ["true"] = "is_true", ["false"] = "is_false", ["nil"] = "is_nil", number = "is_number", string = "is_string",
                table = "is_table", boolean = "is_boolean", ["function"] = "is_function" }

--- The matchers by the names that people write: "is_nil".
expect.spoken = {}
local names, shown = {}, {}
for name, matcher in raw_pairs(matchers) do
  names[#names + 1], shown[#shown + 1] = name, front[name] or name
  expect.spoken[front[name] or name] = matcher
end
table.sort(names)
table.sort(shown)

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
    local near = host.nearest(name, names) or host.nearest(tostring(key), shown)
    raise(format("there is no matcher '%s'%s", tostring(key),
                 near and format("; did you mean '%s'?", front[near] or near) or "; there are " .. concat(shown, ", ")))
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

--- Begins a sentence about a value, with the matchers of assert without the value: expect(actual).to.equal(expected),
--- expect(fn).to_have_error("why"), expect(x).not_to.be_nil(). A failure ends the test; inside a run, it fails the test when the run is over.
--- @return any
function expect.expect(actual) return chain(false, { actual }) end

--- @api btk.test.assert(value, message?, ...)
--- As assert of Lua, and a sentence of matchers: assert.are.equal(expected, actual), assert.is_true(value), assert.is_not_nil(value). It is the
--- global `assert` of tests. `is are was were has to be` only make sentences, `not` and `no` turn them round.
--- @class btk.test.Assert
--- @field is btk.test.Assert
--- @field are btk.test.Assert
--- @field was btk.test.Assert
--- @field has btk.test.Assert
--- @field no btk.test.Assert
--- @field is_not btk.test.Assert
--- @field are_not btk.test.Assert
--- @field spy fun(spy: table): btk.test.Assert
--- @global assert
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

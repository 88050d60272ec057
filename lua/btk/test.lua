-- require "btk.test", under `btkhost test`: blocks and tests as in busted, back-tests as one call (t.run), a clock that stands.
-- The file's main chunk collects the tests; the runner (lua/test_file.h) lists them and runs one after the other.
local core = ...
local host, raise = core.host, core.raise
local expect, world = core.module("expect"), core.module("test_world")
local type, tostring, error, ipairs, setmetatable = type, tostring, error, ipairs, setmetatable
local format, raw_xpcall = core.raw_format, core.raw_xpcall
local concat = table.concat

local t, runner = {}, {}

t.expect, t.assert, t.spy = expect.expect, expect.assert, expect.spy
t.run = core.module("test_run").run

-- Blocks and tests ----------------------------------------------------------------

local tests = {}
local block = { name = "", before = {}, after = {} }
local running -- the test under way

local function check_name(who, name)
  if type(name) ~= "string" or name == "" then raise(format("%s needs a name first, got %s", who, type(name))) end
end

local function check_function(who, fn)
  if type(fn) ~= "function" then raise(format("%s needs a function, got %s", who, type(fn))) end
end

local function not_now(who)
  if running then raise(who .. " stands outside of tests: in the file or in a describe") end
end

local function full_name(name)
  local names, at = { name }, block
  while at do
    if at.name ~= "" then table.insert(names, 1, at.name) end
    at = at.outer
  end
  return concat(names, " > ")
end

--- Groups tests; may be nested. t.context is another name for it.
--- @param name string
--- @param fn function  calls t.it and t.describe
function t.describe(name, fn)
  check_name("describe", name)
  check_function("describe", fn)
  not_now("describe")
  block = { name = name, outer = block, before = {}, after = {} }
  fn()
  block = block.outer
end
t.context = t.describe

local function add(name, fn, pending)
  local file, line = core.user_position()
  tests[#tests + 1] = { name = full_name(name), fn = fn, block = block, file = file or "", line = line or 0, pending = pending }
end

--- One test, run in the order of the file. t.test is another name for it.
--- @param name string
--- @param fn function
function t.it(name, fn)
  check_name("it", name)
  check_function("it", fn)
  not_now("it")
  add(name, fn)
end
t.test = t.it

local Pending = {}

--- A test that is to be written; inside a test: ends it as such.
--- @param name? string  inside a test: why
function t.pending(name)
  if running then error(setmetatable({ message = name and tostring(name) or "pending" }, Pending), 0) end
  check_name("pending", name)
  add(name, nil, true)
end

--- Called before every test of this block and of the blocks in it, outer ones first.
function t.before_each(fn)
  check_function("before_each", fn)
  not_now("before_each")
  block.before[#block.before + 1] = fn
end

--- Called after every test of this block and of the blocks in it, inner ones first, also after a failing one.
function t.after_each(fn)
  check_function("after_each", fn)
  not_now("after_each")
  block.after[#block.after + 1] = fn
end

local frozen
--- What os.time() and os.date() show outside of runs from here to the end of the test; without a test: as every test begins.
--- nil: 1970 again.
--- @param date? string|number  ISO date or Unix milliseconds UTC
function t.freeze(date)
  local ms = date == nil and 0 or type(date) == "number" and date or type(date) == "string" and host.parse_date(date)
  if not ms then raise("freeze needs a date or milliseconds, got " .. tostring(date)) end
  host.test_clock(ms)
  if not running then frozen = ms end
end

-- The world outside ------------------------------------------------------------------

-- What every test of the file begins with, and the lists that were returned for it: every test fills them anew.
local outside = { http = { calls = {} }, llm = { calls = {} } }
local function tell(kind, given)
  if running then return world.set(kind, given) end
  local calls = world.set(kind, given, outside[kind].calls)
  outside[kind].given = given
  return calls
end

--- What the model answers to btk.llm from here to the end of the test (without a test: in all of them): a reply, a list of replies,
--- or a function of { prompt, messages, schema, model }. A reply is a text, a table (JSON), t.status(429, "slow down") or
--- t.unknown("no answer"). nil: nobody answers.
--- @return table[]  the questions that come (said without a test: those of the test under way): { prompt, messages, schema, model, status | no_answer }
function t.llm(given) return tell("llm", given) end

--- What servers answer to btk.http of paper and live runs, in the forms of t.llm: { ["GET /api/v3/time"] = reply, ... } goes by route, a function gets { method, url, path,
--- query, parameters, headers, body, now (simulated time of the run, ms) }.
--- @return table[]  the requests that come, each with status | no_answer
function t.http(given) return tell("http", given) end

--- An answer with a status, for t.llm and t.http; a table is sent as JSON.
--- @param code integer  100 to 599
--- @param body? string|table
--- @param headers? table
function t.status(code, body, headers)
  world.check_status("t.status", code)
  return { status = code, body = body, headers = headers }
end

-- Verdicts of a scripted broker -------------------------------------------------------

--- The order is confirmed, perhaps with { price =, quantity =, fee =, order_id = }.
--- @param fill? table
function t.confirmed(fill) return { verdict = "confirmed", fill = fill } end
--- The exchange refuses the order for good.
--- @param why? string
function t.rejected(why) return { verdict = "rejected", why = why or "rejected by the test" } end
--- A check: the exchange has no such order any more.
--- @param why? string
function t.deleted(why) return { verdict = "deleted", why = why or "deleted by the test" } end
--- Nobody knows: the same question comes again. For t.http and t.llm: no answer comes.
--- @param why? string
function t.unknown(why) return { verdict = "unknown", why = why or "no answer in the test" } end

core.module("unknown").guard_tables({ test = t }, { "test" })

-- What the runner calls -----------------------------------------------------------

--- The tests of the file, in order.
function runner.list()
  local out = {}
  for i, one in ipairs(tests) do
    out[i] = { name = one.name, file = one.file, line = one.line, pending = one.pending or false }
  end
  return out
end

local function blocks_of(one)
  local out, at = {}, one.block
  while at do
    table.insert(out, 1, at)
    at = at.outer
  end
  return out
end

local function result_of(status, problem)
  local value = type(problem) == "table" and problem.value or problem
  if type(value) == "table" and core.raw_getmetatable(value) == Pending then return { status = "pending", message = value.message } end
  local out = { status = status }
  if expect.is_failure(value) then
    out.message, out.expected, out.actual, out.candle = value.message, value.expected, value.actual, value.candle
    out.file, out.line = value.file, value.line
  elseif type(problem) == "table" then
    out.status = "error"
    out.message, out.file, out.line = problem.message, problem.file, problem.line
    out.traceback = problem.traceback
    if problem.late then
      out.message, out.traceback, out.file = "the test took longer than it may (--timeout)", nil, nil
    end
  else
    out.status, out.message = "error", tostring(problem)
  end
  if not out.file then out.file, out.line = running.file, running.line end
  return out
end

--- Runs one test and says how it ended.
function runner.run(index)
  local one = tests[index]
  if one.pending then return { status = "pending" } end
  for _, kind in ipairs { "http", "llm" } do world.set(kind, outside[kind].given, outside[kind].calls) end
  running = one
  host.test_clock(frozen or 0)
  expect.take_noticed()
  local blocks, problem = blocks_of(one), nil
  local function step(fn)
    local ok, raised = raw_xpcall(fn, host.error_handler)
    local noticed = expect.take_noticed() -- inside a run of btk.backtest.run, or in an answer of the scripted world
    if noticed then ok, raised = false, noticed end
    if not ok and core.stop_reason() ~= 0 then error(raised, 0) end
    if not ok and not problem then problem = { raised } end
    return ok
  end
  for _, b in ipairs(blocks) do
    for _, fn in ipairs(b.before) do
      if not problem then step(fn) end
    end
  end
  if not problem then step(one.fn) end
  for i = #blocks, 1, -1 do
    for _, fn in ipairs(blocks[i].after) do step(fn) end
  end
  local result = problem and result_of("failed", problem[1]) or { status = "passed" }
  running = nil
  host.test_clock(frozen or 0)
  return result
end

--- After a test that was ended from outside: the next one begins as if it had not been.
function runner.reset()
  running = nil
  expect.reset()
  core.module("test_run").reset()
end

core.loaded["btk.test"] = t
core.globals.assert = expect.assert
return runner

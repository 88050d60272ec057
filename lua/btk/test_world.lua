-- The world outside of a script under test: servers that btk.http reaches and the model that btk.llm asks, as a test tells
-- (t.run { http =, llm = }, t.http, t.llm). Nothing in a test reaches a network.
--
-- What answers is a reply for everything, a list of replies, one after the other, or a function that is given the request. Replies
-- of servers may be told by route: { ["GET /api/v3/time"] = reply, list or function, ... }.
local core = ...
local raise = core.raise
local expect, json = core.module("expect"), core.module("json")
local type, tostring, ipairs, tonumber = type, tostring, ipairs, tonumber
local pairs, raw_next, format = core.raw_pairs, core.raw_next, core.raw_format
local char = string.char

local world = {}

local function hint(who)
  return format("a %s answers with a text, a table, t.status(429, \"slow down\"), t.unknown(\"no answer\") or a function",
                who == "llm" and "scripted model" or "scripted server")
end

-- Replies -----------------------------------------------------------------------

-- A whole answer, { status =, headers =, body = }; any other table is what the body says as JSON.
local function is_answer(reply)
  for key in pairs(reply) do
    if key ~= "status" and key ~= "headers" and key ~= "body" then return false end
  end
  return type(reply.status) == "number"
end

--- Raises unless `code` is a status of HTTP.
function world.check_status(who, code)
  if type(code) == "number" and code % 1 == 0 and code >= 100 and code <= 599 then return end
  raise(format("%s: status must be a whole number from 100 to 599, got %s", who, type(code) == "string" and format("%q", code) or tostring(code)))
end

-- { status =, headers =, body = }, or nil and why there is no answer.
local function read(who, reply)
  if type(reply) == "string" then return { status = 200, headers = {}, body = reply } end
  if type(reply) ~= "table" then raise(format("%s: this is a %s; %s", who, type(reply), hint(who))) end
  if reply.verdict ~= nil then
    if reply.verdict ~= "unknown" then raise(format("%s: t.%s() is an answer of a broker; %s", who, tostring(reply.verdict), hint(who))) end
    return nil, tostring(reply.why)
  end
  if not is_answer(reply) then return { status = 200, headers = {}, body = json.encode(reply) } end
  world.check_status(who, reply.status)
  local body = reply.body == nil and "" or reply.body
  if type(body) ~= "string" then body = json.encode(body) end
  local headers = {}
  for name, value in pairs(reply.headers or {}) do headers[tostring(name):lower()] = tostring(value) end
  return { status = reply.status, headers = headers, body = body }
end

-- A function of the request that gives the reply.
local function source(who, given)
  if type(given) == "function" then return given end
  if type(given) ~= "table" or (given[1] == nil and raw_next(given) ~= nil) then
    read(who, given) -- what is wrong with it is told here, at the test's line
    return function() return given end
  end
  for _, reply in ipairs(given) do
    if type(reply) ~= "function" then read(who, reply) end
  end
  local at = 0
  return function(request)
    at = at + 1
    local reply = given[at]
    if reply == nil then
      expect.fail { message = format("%s: the test has %d answers and was asked once more", who, #given),
                    expected = "no further question", actual = world.shown(request) }
    end
    if type(reply) == "function" then return reply(request) end
    return reply
  end
end

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true, HEAD = true, OPTIONS = true }

local function is_route(key)
  return type(key) == "string" and METHODS[key:match("^(%u+) /[^?%s]*$")] ~= nil
end

-- Meant as one: it has a path, or begins with a method. What a server answers in JSON seldom has such names.
local function is_like_route(key)
  return type(key) == "string" and (key:find("/", 1, true) ~= nil or METHODS[key] ~= nil or METHODS[(key:match("^(%a+)%s") or ""):upper()] ~= nil)
end

-- The same for servers, whose answers may be told by route.
local function server(given)
  local names, routed = {}, false
  for key in pairs(type(given) == "table" and given or {}) do
    names[#names + 1] = key
    routed = routed or is_route(key) or is_like_route(key)
  end
  if not routed then return source("http", given) end
  local routes = {}
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(names) do
    if not is_route(key) then
      raise(format("http: '%s' is no route; routes look like \"GET /api/v3/time\", without what follows a question mark "
                   .. "(a table that is itself the answer: t.status(200, { ... }))", tostring(key)))
    end
    routes[key] = source(format("http[\"%s\"]", key), given[key])
  end
  return function(request)
    local route = routes[request.method .. " " .. request.path]
    if route then return route(request) end
    expect.fail { message = "http: the test has no answer for this request", expected = table.concat(names, ", "),
                  actual = world.shown(request) }
  end
end

-- What answers now ---------------------------------------------------------------

local present = {}                        -- kind -> what answers
local calls = { http = {}, llm = {} }     -- kind -> requests so far
local makers = { http = server, llm = function(given) return source("llm", given) end }

--- "GET https://..." or the last message, for people.
function world.shown(request)
  if request.url then return format("%s %s", request.method, request.url) end
  return format("the question %q", tostring(request.prompt))
end

--- Says what answers from now on; nil: nothing. Returns the list of requests, which grows: a new one, or `list`, emptied.
function world.set(kind, given, list)
  present[kind] = given ~= nil and makers[kind](given) or nil
  for i = 1, list and #list or 0 do list[i] = nil end
  calls[kind] = list or {}
  return calls[kind]
end

--- What there is now, for restore().
function world.save()
  return { present = { http = present.http, llm = present.llm }, calls = { http = calls.http, llm = calls.llm } }
end
function world.restore(saved)
  present, calls = saved.present, saved.calls
end
function world.calls(kind) return calls[kind] end

local silence = {
  http = "no server answers in a test: script one with t.run { http = ... } or t.http(...)",
  llm = "no model answers in a test: script one with t.run { llm = ... } or t.llm(...)",
}

local function reply_to(kind, request)
  local list = calls[kind]
  list[#list + 1] = request
  local reply, why = read(kind, present[kind](request))
  request.status, request.no_answer = reply and reply.status, why
  return reply, why
end

-- status, headers, body; or nil, why there is no answer, and whether the test wants it so.
local function answered(kind, request)
  if not present[kind] then return nil, silence[kind] end
  local ok, reply, why = expect.answer(reply_to, kind, request)
  if not ok then return nil, reply end
  if not reply then return nil, why, true end
  return reply.status, reply.headers, reply.body
end

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return char(tonumber(hex, 16)) end))
end

-- Called by the host (lua/test_file.cpp) -------------------------------------------

--- A request of btk.http.
function world.ask_http(method, url, headers, body, now)
  local path, query = url:match("^%w+://[^/?#]*([^?#]*)%??([^#]*)")
  local parameters = {}
  for name, value in (query or ""):gmatch("([^&=]+)=?([^&]*)") do parameters[decoded(name)] = decoded(value) end
  return answered("http", { method = method, url = url, path = path == "" and "/" or path, query = query, parameters = parameters,
                            headers = headers, body = body, now = now })
end

--- A question to the model: its name, the messages, the JSON schema of the answer or "".
function world.ask_llm(model, messages, schema)
  local last
  for _, message in ipairs(messages) do
    if message.role == "user" then last = message.content end
  end
  return answered("llm", { model = model, messages = messages, prompt = last, schema = schema ~= "" and json.decode(schema) or nil })
end

return world

-- btk.http: requests from paper and live runs (never in a back-test: its results would differ from day to day). Only
-- the calling trader waits. An answer with any status is an answer; no answer is an error of one sentence.
local core = ...
local host, raise = core.host, core.raise
local type, tostring = type, tostring
local pairs, format = core.raw_pairs, core.raw_format

local http = {}

local known = { method = true, url = true, headers = true, body = true, timeout_ms = true }
local optional = { headers = true, timeout_ms = true }

local function check(who, given, fields)
  if type(given) ~= "table" then raise(format("%s needs a table, got %s", who, type(given))) end
  for name in pairs(given) do
    if not fields[name] then
      raise(format("%s has no field '%s'; it has %s", who, tostring(name),
                   fields == known and "method, url, headers, body, timeout_ms" or "headers, timeout_ms"))
    end
  end
  if given.headers ~= nil then
    if type(given.headers) ~= "table" then raise(who .. ": headers must be a table such as { Accept = \"text/plain\" }") end
    for name, value in pairs(given.headers) do
      if type(name) ~= "string" or type(value) ~= "string" and type(value) ~= "number" then
        raise(format("%s: header '%s' must be a text, got %s", who, tostring(name), type(value)))
      end
    end
  end
  local timeout = given.timeout_ms
  if timeout ~= nil and (type(timeout) ~= "number" or not (timeout >= 1 and timeout <= 600000)) then
    raise(format("%s: timeout_ms must lie between 1 and 600000, got %s", who, tostring(timeout)))
  end
end

local function send(who, method, url, body, options)
  if not host.may_reach_out() then
    core.http_refused = true  -- for lua/btk/hook.lua
    raise(format("btk.%s works in paper and live runs, not in a back-test", who))
  end
  if type(url) ~= "string" or not url:find("^https?://") then
    raise(format("%s needs an address that begins with http:// or https://, got %s", who, tostring(url)))
  end
  if body ~= nil and type(body) ~= "string" then
    raise(format("%s: the body must be a text (btk.json.encode makes one), got %s", who, type(body)))
  end
  return host.http(method, url, options and options.headers, body or "", options and options.timeout_ms)
end

--- GET. options: headers, timeout_ms (10000, of the whole exchange).
--- @return table  { status, headers (names in lower case), body }
function http.get(url, options)
  if options ~= nil then check("http.get", options, optional) end
  return send("http.get", "GET", url, nil, options)
end

--- POST with a text as body.
function http.post(url, body, options)
  if options ~= nil then check("http.post", options, optional) end
  return send("http.post", "POST", url, body, options)
end

--- Any method: { method =, url =, headers =, body =, timeout_ms = }.
function http.request(given)
  check("http.request", given, known)
  local method = given.method == nil and "GET" or given.method
  if type(method) ~= "string" or not method:find("^[A-Z]+$") then
    raise(format("http.request: method must be a word such as GET or DELETE, got %s", tostring(method)))
  end
  return send("http.request", method, given.url, given.body, given)
end

return http

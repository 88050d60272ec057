-- Requests to Binance's REST API, signed where needed. Used by binance_spot.lua
-- and binance_futures.lua; a strategy does not need it.
--
-- Every request ends in one of three ways, and the difference is what keeps money safe:
--   an answer        the exchange did what was asked
--   nil, refusal     the exchange said no: nothing was done. refusal = { code =, msg =, status = }
--   an error         nobody knows: no answer came, or one that says nothing about the order. Ask before sending again.
--
-- Keys come from BINANCE_API_KEY and BINANCE_API_SECRET in the environment (or a .env file), never from a script, and are
-- never printed. The key needs "Enable Spot (or Futures) Trading" and nothing else: no withdrawals.
local btk = require "btk"

-- Codes that say nothing about the order (see "Error codes" in Binance's documentation).
local no_verdict = {
  [-1000] = "unknown error", [-1001] = "disconnected", [-1003] = "too many requests", [-1004] = "busy",
  [-1006] = "execution unknown", [-1007] = "execution unknown", [-1008] = "overloaded", [-1015] = "too many orders",
  [-1016] = "shutting down",
}
-- Codes that mean that these keys will not do, whatever the order is.
local bad_keys = { [-1022] = true, [-2014] = true, [-2015] = true }

local function escape(value)
  return (tostring(value):gsub("[^%w%-%._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- { { "symbol", "BTCUSDT" }, ... } as symbol=BTCUSDT&...; nil values are left out.
local function encode(parameters)
  local parts = {}
  for _, pair in ipairs(parameters) do
    if pair[2] ~= nil then parts[#parts + 1] = pair[1] .. "=" .. escape(pair[2]) end
  end
  return table.concat(parts, "&")
end

-- Numbers of orders may be longer than a double is exact (19 digits on futures): as texts they stay what they are. All that
-- are called ...Id and have 16 digits or more.
local long_id = '("%w*[iI]d":%s*)(' .. ("%d"):rep(16) .. "%d*)"
local function exact(text) return (text:gsub(long_id, '%1"%2"')) end

-- Address of an exchange -> { since =, till = } when it wants to be asked nothing, by the session's clock, ms. Of all symbols and
-- over a restart: whoever asks sooner is shut out, and for longer each time.
local quiet = btk.kv.open("binance asks for quiet")

-- options: base_url, recv_window (ms), timeout_ms, time_path
return function(options)
  local client = {}
  local offset, seen_at -- of the exchange's clock to ours, ms; when that was seen

  local function our_time() return os.time() * 1000 end

  -- 429 and 418 say for how many seconds nothing should be sent.
  local function heed(answer)
    local seconds = tonumber(answer.headers["retry-after"])
    if not seconds or seconds <= 0 then return "" end
    local now = btk.live.now()
    local wait = { since = now, till = now + seconds * 1000 }
    quiet.update(options.base_url, function(other) return other and other.till > wait.till and other.since <= now and other or wait end)
    return ("; nothing is sent before %s, as the exchange asks"):format(btk.date.format(wait.till, "%F %T UTC"))
  end

  local function send(method, path, text, key)
    local wait, now = quiet.get(options.base_url), btk.live.now()
    -- A clock that was set back since then says nothing about it.
    if wait and wait.since <= now and now < wait.till then
      error(("%s %s: not sent: the exchange asks for no requests before %s"):format(method, path, btk.date.format(wait.till, "%F %T UTC")), 0)
    end
    local headers = key and { ["X-MBX-APIKEY"] = key } or nil
    local url = options.base_url .. path .. (text ~= "" and "?" .. text or "")
    local sent, answer = pcall(btk.http.request, {
      method = method, url = url, headers = headers, timeout_ms = options.timeout_ms,
    })
    -- What a signed request carried is nobody's business.
    if not sent then error(("%s %s: no answer: %s"):format(method, path, (tostring(answer):gsub("%?%S+", "?..."))), 0) end
    local read, body = pcall(btk.json.decode, key and exact(answer.body) or answer.body)
    if answer.status == 200 then
      if not read then error(("%s %s: an answer that is cut off or no JSON"):format(method, path), 0) end
      return body
    end
    local pause = (answer.status == 429 or answer.status == 418) and heed(answer) or ""
    local code, msg
    if read and type(body) == "table" then code, msg = body.code, body.msg end
    if answer.status >= 500 or answer.status == 429 or answer.status == 418 or not code or no_verdict[code] then
      error(("%s %s: status %d, %s%s"):format(method, path, answer.status, msg or no_verdict[code] or "no reason given", pause), 0)
    end
    return nil, { code = code, msg = msg or "", status = answer.status }
  end

  -- os.time counts whole seconds, or whole minutes: half a second less than what was seen, and seen anew when it moves on.
  local function learn_time()
    local answer = send("GET", options.time_path, "")
    if not answer then error("the exchange does not tell its time", 0) end
    seen_at = our_time()
    offset = answer.serverTime - seen_at - 500
  end

  --- The exchange's time, ms, to a second or so.
  function client.now()
    if seen_at ~= our_time() then learn_time() end
    return our_time() + offset
  end

  --- For everybody: market rules, time, prices.
  function client.public(path, parameters)
    local answer, refusal = send("GET", path, encode(parameters or {}))
    if not answer then error(("GET %s: %s (%d)"):format(path, refusal.msg, refusal.code), 0) end
    return answer
  end

  --- In the name of the account.
  function client.signed(method, path, parameters)
    local key, secret = btk.env("BINANCE_API_KEY"), btk.env("BINANCE_API_SECRET")
    if not key or key == "" or not secret or secret == "" then
      error("no keys: set BINANCE_API_KEY and BINANCE_API_SECRET in the environment", 0)
    end
    for try = 1, 2 do
      local text = encode(parameters)
      text = ("%s%srecvWindow=%d&timestamp=%.0f"):format(text, text ~= "" and "&" or "", options.recv_window, client.now())
      local answer, refusal = send(method, path, text .. "&signature=" .. btk.crypto.hmac_sha256(secret, text), key)
      if answer then return answer end
      if bad_keys[refusal.code] then
        error(("%s %s: %s; check BINANCE_API_KEY and BINANCE_API_SECRET"):format(method, path, refusal.msg), 0)
      end
      if refusal.code ~= -1021 then return nil, refusal end
      -- Clocks drift. What came too early or too late was not carried out, so it may be sent again.
      if try == 2 then error(("%s %s: %s"):format(method, path, refusal.msg), 0) end
      learn_time()
    end
  end

  --- The same, where a refusal is an error too.
  function client.must(method, path, parameters)
    local answer, refusal = client.signed(method, path, parameters)
    if not answer then error(("%s %s: %s (%d)"):format(method, path, refusal.msg, refusal.code), 0) end
    return answer
  end

  return client
end

-- Calls every function that it finds, with arguments of every kind: none of them needs a system call.
-- expect: ok
local btk = require "btk"
local given = { false, 0, -1, 2 ^ 53, 0 / 0, 1 / 0, "", "text", "%c %Z %d", {}, { 3, 1, 2 }, print, 5LL }
local skipped = { [btk.add_strategy] = true, [error] = true, [coroutine.yield] = true, [print] = true }
local seen = {}
local function visit(t, list)
  for name, f in pairs(t) do
    if type(f) == "table" and not seen[f] then
      seen[f] = true
      visit(f, list)
    elseif type(f) == "function" and not skipped[f] then
      for _, a in ipairs(given) do
        pcall(f, a)
        pcall(f, list, a)
        pcall(f, list, 3, a)
        pcall(f, a, "1m", 3)
      end
    end
  end
end
local calls = 0
btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(symbol, when, price)
  calls = calls + 1
  local list = btk.get_candles(symbol, "1m", 60)
  seen = {}
  local libraries = { btk.ta, btk.date, btk.json, btk.math, math, bit, os, table, string, coroutine }
  visit({ libraries[calls % #libraries + 1] }, list)
  visit({ btk.get_candles, btk.get_average_price, btk.get_close_price, btk.get_pending_signal, btk.get_date, btk.get_mode }, list)
  visit({ tostring, tonumber, type, select, unpack, next, pairs, ipairs, assert, setmetatable, getmetatable }, list)
end }

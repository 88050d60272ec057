#!/bin/sh
# A year of real candles with an exchange halt in it, and one limit shared by three symbols.
# Usage: real_candles_test.sh PROGRAM; data/ is looked for in BTK_SHARED or in `shared` beside the checkout.
data=${BTK_SHARED:-$(cd "$(dirname -- "$0")/../../.." && pwd)/shared}/data
. "$(dirname -- "$0")/harness.sh"

cat >market.lua <<LUA
local btk = require "btk"
btk.add_exchange { exchange_name = "binance", driver = "csv", path = "$data/{symbol}-1m-2023*.csv.gz" }
LUA
cat >trend.lua <<'LUA'
local btk = require "btk"
btk.add_frame { frame_name = "2023", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.add_strategy { strategy_name = "trend", interval = "15m", get_signal = function(symbol, when, price)
  local candles = btk.get_candles(symbol, "15m", 60)
  if btk.ta.sma(candles, 20) <= btk.ta.sma(candles, 50) then return nil end
  return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.99,
           minute_estimated_time = 240 }
end }
LUA

ok "a year of Bitcoin with its halt of 80 minutes" ends 0 run market.lua trend.lua --symbols BTCUSDT --json --no-report --quiet
ok "... names the halt" says out '"gaps":[{"from":1679661600000,"candles":80}]'
cp out alone.json
ok "three symbols on one thread" ends 0 run market.lua trend.lua --symbols BTCUSDT,ETHUSDT,SOLUSDT --threads 1 --json --no-report --quiet
cp out three.json
ok "... and on two" ends 0 run market.lua trend.lua --symbols BTCUSDT,ETHUSDT,SOLUSDT --threads 2 --json --no-report --quiet
ok "... give the same document" same three.json out
hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' alone.json)
ok "... and Bitcoin the same run as alone" grep -q "\"symbol\":\"BTCUSDT\"[^{]*\"run_hash\":\"$hash\"" three.json

cat >limit.lua <<'LUA'
local btk = require "btk"
btk.add_frame { frame_name = "autumn", start_date = "2023-10-01", end_date = "2023-11-30" }
btk.add_risk { risk_name = "two", validations = { function(check)
  if check.active_position_count >= 2 then return "two are open" end
end } }
btk.add_strategy { strategy_name = "eager", interval = "5m", risk_name = "two", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99,
           minute_estimated_time = 120 }
end }
LUA
ok "a limit of two over three symbols" ends 0 run market.lua limit.lua --symbols BTCUSDT,ETHUSDT,SOLUSDT --threads 1 --events one.txt --no-report --quiet
ok "... on two threads" ends 0 run market.lua limit.lua --symbols BTCUSDT,ETHUSDT,SOLUSDT --threads 2 --events two.txt --no-report --quiet
ok "... decides the same" same one.txt two.txt
ok "... refuses at least fifty signals" test "$(grep -c '^risk-rejection' one.txt)" -ge 50

# A candle labelled t is worked on in the minute t + 1m, before the ticks of that minute: its close frees a place for the
# ticks of t + 1m and not for those of t.
grep -E '^(opened|closed)' one.txt | awk -F '\t' '
  $1 == "closed" { printf "%.0f 0 -1\n", $2 + 60000 } $1 == "opened" { printf "%.0f 1 1\n", $2 }' | sort -n -k1,1 -k2,2 >places
ok "never more than two are open" awk '{ open += $3; if (open > 2) { print "three at " $1; exit 1 } }' places
ok "a place is taken again in the minute in which it becomes free" awk '
  $3 == -1 { freed = $1 } $3 == 1 && $1 == freed { again++ } END { exit again < 50 }' places
grep '^closed' one.txt | awk -F '\t' '{ print $2 }' | sort -n >closes
grep '^risk-rejection' one.txt | awk -F '\t' '{ print $2 }' | sort -n >refusals
ok "... and not a minute earlier" awk 'NR == FNR { closed[$1] = 1; next } closed[$1] { found++ } END { exit found < 10 }' closes refusals

verdict

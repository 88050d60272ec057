#!/bin/sh
# An exchange that is a script's own get_candles over HTTP, where no run asks it. Usage: own_exchange_test.sh PROGRAM VERSION EXCHANGE
. "$(dirname -- "$0")/harness.sh"
exchange=$3
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

"$exchange" --synthetic BTCUSDT --start 2024-01-05 >url 2>server.err &
server=$!
for _ in $(seq 600); do
  grep -q '^listening on ' url && break
  sleep 0.1
done
OWN_URL=$(sed -n 's/^listening on //p' url)
[ -n "$OWN_URL" ] || { echo "the exchange does not listen"; cat server.err; exit 1; }
export OWN_URL

cat >own.lua <<'END'
local btk = require "btk"
btk.set_config { CC_GET_CANDLES_RETRY_DELAY_MS = 0 }
local function ask(symbol, interval, since, limit)
  local answer = btk.http.get(("%s/api/v3/klines?symbol=%s&interval=%s&startTime=%.0f&endTime=%.0f&limit=%d"):format(
    btk.env "OWN_URL", symbol, interval, since, since + (limit - 1) * 60000, limit))
  if answer.status ~= 200 then error("the exchange says " .. answer.status) end
  local rows = {}
  for i, k in ipairs(btk.json.decode(answer.body)) do
    rows[i] = { timestamp = k[1], open = tonumber(k[2]), high = tonumber(k[3]), low = tonumber(k[4]), close = tonumber(k[5]), volume = tonumber(k[6]) }
  end
  return rows
end
btk.add_exchange { exchange_name = "own", get_candles = function(symbol, interval, since, limit, backtest)
  print("asked", symbol, interval, os.date("!%d %H:%M", since / 1000), limit, backtest)
  return ask(symbol, interval, since, limit)
end }
btk.add_frame { frame_name = "two-days", interval = "1m", start_date = "2024-01-02", end_date = "2024-01-03" }
btk.add_strategy { strategy_name = "often", interval = "15m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 60 }
end }
END
# The same market by the driver that knows it.
printf 'local btk = require "btk"\nbtk.add_exchange { exchange_name = "driver", driver = "binance", base_url = btk.env "OWN_URL" }\n' >driver.lua
asked() { grep -c '^asked' err; }

at="--symbol BTCUSDT --when 2024-01-02T00:00"
# shellcheck disable=SC2086  # words
{
  ok "dump asks the script's function" ends 0 dump own.lua $at --timeframe 1h --limit 24
  ok "... page by page, as a session does" test "$(grep '^asked' err | tr '\t\n' ' |')" = \
    'asked BTCUSDT 1m 01 00:00 1000 false|asked BTCUSDT 1m 01 16:40 440 false|'
  cp out wanted
  ok "... the driver" ends 0 dump driver.lua $at --timeframe 1h --limit 24
  ok "... has the same candles" same wanted out
  ok "pnldebug asks it" ends 0 pnldebug own.lua --symbol BTCUSDT --when 2024-01-02 --priceopen 100 --minutes 30
  ok "... minute by minute" test "$(asked)" -eq 1 -a "$(grep -c '^ *[0-9]* | 2024-01-02T' out)" -eq 30
  cat own.lua - >broker.lua <<'END'
btk.use_broker { on_order_open_commit = function(o) print("at", o.current_price, #btk.get_candles(o.symbol, "1m", 5)) end }
END
  ok "brokerdebug takes its last price" ends 0 brokerdebug broker.lua $at --yes
  ok "... which is the last candle's" test "$(sed -n 's/.*price=\([^ ]*\) .*/\1/p' out)" = "$(sed -n 's/.*"close":\([^,]*\),.*/\1/p' wanted | tail -n 1)"
  ok "... and its broker reads candles, too" says err "$(printf '\t5')"

  sed 's/return ask(.*/local rows = ask(symbol, interval, since, limit) rows[3].high = rows[3].low - 1 return rows/' own.lua >unsound.lua
  ok "candles that cannot be are refused" ends 1 dump unsound.lua $at --timeframe 1m --limit 9
  ok "... after three tries" test "$(asked)" -eq 3
  ok "... in a sentence with the function's line" says err "unsound.lua:13: exchange 'own': candles of BTCUSDT from 2024-01-01 23:51 could not be read: "
  sed 's/return ask(.*/local rows = ask(symbol, interval, since, limit) table.remove(rows, 3) return rows/' own.lua >holed.lua
  ok "a gap that is filled" ends 0 dump holed.lua $at --timeframe 1m --limit 9
  ok "... is told of" says err 'filled gap: 1 candle missing at 2024-01-01 23:53 of BTCUSDT'
  sed 's/exchange_name = "own",/& gaps = "error",/' holed.lua >strict.lua
  ok "a gap that is an error" ends 1 dump strict.lua $at --timeframe 1m --limit 9
  ok "... is one" says err '1 candle missing at 2024-01-01 23:53; use gaps = "fill" or complete the data'
  ok "minutes that have not come are not asked for" refuses 'that time has not come yet' dump own.lua --symbol BTCUSDT --when 2099-01-01
  ok "... of nobody" test "$(asked)" -eq 0
}
verdict

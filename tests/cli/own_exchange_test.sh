#!/bin/sh
# An exchange that is a script's own get_candles over HTTP, where no run asks it. Usage: own_exchange_test.sh PROGRAM VERSION EXCHANGE
. "$(dirname -- "$0")/harness.sh"
exchange=$3

listens "$exchange" --synthetic BTCUSDT --start 2024-01-05
OWN_URL=$url
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
asked() { cat out err | grep -c '^asked'; }

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

# Back-tests: from what cache warm has stored, and without it not at all.
run() { ends "$1" run own.lua --symbols BTCUSDT --no-report; }
ok "a back-test cannot ask it" run 1
ok "... says what helps" says err 'not in a back-test; `btkhost cache warm` stores the candles of BTCUSDT beforehand'
ok "... and has not tried again" test "$(asked)" -eq 1
"$program" cache list --exchange own >listed
ok "nothing was stored" test "$(wc -l <listed)" -eq 1
warm() { ends 0 cache warm "$@" --symbols BTCUSDT --from 2024-01-02 --to 2024-01-03; }
ok "cache warm asks it" warm own.lua
ok "... and counts" test "$(cat out)" = 'checkCandles: OK 2880 candles BTCUSDT 1m'
ok "... with what runs read around it" grep -q '^asked	BTCUSDT	1m	01 00:00	1000	false' err
ok "another time" warm own.lua
ok "... asks nothing" test "$(asked)" -eq 0
ok "the store has them under the exchange's name" ends 0 cache list --exchange own
ok "... whole" grep -Eq '^own +BTCUSDT +1m +2024-01-01 00:00 +2024-01-04 00:01 +4322 +0$' out
ok "a back-test reads them" run 0
ok "... tells where from, once, and how to forget them" test "$(grep -c 'exchange own: candles come from dump/data/btk.sqlite, .*"btkhost cache prune --exchange own --all" forgets them' err)" -eq 1
ok "... and asks nothing" test "$(asked)" -eq 0
hash=$(grep '^run hash' out)
{
  printf 'local btk = require "btk"\nbtk.add_exchange { exchange_name = "own", driver = "binance", base_url = btk.env "OWN_URL" }\n'
  sed -n '/^btk.add_frame/,$p' own.lua
} >same.lua
ok "the driver's candles of that market" ends 0 run same.lua --symbols BTCUSDT --no-report
ok "... give the same run" test -n "$hash" -a "$(grep '^run hash' out)" = "$hash"
ok "a comparison reads them, too" ends 0 walker own.lua --symbols BTCUSDT
ok "... without asking" test "$(asked)" -eq 0
ok "a longer frame lacks candles" ends 1 run own.lua --symbols BTCUSDT --no-report --to 2024-01-04T12:00
ok "... which were asked for, and no others" grep -q '^asked	BTCUSDT	1m	04 00:02	720	true' out
sed 's/return ask(/do error "gone" end return ask(/' own.lua >edited.lua
ok "an edited function is not seen" ends 0 run edited.lua --symbols BTCUSDT --no-report
ok "until they are forgotten" ends 0 cache prune --exchange own --all
ok "... which is told" says out 'own BTCUSDT 1m: 4322 candles removed'
ok "... and then it is asked" ends 1 run edited.lua --symbols BTCUSDT --no-report
ok "what it says is told" says err 'edited.lua:15: exchange '"'own'"': candles of BTCUSDT from 2024-01-01 23:55 could not be read: gone'
ok "a warm that fails" ends 1 cache warm edited.lua --symbols BTCUSDT --from 2024-01-02 --to 2024-01-03
ok "... says the same" says err 'could not be read: gone'
ok "other intervals are not stored" refuses 'of which runs use the 1m candles alone; leave --interval out' cache warm own.lua --symbols BTCUSDT --from 2024-01-02 --interval 1m,1h
sed 's/"own", get/"binance", get/' own.lua >named.lua
ok "a name that is the driver's" refuses 'give it another exchange_name' cache warm named.lua --symbols BTCUSDT --from 2024-01-02
verdict

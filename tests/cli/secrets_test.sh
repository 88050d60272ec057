# secrets_test.sh PROGRAM: a script that tells its key everywhere, and nobody who hears of it.
. "$(dirname -- "$0")/harness.sh"

mkdir scripts
candles scripts/candles.csv
cat >scripts/.env <<'END'
export DEMO_API_KEY='Kx9/Lm"2q7Tz-secret&value' # quoted
CC_SYMBOL_LIST=btcusdt
END
cat >scripts/tell.lua <<'END'
local btk = require "btk"
local key = btk.env("DEMO_API_KEY", "none at all")
print("print: " .. key)
btk.log.warn("log: " .. key)
btk.add_exchange { exchange_name = "e", driver = "csv", path = "candles.csv" }
btk.add_frame { frame_name = "f", interval = "1m", start_date = "2024-01-01T01:00", end_date = "2024-01-01T20:00" }
btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.006, price_stop_loss = price * 0.98, minute_estimated_time = 60,
           note = key .. " " .. string.rep("x", 30) .. key }
end, callbacks = { on_close = function() error("callback: " .. key) end } }
END

none_of_it() { ! grep -rFe 'Kx9/Lm"2' -e 'Kx9/Lm\"2' -e '2q7Tz-secret' -e 'Kx9%2FLm' --exclude=.env . ; }

ok 'a run with a talkative script ends with its errors' ends 1 run scripts/tell.lua --events events.txt
ok 'the script has seen its key' grep -Fq 'print: Kx9***' out
ok 'its log line is there, masked' says err 'log: Kx9***'
ok 'its errors are there, masked' says err 'callback: Kx9***'
ok 'reports were written' test -s dump/backtest/BTCUSDT_s_e_f_backtest.md
ok 'the key is in no stream, report or event file' none_of_it
ok 'JSON is masked as well' ends 1 run scripts/tell.lua --json
ok 'what is left of the key is in the note' says out '"note":"Kx9*** xxx'
ok 'the key is not in the JSON either' none_of_it
ok 'the environment wins over the file' env DEMO_API_KEY=another-key-value "$program" check scripts/tell.lua
DEMO_API_KEY=another-key-value "$program" check scripts/tell.lua >out 2>err
ok 'its own key is told, masked' says err 'print: ano***'
DEMO_API_KEY=another-key-value "$program" check scripts/tell.lua --env-override >out 2>err
ok 'with --env-override the file wins' says err 'print: Kx9***'

printf 'A=1\nB="open\n' >.env
ok 'a mistake in .env is named by file and line' refuses '.env:2: the quote " is not closed' run scripts/tell.lua
rm .env
printf 'error("loading: %s")\n' 'another-key-value' >bad.lua
DEMO_API_KEY=another-key-value "$program" run bad.lua >out 2>err
ok 'an error while loading is masked' says err 'loading: ano***'

ok 'eval shows neither a hash nor the password of an address' env CC_TELEGRAM_API_HASH=0a1b2c3d4e5f DB=postgres://anna:horse-battery@h/db \
  sh -c '[ "$("$1" eval -e "btk.env([[CC_TELEGRAM_API_HASH]]), btk.env([[DB]])" 2>&1)" = "0a1***	postgres://anna:hor***@h/db" ]' sh "$program"
ok 'no session: status says so' refuses 'nothing runs with --out dump' status
ok 'a hash that somebody compares with is none of them' env EXPECTED_HASH=0a1b2c3d4e5f6071 sh -c '[ "$("$1" eval -e "btk.env([[EXPECTED_HASH]])" 2>&1)" = 0a1b2c3d4e5f6071 ]' sh "$program"
ok 'no session: flatten tells what closes a position then' refuses 'btkhost live --flatten' flatten --yes
ok 'a symbol that cannot be is refused' refuses '--symbol' pause --symbol 'a b'
for command in status stop pause resume flatten; do
  ok "$command --help shows an example" ends 0 "$command" --help
  ok "the example of $command is its own" says out "Example: btkhost $command"
done
verdict

#!/bin/sh
# btkhost run --explain: why there was no trade, minute by minute.
# Usage: explain_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
candles A.csv
strategy s.lua 'local hour, depth = when / 3600000 % 24, 3
  if hour == 1 then return nil end
  if hour == 2 then error("too early") end
  if hour == 3 then return { position = "long", price_take_profit = price * 0.9, price_stop_loss = price * 0.99, minute_estimated_time = 10 } end
  if hour == 4 then return long(price) end
  if hour == 9 then btk.get_candles(symbol, "1h", 500) end'
cat >>s.lua <<'END'
btk.add_risk { risk_name = "night", validations = { function(check) if check.timestamp / 3600000 % 24 == 4 then return "the night is not ours" end end } }
btk.override_strategy { strategy_name = "saw", risk_name = "night" }
END
line() { grep -E "^  2024-01-01 $1" out | head -n 1 | grep -Fq -- "$2" || { echo "no line of $1 with: $2"; grep -E "^  2024-01-01 $1" out; return 1; }; }

ok "a run is explained" ends 1 run s.lua --symbols A --explain 2024-01-01T00:00..2024-01-01T10:00 --locals --no-report
ok "... from the first minutes, without an average price" line 00:00 "no average price yet: it takes 5 closed candles"
ok "... a call without a signal" line 01:00 "get_signal returned nil"
ok "... with the locals of the script" grep -Fq 'hour = 1, depth = 3' out
ok "... a minute in which it was not asked" line 01:01 "asked once per 15m, next at 2024-01-01 01:15"
ok "... an error of the script" line 02:00 "error in get_signal: too early"
ok "... a signal that breaks a rule, with the sentence" line 03:00 "refused"
ok "... naming the price, in words" line 03:00 "price_take_profit 92.8335 of a long must be above"
ok "... a refusal by a risk profile" line 04:00 'risk "night": the night is not ours'
ok "... history that is not there" line 09:00 "500 candles of A 1h asked for"
ok "... and nothing after its end" sh -c '! grep -q "2024-01-01 10:01" out'
explained=$(awk '/^run hash/ { print $3 }' out)
ok "a run that is not explained" ends 1 run s.lua --symbols A --no-report
ok "... decides the same" test "$explained" = "$(awk '/^run hash/ { print $3 }' out)"

strategy t.lua 'if when / 3600000 % 24 == 1 then return long(price) end'
ok "a position is explained" ends 0 run t.lua --symbols A --explain 2024-01-01T01:00..2024-01-01T01:30 --no-report
ok "... its opening" line 01:00 "opened"
ok "... and that it was held" line 01:10 "long from"
closes() { grep -E "^  2024-01-01 01:10  $1 " out | awk '{ print $4 }'; }
close_of() { awk -F, -v minute="$1" 'NR == minute + 2 { printf "%.8g\n", $5 }' A.csv; }
ok "... a candle with its own close" test "$(closes candle)" = "$(close_of 70)"
ok "... a tick with that of the candle before" test "$(grep -E '^  2024-01-01 01:00  tick' out | awk '{ print $4 }')" = "$(close_of 59)"
ok "a day stands for all its minutes" ends 0 run t.lua --symbols A --explain 2024-01-02 --no-report
ok "... the last one, too" grep -q "^  2024-01-02 23:59" out
ok "a window outside of the run is told" ends 0 run t.lua --symbols A --explain 2025-01-01..2025-01-02 --no-report
ok "... with what the run covers" says out "nothing happened there: the run goes from 2024-01-01 00:00"
ok "half a window is refused" refuses "write FROM..TO" run t.lua --explain 2024-01-01..
ok "a window that ends before it begins is refused" refuses "the end lies before the start" run t.lua --explain 2024-01-02..2024-01-01
ok "what is no date is refused" refuses "not a date" run t.lua --explain soon
ok "--locals alone is refused" refuses "--locals belongs to --explain" run t.lua --locals
ok "a table and a document at once are refused" refuses "give one of them" run t.lua --explain 2024-01-01 --json
verdict

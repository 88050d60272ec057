#!/bin/sh
# Ctrl-C and its relatives. Usage: interrupt_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
candles A.csv
candles B.csv
strategy stuck.lua 'if symbol == "A" then while true do end end return long(price)'

# start ARGUMENT...: runs the program beside the test; its process is $pid.
start() {
  "$program" "$@" >out 2>err </dev/null &
  pid=$!
}
# comes_to CODE SECONDS: the program ends with CODE within so many seconds.
comes_to() {
  (sleep "$2" && kill -9 "$pid" 2>/dev/null) &
  guard=$!
  code=0
  wait "$pid" || code=$?
  kill "$guard" 2>/dev/null
  [ "$code" -eq "$1" ] || { echo "exit code $code, not $1"; return 1; }
}
# The finished symbol shows that the other one is in its endless loop.
start_stuck() {
  rm -rf dump
  start run stuck.lua --symbols B,A --threads 2 "$@"
  sleep 1
}

for name in INT TERM; do
  start_stuck
  kill -$name "$pid"
  ok "SIG$name ends a script that hangs, with 130, within seconds" comes_to 130 5
  ok "... tells the user" says err 'Graceful shutdown initiated.'
  ok "... and how to force it" says err 'Press Ctrl+C again to force quit.'
  ok "... shows what was interrupted as far as it came" grep -Eq '^last minute +2024-01-02 23:[0-9]+ +2024-01-01 0' out
  ok "... and reports what was finished" test -s dump/backtest/B_saw_files_two-days_backtest.md
done

start_stuck
kill -HUP "$pid"
kill -USR1 "$pid"
sleep 0.3
ok "SIGHUP is ignored, SIGUSR1 prints progress" says err 'Progress:'
kill -INT "$pid"
ok "... and the run can still be interrupted" comes_to 130 5

start_stuck
kill -INT "$pid"
sleep 0.1
kill -INT "$pid"
ok "the second SIGINT ends at once" comes_to 130 2
ok "... without reports" test ! -e dump

# What a stopped run came to is said wherever it is shown, and replaces nothing that is whole.
rm -rf dump
strategy late.lua 'return long(price)'
ok "a whole run" ends 0 run late.lua --symbols A,B --report md,csv,risk,heat --json
ok "... says so" test "$(grep -o '"stopped":false,"stopped_at":null' out | wc -l)" -eq 2
cp -r dump whole
strategy late.lua 'if when >= 1704110400000 then while true do end end return long(price)'
rm out
start run late.lua --symbols A,B --threads 1 --report md,csv,risk,heat --json
sleep 1
kill -INT "$pid"
ok "the same run, stopped" comes_to 130 5
ok "... says so" says out '"stopped":true,"stopped_at":1704110400000'
ok "... also of a symbol that it did not come to" says out '"stopped":true,"stopped_at":null'
rm -rf new
for file in $(cd dump && find . -name '*_stopped.*'); do
  mkdir -p "new/$(dirname "$file")"
  mv "dump/$file" "new/$file"
done
ok "... leaves the whole reports alone" diff -r whole dump
ok "... has its own beside them" test "$(cd new && find . -type f | sort | tr '\n' ' ')" = \
  "./backtest/A_saw_files_two-days_backtest_stopped.csv ./backtest/A_saw_files_two-days_backtest_stopped.md \
./heat/saw_files_two-days_backtest_stopped.md ./heat/saw_files_two-days_backtest_stopped.svg \
./report/risk_stopped.jsonl ./risk/A_saw_files_two-days_backtest_stopped.md "
told='**Stopped early:** interrupted at 2024-01-01 12:00, before its frame ended; this is what it had done by then.'
ok "... the report says it below its title" test "$(sed -n 3p new/backtest/A_*.md)" = "$told"
ok "... every other one, too" says "$(echo new/risk/A_*.md)" "$told"
ok "... and the heat map, which lacks a symbol" says new/heat/saw_files_two-days_backtest_stopped.md '**Stopped early:** not all runs came to their end.'

echo 'while true do end' >main.lua
start run main.lua
sleep 0.5
kill -INT "$pid"
ok "a main chunk that hangs ends, too" comes_to 130 5
for command in check dump "brokerdebug --yes" "cache warm --symbols A --from 2024-01-01" "ta --symbol A"; do
  # shellcheck disable=SC2086  # words
  start $command main.lua
  sleep 0.5
  kill -INT "$pid"
  ok "... also in ${command%% *}" comes_to 130 5
done
# Nobody answers there: the third try would come after ten seconds.
for command in dump "pnldebug --priceopen 1"; do
  # shellcheck disable=SC2086  # words
  start $command --base-url http://127.0.0.1:9 --symbol A
  sleep 0.5
  kill -INT "$pid"
  ok "${command%% *}, while it asks the exchange" comes_to 130 5
  ok "... says what was stopped" says err 'exchange binance: GET klines of A: stopped'
done
cat >far.lua <<'END'
require("btk").add_exchange { exchange_name = "far", driver = "binance", base_url = "http://127.0.0.1:9" }
END
echo '{"id":1,"ts":1704067200000,"symbol":"A","direction":"LONG","author":"x"}' >ideas.jsonl
start sweep ideas.jsonl far.lua
sleep 0.5
kill -USR1 "$pid"
sleep 0.3
ok "a sweep of ideas answers SIGUSR1 while it waits for candles" says err 'Progress:   0 %'
kill -INT "$pid"
ok "... and ends with 130" comes_to 130 5
verdict

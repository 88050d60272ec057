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

echo 'while true do end' >main.lua
start run main.lua
sleep 0.5
kill -INT "$pid"
ok "a main chunk that hangs ends, too" comes_to 130 5
verdict

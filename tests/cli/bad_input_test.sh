#!/bin/sh
# What is wrong with data or script is said in one sentence, with the right exit
# code, and harms nobody else. Usage: bad_input_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
candles GOOD.csv
strategy s.lua 'return long(price)'
sed -i 's/get_signal/params = { x = { 1, 2 } }, get_signal/' s.lua
ok "the good symbol alone" ends 0 run s.lua --symbols GOOD --json --no-report
good=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)

# harms_only_itself WHAT WORDS: a run of BAD beside GOOD fails with the words on stderr; GOOD is as ever.
harms_only_itself() {
  ok "$1: exit code 1" ends 1 run s.lua --symbols BAD,GOOD --json --no-report --quiet
  ok "... one line says it" test "$(wc -l <err)" -eq 1
  ok "... about the right symbol" says err 'BAD: '
  ok "... in these words" says err "$2"
  ok "... the other symbol is unharmed" grep -q "\"symbol\":\"GOOD\".*\"run_hash\":\"$good\"" out
}
# ends_all WHAT WORDS: where there is nothing else to run, the same is wrong usage.
ends_all() {
  for command in "run --no-report" "walker" "sweep --params --ledger ledger.sqlite"; do
    # shellcheck disable=SC2086  # the command and its options are words
    ok "$1, $command: exit code 2" ends 2 $command s.lua --symbols BAD --quiet
    ok "... in these words" says err "$2"
  done
  ok "$1, dump: exit code 2" refuses "$2" dump s.lua --symbol BAD --when 2024-01-02
}

harms_only_itself "a missing file" 'BAD.csv'
ends_all "a missing file" 'BAD.csv'
: >BAD.csv
harms_only_itself "an empty file" 'BAD.csv'
ends_all "an empty file" 'BAD.csv'
candles BAD.csv
sed -i '100s/.*/1704073080000,100,101,banana,100,1/' BAD.csv
harms_only_itself "a row with text" 'BAD.csv:100'
ends_all "a row with text" 'BAD.csv:100'
candles BAD.csv
sed -i '100s/.*/1704073080000,100,99,101,100,1/' BAD.csv
harms_only_itself "high below low" 'BAD.csv:100'
ends_all "high below low" 'BAD.csv:100'
candles BAD.csv
sed -i '100{h;d};200G' BAD.csv
harms_only_itself "times out of order" 'BAD.csv:'
ends_all "times out of order" 'BAD.csv:'

candles LATER.csv
ok "a frame before all candles: exit code 1" ends 1 run s.lua --symbols LATER --from 2023-06-01 --to 2023-06-30 --quiet
ok "... with the frame and the first candle that there is" says err 'exchange files: no candles of LATER from 2023-06-01 00:00 to 2023-06-30 23:59: the first is of 2024-01-01 00:00'
ok "a frame after all candles: exit code 1" ends 1 run s.lua --symbols LATER --from 2024-01-03 --to 2024-01-04 --quiet
ok "... with the last one" says err 'to 2024-01-04 23:59: the last is of 2024-01-02 23:59'
strategy held.lua 'return { position = "long", price_take_profit = price * 1.5, price_stop_loss = price * 0.85, minute_estimated_time = 1200 }'
ok "candles that end inside the frame are enough" ends 0 run held.lua --symbols LATER --from 2024-01-02 --to 2024-01-04
ok "... it is said that a position was closed there" says err 'the candles ended before the frame: what was open was closed at the last one'
ok "candles that reach the frame's last minute" ends 0 run held.lua --symbols LATER --from 2024-01-02 --to 2024-01-02 --json
ok "... close what is open there" says out '"data_ended":true'
ok "... and none is missing" sh -c '! grep -q "candles ended" err'
ok "candles that begin inside the frame are enough" ends 0 run held.lua --symbols LATER --from 2023-12-01 --to 2024-01-04
ok "... it is said that they begin later" says err 'the candles begin at 2024-01-01 00:00, after the frame does (2023-12-01 00:00)'
ok "... the summary shows their first minute" grep -Eq '^first minute +2024-01-01 00:00$' out
ok "... and their last one" grep -Eq '^last minute +2024-01-02 23:59$' out
strategy calm.lua 'return nil'
ok "a run without positions" ends 0 run calm.lua --symbols LATER --from 2024-01-02 --to 2024-01-04
ok "... says nothing of any" says err 'the candles ended before the frame; nothing was open then'

awk 'NR < 500 || NR > 520' LATER.csv >HOLE.csv
ok "a hole is filled" ends 0 run held.lua --symbols HOLE
report=$(find dump/backtest -name 'HOLE_*.md')
ok "... and named at the end of the report" test "$(tail -n 5 "$report" | tr '\n' '|')" = \
  '## Filled Gaps||21 missing minutes were filled with flat candles at the last close:||* 2024-01-01 08:18, 21 min'
ok "... which says nothing of candles that are whole" sh -c 'ends=$(grep -l "Filled Gaps" dump/backtest/*.md | wc -l); [ "$ends" -eq 1 ]'

sed 's/{symbol}.csv/{symbol}.csv.gz/' s.lua >zipped.lua
gzip -c GOOD.csv >GOOD.csv.gz
head -c 5000 GOOD.csv.gz >BAD.csv.gz
ok "a corrupt gzip file: exit code 1" ends 1 run zipped.lua --symbols BAD,GOOD --json --no-report --quiet
ok "... named" says err 'BAD.csv.gz'
ok "... the other symbol is unharmed" grep -q "\"symbol\":\"GOOD\".*\"run_hash\":\"$good\"" out
ok "a corrupt gzip file alone: exit code 2" ends 2 run zipped.lua --symbols BAD --no-report --quiet
rm BAD.csv
mkdir BAD.csv
ends_all "a folder in the place of a file" 'BAD.csv is a folder, not a file'
rmdir BAD.csv
echo 'no candle store at all, whatever it may be called' >store.sqlite
sed 's/driver = "csv", path = "{symbol}.csv"/driver = "sqlite", path = "store.sqlite"/' s.lua >stored.lua
ok "a candle store that is none: exit code 2" ends 2 run stored.lua --symbols BAD --no-report --quiet
ok "... is named" says err 'store.sqlite is damaged or no SQLite file'
: >file
for command in "run" "run --report risk" "walker --save md" "sweep --params --save json --ledger ledger.sqlite"; do
  for place in file file/below /proc/x; do
    # shellcheck disable=SC2086
    ok "$command into $place is refused before anything runs" refuses "--out $place" $command s.lua --symbols GOOD --out $place
  done
done
ok "... and so is a dump" refuses '--out file' dump s.lua --symbol GOOD --when 2024-01-02 --save --out file
ok "who writes nothing is not asked where" ends 0 run s.lua --symbols GOOD --no-report --quiet --out file
for ledger in file/below store.sqlite .; do
  ok "a ledger that cannot be: $ledger" refuses '--ledger' sweep --params s.lua --symbols GOOD --ledger "$ledger"
done
ok "a time that has not come yet" refuses 'that time has not come yet' dump s.lua --symbol GOOD --when "$(($(date +%Y) + 1))-02-01"

echo 'local x = = 1' >syntax.lua
ok "a syntax error is named with its line" refuses 'syntax.lua:1: ' run syntax.lua
printf 'local btk = require "btk"\nbtk.add_frame { frame_name = "f", interval = "1m", start_dat = "2024-01-01", end_date = "2024-01-02" }\n' >typo.lua
ok "a typo in a schema is named with line and nearest field" refuses 'typo.lua:2: ' run typo.lua
ok "... the field" says err 'start_dat'
ok "... and what was meant" says err 'start_date'
ok "check says the same" refuses 'typo.lua:2: ' check typo.lua
echo 'error("no thanks")' >raise.lua
ok "an error while loading is named with its line" refuses 'raise.lua:1: no thanks' run raise.lua

# has_script_errors WHAT WORDS: the run ends, with exit code 1 and these words.
has_script_errors() {
  ok "$1: exit code 1" ends 1 run bad.lua --symbols GOOD --json --no-report --quiet
  ok "... in these words" says err "$2"
  ok "... and the whole frame was run" grep -q '"data_ended":false' out
}
strategy bad.lua 'return { position = "long", price_take_profit = "high" }'
has_script_errors "a signal with a wrong type" 'price_take_profit'
strategy bad.lua 'return { position = "long", price_target = price }'
has_script_errors "a signal with an unknown field" 'price_target'
strategy bad.lua 'return 42'
has_script_errors "a signal that is no table" 'a signal must be a table or nil, got number'
strategy bad.lua 'error("cannot decide")'
has_script_errors "error() in get_signal" 'script errors in get_signal (first: bad.lua:8: cannot decide)'

sed '/^end }$/d' s.lua >bad.lua
{
  echo 'end, callbacks = {'
  for callback in on_tick on_open on_active on_idle on_close on_schedule on_cancel on_write on_partial_profit \
    on_partial_loss on_breakeven on_schedule_ping on_active_ping; do
    echo "  $callback = function() error(\"$callback is broken\") end,"
  done
  echo '} }'
} >>bad.lua
ok "error() in every callback: exit code 1" ends 1 run bad.lua --symbols GOOD --json --no-report --quiet
ok "... they are named" says err 'on_open is broken'
ok "... and the trades are those without" grep -q "\"run_hash\":\"$good\"" out

strategy s.lua 'if symbol == "BAD" then local hoard = {} while true do hoard[#hoard + 1] = ("x"):rep(100000) .. #hoard end end return long(price)'
candles BAD.csv
harms_only_itself "endless allocation" 'memory'
ok "... its report, too" ends 1 run s.lua --symbols BAD --quiet
ok "... says that it failed, below the title" sh -c 'sed -n 3p dump/backtest/BAD_*.md | grep -q "^\*\*Failed:\*\* .*memory"'

strategy s.lua 'return long(price)'
rm BAD.csv
ok "--fail-fast" ends 1 run s.lua --symbols BAD,GOOD --threads 1 --fail-fast --json --no-report --quiet
ok "... stops the others" says err 'GOOD: stopped'

# gaps = "error" is about the holes that a run reads, of whatever symbol, and no others.
strict() { strategy "$1" "$2"; sed -i 's/driver = "csv"/driver = "csv", gaps = "error"/' "$1"; }
candles HOLED.csv
sed -i '1002,1021d' HOLED.csv
hole='HOLED: 20 candles missing from 2024-01-01 16:40 to 2024-01-01 16:59'
strict s.lua 'btk.get_candles(symbol, "1h", 5) btk.get_candles("HOLED", "5m", 10)'
ok "a hole in the frame" ends 1 run s.lua --symbols HOLED --quiet
ok "... is named" says err "$hole"
ok "a hole in another symbol that is read" ends 1 run s.lua --symbols GOOD --quiet
ok "... is named" says err "$hole"
ok "a hole before the frame that nobody reads" ends 0 run s.lua --symbols HOLED,GOOD --from 2024-01-02
ok "a hole behind the frame" ends 0 run s.lua --symbols HOLED,GOOD --from 2024-01-01T06:00 --to 2024-01-01T12:00
strict s.lua 'btk.get_candles(symbol, "1h", 30)'
ok "a list that reaches across a hole before the frame" ends 1 run s.lua --symbols HOLED --from 2024-01-02T20:00 --quiet
ok "... names it" says err "$hole"
strict s.lua 'btk.get_candles("HOLED", "1h", 30)'
ok "... of another symbol, too" ends 1 run s.lua --symbols GOOD --from 2024-01-02T20:00 --quiet
ok "... by its name" says err "$hole"
strict s.lua 'local x = btk.series("1h"):sma(30)[0]'
ok "... and a column" ends 1 run s.lua --symbols HOLED --from 2024-01-02T20:00 --quiet
ok "... the same" says err "$hole"

printf 'key,when,text\na,1704067200000,up\n' >rows.csv
cat >column.lua <<'END'
local btk = require "btk"
local source = btk.optimizer.sources.csv { path = "rows.csv", id = "id", time = "when" }
source.fetch { symbol = "A", start_date = 1704067200000, end_date = 1704153600000, limit = 10, offset = 0 }
END
ok "a source's column that the file does not have" refuses "rows.csv has no column 'id' (id); it has key, when, text" exec column.lua
verdict

#!/bin/sh
# What `btkhost run` writes where, and that equal runs are equal.
# Usage: run_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
for symbol in A B C BTCUSDT; do candles $symbol.csv; done
candles B.csv 0.2
strategy s.lua 'if symbol == "C" and when % 7200000 == 0 then return nil end return long(price)'

ok "a run succeeds" ends 0 run s.lua --symbols A,B,C --threads 1 --json --events one.txt
cp out one.json
ok "... again, on two threads" ends 0 run s.lua --symbols A,B,C --threads 2 --json --events two.txt
ok "the document is the same on one thread and on two" same one.json out
ok "so are the decisions" same one.txt two.txt
ok "--json writes one line" test "$(wc -l <out)" -eq 1

for symbol in A B C; do
  ok "a run of $symbol alone" ends 0 run s.lua --symbols $symbol --json
  hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)
  ok "... decides as it does beside others" grep -q "\"symbol\":\"$symbol\".*\"run_hash\":\"$hash\"" one.json
done

ok "run hashes can be computed again from the decisions" "$tools/run_hash.sh" one.txt
all=$("$tools/run_hash.sh" one.txt | awk '$2 == "all" { print $1 }')
ok "... the one of all runs, too" grep -q "^{\"run_hash\":\"$all\"" one.json
ok "of a single run" ends 0 run s.lua --symbols A --json --events single.txt
ok "... as well" grep -q "^{\"run_hash\":\"$("$tools/run_hash.sh" single.txt | cut -d ' ' -f 1)\"" out

before=$("$tools/run_hash.sh" single.txt)
candles A.csv 0.2
ok "after one price has changed" ends 0 run s.lua --symbols A --events single.txt
ok "... the run decides otherwise" test "$before" != "$("$tools/run_hash.sh" single.txt)"

# Where decisions may go.
mkdir real && ln -s real/decisions.txt link
ok "decisions through a link" ends 0 run s.lua --symbols A --no-report --events link
ok "... are where it leads" same real/decisions.txt single.txt
ok "... and it stays" test -L link
mkfifo pipe
timeout 60 cat pipe >piped.txt &
ok "through a pipe" ends 0 run s.lua --symbols A --no-report --events pipe
wait $!
ok "... they arrive" same piped.txt single.txt
ok "... and it stays" test -p pipe
# Devices and links of our own: a failing test, run by root, leaves the machine's alone.
if mknod null c 1 3 && { echo >null; } 2>mknod.txt; then
  ok "to a device" ends 0 run s.lua --symbols A --no-report --events null
  ok "... it stays" test -c null
fi 2>mknod.txt
ln -s /proc/self/fd/1 stdout
ok "to stdout" ends 0 run s.lua --symbols A --no-report --json --events stdout
ok "... a link that stays" test -L stdout
ok "... with the document" sh -c 'grep -q "^{\"run_hash\"" out && [ "$(wc -l <out)" -gt "$(wc -l <single.txt)" ]'
ok "below a file" refuses '--events single.txt/x: ' run s.lua --symbols A --no-report --events single.txt/x
ok "... or to a folder: before anything is run" refuses '--events real: give the name of a file' run s.lua --symbols A --events real
ok "... in a session, too" refuses '--events real: give the name of a file' paper s.lua --symbols A --events real
ok "... and a test's results" refuses '--junit real: give the name of a file' test . --junit real

rm -rf dump
mkdir -p dump/backtest && echo mine >dump/backtest/mine.md
ok "reports" ends 0 run s.lua --symbols A
ok "... lie under dump" test -s dump/backtest/A_saw_files_two-days_backtest.md -a -s dump/backtest/A_saw_files_two-days_backtest.csv
ok "... and other files stay" grep -q mine dump/backtest/mine.md
rm -rf dump
ok "--out moves them" ends 0 run s.lua --symbols A --out elsewhere --report csv
ok "... there" test -s elsewhere/backtest/A_saw_files_two-days_backtest.csv -a ! -e elsewhere/backtest/A_saw_files_two-days_backtest.md -a ! -e dump
ok "a document and lines for programs" ends 0 run s.lua --symbols A,B --out elsewhere --report json,jsonl
ok "... is that of --json" ends 0 run s.lua --symbols A --no-report --json
ok "... of the run" same out elsewhere/backtest/A_saw_files_two-days_backtest.json
ok "... and a line for each signal of all runs" test "$(grep -c '^{"reportName":"backtest","data":{"id":' elsewhere/report/backtest.jsonl)" -eq "$(cat elsewhere/backtest/*.json | grep -o '"action":' | wc -l)"
ok "... with the names of its run" grep -q '"symbol":"B","strategyName":"saw","exchangeName":"files","frameName":"two-days","signalId":"' elsewhere/report/backtest.jsonl
ok "a place for them that is none is told before anything is run" refuses '--out' run s.lua --symbols A --out s.lua --report json
ok "--no-report writes nothing" ends 0 run s.lua --symbols A --no-report --quiet
ok "... at all" test ! -e dump
ok "--quiet keeps stderr silent" silent err

export CC_SYMBOL_LIST="a, b,A"
ok "CC_SYMBOL_LIST names the symbols" ends 0 run s.lua --json --no-report
ok "... upper-cased, once, in order" test "$(grep -o '"symbol":"[^"]*"' out | tr '\n' ' ')" = '"symbol":"A" "symbol":"B" '
ok "--symbols wins over it" ends 0 run s.lua --json --no-report --symbols C
ok "... alone" test "$(grep -o '"symbol":"[^"]*"' out)" = '"symbol":"C"'
unset CC_SYMBOL_LIST
ok "without symbols BTCUSDT is run" ends 0 run s.lua --no-report
ok "... with a warning" says err 'no symbols are given; running BTCUSDT'
sed '1a btk.set_symbols { " c", "b", "C" }' s.lua >symbols.lua
ok "the script can name them" ends 0 run symbols.lua --json --no-report
ok "... in its order" test "$(grep -o '"symbol":"[^"]*"' out | tr '\n' ' ')" = '"symbol":"C" "symbol":"B" '

ok "a setting" ends 0 run s.lua --symbols A --json --no-report --set CC_PERCENT_FEE=0
cp out free.json
export CC_PERCENT_FEE=0
ok "... may come from the environment" ends 0 run s.lua --symbols A --json --no-report
ok "... with the same result" same free.json out
ok "--set wins over the environment" ends 0 run s.lua --symbols A --json --no-report --set CC_PERCENT_FEE=0.1
ok "... and costs" differ free.json out
unset CC_PERCENT_FEE

strategy talk.lua 'if when % 86400000 == 0 then print("good morning " .. symbol) end'
ok "what a script prints" ends 0 run talk.lua --symbols A --no-report
ok "... goes to stdout" says out 'good morning A'
ok "with --json" ends 0 run talk.lua --symbols A --no-report --json
ok "... to stderr" says err 'good morning A'
ok "... and stdout is the document" test "$(head -c 12 out)" = '{"run_hash":'

printf 'local btk = require "btk"\nbtk.add_strategy { strategy_name = "quiet", get_signal = function() end }\n' >more.lua
ok "several files share one registry" ends 0 run s.lua more.lua --symbols A --strategy quiet --no-report
sed 's/two-days", interval/whole", interval/' s.lua >own.lua
cat >>own.lua <<'END'
local names = { strategy_name = "saw", exchange_name = "files", frame_name = "whole" }
local closed = 0
for result in btk.backtest.run("A", names) do if result.action == "closed" then closed = closed + 1 end end
print("closed " .. closed)
btk.backtest.background("B", names)
btk.listen_done_backtest(function(event) print("done " .. event.symbol) end)
if btk.backtest.get_data("A", names).total_signals > 0 then print("dumped " .. btk.backtest.dump("A", names)) end
END
ok "a script may start runs itself" ends 0 run own.lua --json --no-report
ok "... all are in the document, in the order of their start" \
  test "$(grep -o '"symbol":"[^"]*"' out | tr '\n' ' ')" = '"symbol":"A" "symbol":"B" '
ok "... and the main script hears of the end" says err 'done B'
ok "a script may dump a report, under --out" says err 'dumped dump/backtest/A_saw_files_whole_backtest.md'
ok "... which is there" test -s dump/backtest/A_saw_files_whole_backtest.md

sed 's/if result.action == "closed" then closed = closed + 1 end/break/' own.lua >leaves.lua
ok "a loop that is left" ends 0 run leaves.lua --report md
ok "... is told with its moment" says err 'A: left by the script at 2'
ok "... also below the title of its report" sh -c \
  'sed -n 3p dump/backtest/A_saw_files_whole_backtest.md | grep -q "^\*\*Stopped early:\*\* left by the script at 2.*, before its frame ended"'

# The main script hears how far the host's runs are, and may stop them.
cat >far.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made", driver = "synthetic" }
btk.add_frame { frame_name = "year", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.add_frame { frame_name = "day", start_date = "2023-01-01", end_date = "2023-01-02" }
btk.add_strategy { strategy_name = "slow", interval = "1m", get_signal = function(_, _, price)
  local sum = 0
  for i = 1, 5000 do sum = sum + i % 7 end
  return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.98,
           minute_estimated_time = sum > 0 and 30 or 2 }
end }
local function names(frame) return { strategy_name = "slow", exchange_name = "made", frame_name = frame } end
btk.backtest.background("DAY", names("day"))
local stop = btk.backtest.background("YEAR", names("year"))
local heard = {}
btk.listen_backtest_progress(function(e)
  if e.symbol == "DAY" then heard[#heard + 1] = ("%g"):format(e.progress) end
  if e.symbol == "YEAR" then stop() end
end)
btk.listen_done_backtest(function(e)
  if e.symbol == "DAY" then return print("heard " .. table.concat(heard, " ")) end
  local all = btk.backtest.get_data("YEAR", names("year")).total_signals
  print(btk.backtest.list()[2].status .. (all > 0 and all < 15000 and " early" or " late"))
end)
END
ok "progress of the host's runs" ends 0 run far.lua --no-report --quiet
ok "... is told in tenths" says out 'heard 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1'
ok "... and a run can be stopped then" says out 'stopped early'
sed 's/heard\[#heard + 1\]/error("no ear") &/' far.lua >deaf.lua
ok "a listener of progress that fails" ends 1 run deaf.lua --no-report --json
ok "... is told with the run's errors, once with its count" grep -q '"message":"no ear","file":"[^"]*deaf.lua","line":[0-9]*,"count":11' out

# Columns of a script's own, also in the reports that the command writes.
cat s.lua - >columns.lua <<'END'
btk.set_columns {
  backtest_columns = { "position", { key = "half", label = "Half", format = function(row, i) return i .. ": " .. row.pnl.pnl_percentage / 2 end } },
  sync_columns = { "action" },
}
END
ok "columns of a script's own" ends 0 run columns.lua --symbols A --report md,sync --out mine
ok "... in the report" test "$(sed -n 3p mine/backtest/A_saw_files_two-days_backtest.md)" = '| Position | Half |'
ok "... with a line for each trade" test "$(grep -c '^| [LS][A-Z]* | [0-9]*: ' mine/backtest/A_saw_files_two-days_backtest.md)" -gt 5
ok "... and in that of another kind" test "$(sed -n 3p mine/sync/A_saw_files_two-days_backtest.md)" = '| Action |'
sed 's/return i /error("no half") &/' columns.lua >broken.lua
ok "a column that fails" ends 1 run broken.lua --symbols A --report md --out mine
ok "... is told, once" test "$(grep -c 'script error in set_columns: broken.lua:[0-9]*: no half' err)" -eq 1
ok "... and the report has its usual table" test "$(sed -n 3p mine/backtest/A_saw_files_two-days_backtest.md | cut -c 1-25)" = '| Signal ID | Symbol | Po'
sed 's/return i /while true do end &/' columns.lua >endless.lua
ok "a column that never comes back" ends 1 run endless.lua --symbols A --report md --out mine --set CC_MAX_SIGNAL_GENERATION_SECONDS=1
ok "... is ended" says err 'ran longer than it is allowed'
ok "... and the report has its usual table" test "$(sed -n 3p mine/backtest/A_saw_files_two-days_backtest.md | cut -c 1-25)" = '| Signal ID | Symbol | Po'
cat s.lua - >other.lua <<'END'
local function total(symbol)
  local names = { strategy_name = "saw", exchange_name = "files", frame_name = "two-days" }
  return tostring(btk.backtest.get_data(symbol, names).total_pnl)
end
btk.listen_done_backtest(function(e) if e.symbol == "B" then print("A " .. total("A")) end end)
btk.set_columns { backtest_columns = { { key = "a", label = "A", format = function() return "A " .. total("A") end } } }
END
ok "a column that reads another run" ends 0 run other.lua --symbols A,B --report md --out mine --threads 1
for symbol in A B; do
  ok "... has that run's figures in the report of $symbol" \
    test "| $(grep '^A ' err out | sed 's/^[a-z]*://' | head -n 1) |" = "$(sed -n 5p "mine/backtest/${symbol}_saw_files_two-days_backtest.md")"
done
sed 's/"position"/"positon"/' columns.lua >typo.lua
ok "a typo in a column's key" ends 2 run typo.lua --symbols A
ok "... names the nearest" says err "did you mean 'position'?"

printf '%s\n' 'error("at the end")' | cat own.lua - >fails.lua
ok "a chunk that fails after its runs" ends 1 run fails.lua --json --no-report
ok "... loses none of them" grep -q '"symbol":"A"' out
ok "... and says where it failed" says err "fails.lua:$(wc -l <fails.lua | tr -d ' '): at the end"

ok "--verbose" ends 0 run s.lua --symbols A --no-report --verbose
ok "... tells each signal" test "$(grep -c '^\[POSITION CLOSED\] A$' out)" -gt 10 -a "$(grep -c '^\[POSITION CLOSED\]' out)" -eq "$(grep -c '^\[POSITION OPENED\]' out)"
ok "... with its result" grep -Eq '^  PNL: -?[0-9]+\.[0-9][0-9]%$' out
ok "... and, on stderr, each load of candles" grep -q 'exchange files: candles of A 1m since 2023-12-31 00:00 until ' err
ok "... before the summary" grep -q '^run hash' out
ok "... beside a document it is refused" refuses '--verbose prints every signal' run s.lua --symbols A --verbose --json
cat >asked.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "asked", get_candles = function(_, _, since, limit)
  local rows = {}
  for i = 1, limit do
    rows[i] = { timestamp = since + (i - 1) * 60000, open = 1, high = 1, low = 1, close = 1, volume = 1 }
  end
  return rows
end }
btk.add_frame { frame_name = "day", interval = "1m", start_date = "2024-01-02", end_date = "2024-01-02" }
btk.add_strategy { strategy_name = "idle", interval = "1m", get_signal = function() end }
END
ok "a script's own exchange" ends 0 run asked.lua --symbols A --no-report --log-level debug
ok "... tells each page that it is asked for" grep -q 'exchange asked: candles of A 1m since 2024-01-01 23:55: 1000 of 1000' err

cp s.lua watched.lua
"$program" run watched.lua --symbols A --no-report --watch >watch.out 2>watch.err &
watcher=$!
ended() { [ "$(grep -c '^run hash' watch.out)" -eq "$1" ] && [ "$(grep -c '^watching' watch.err)" -ge "$2" ]; }
ok "--watch runs, and waits" comes ended 1 1
sed 's/1\.01/1.02/' s.lua >watched.lua
ok "... until the script changes, and runs again" comes ended 2 2
ok "... with what is in it now" test "$(grep '^run hash' watch.out | uniq | wc -l)" -eq 2
echo 'this is no Lua' >watched.lua
ok "... one that does not load is told" comes grep -q '^watched.lua:1: ' watch.err
cp s.lua watched.lua
ok "... and waited for" comes ended 3 4
kill -INT $watcher
wait $watcher
ok "Ctrl-C ends it with the last run's exit code" test $? -eq 0
ok "... beside a document it is refused" refuses '--watch prints a summary after every change' run s.lua --symbols A --watch --json

# The page of --report html lies beside the program; here it does not.
cp "$program" ./alone
with_page=$program
program=$PWD/alone
ok "without its page --report html says what to install" refuses 'nodejs and npm' run s.lua --symbols A --report html
ok "... and which command builds it" says err './start page'
ok "... for a comparison, too" refuses './start page' walker s.lua --symbols A --report html
program=$with_page
verdict

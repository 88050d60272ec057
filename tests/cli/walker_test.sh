#!/bin/sh
# `btkhost walker`: files with equal names, ranking, streams, files and exit codes; walks that a script queues.
# Usage: walker_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
for symbol in A B; do candles $symbol.csv; done
candles B.csv 0.2
strategy a.lua 'return long(price)'
strategy b.lua 'if when % 7200000 == 0 then return long(price) end'
# Brings a strategy only: exchange and frame come from the first file that has them.
cat >c.lua <<'END'
local btk = require "btk"
btk.add_strategy { strategy_name = "idle", get_signal = function() end }
btk.listen_walker(function(event) print("heard " .. event.strategy_name .. " " .. event.strategies_tested) end)
END

ok "files with the same names are compared" ends 0 walker a.lua b.lua c.lua --symbols A,B --threads 1 --metric total_pnl --json
cp out one.json
ok "... each under its own name" grep -q '"strategy_name":"saw@a".*' out
ok "... the file without trades too" grep -q '"strategy_name":"idle","metric_value":null' out
ok "... and the best is judged" grep -Eq '"verdict":"(likely luck|inconclusive|worth paper trading)","reasons":\["[^]]+"\],"honest":\{"trials":2,' out
ok "... and every file hears of all" says err 'heard saw@b 2'
ok "on two threads" ends 0 walker a.lua b.lua c.lua --symbols A,B --threads 2 --metric total_pnl --json
ok "... the document is the same" same one.json out
for file in a b; do
  ok "a run of $file.lua alone" ends 0 run $file.lua --symbols A --json --no-report
  hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)
  ok "... decides as it does in the comparison" grep -q "\"strategy_name\":\"saw@$file\"[^}]*\"run_hash\":\"$hash\"" one.json
done

mkdir folder && cp b.lua folder/a.lua && cp A.csv folder
ok "files of one name in two folders" ends 0 walker a.lua folder/a.lua --symbols A --json --no-prove
ok "... are told apart by the folder" test "$(grep -o '"strategy_name":"saw[^"]*"' out | sort -u | tr '\n' ' ')" = \
  '"strategy_name":"saw@a" "strategy_name":"saw@folder/a" '
echo CC_PERCENT_FEE=0.05 >.env
echo CC_PERCENT_FEE=0.08 >folder/.env
ok "a setting on which the files' .env do not agree" ends 0 walker a.lua folder/a.lua --symbols A --json --no-prove
ok "... is warned of, with both files" says err 'warning: CC_PERCENT_FEE: .env and folder/.env give different values; that of folder/.env counts for all files'
ok "... one that is given otherwise is not" sh -c 'CC_PERCENT_FEE=0.1 "$1" walker a.lua folder/a.lua --symbols A --json --no-prove 2>&1 >/dev/null |
  { ! grep "different values"; }' sh "$program"
rm .env folder/.env

ok "the report" ends 0 walker a.lua b.lua --symbols A
ok "... begins with the reference's lines" test "$(head -n 6 out | tr '\n' '|')" = \
  '# Walker Comparison Report: walker||**Symbol:** A|**Exchange:** files|**Frame:** two-days|**Optimization Metric:** sharpe_ratio|'
ok "... judges the best" grep -Eq '^## Verdict: (likely luck|inconclusive|worth paper trading)$' out
ok "... says when it is done" says err 'Walker comparison finished'
ok "... and nothing of costs, which are equal" sh -c '! grep -q "Unequal Costs" out'
sed '1i require("btk").set_config { CC_PERCENT_FEE = 0 }' b.lua >free.lua
ok "unequal fees" ends 0 walker a.lua free.lua --symbols A
ok "... are warned of" says err 'the strategies paid different fees'
ok "... and listed" grep -q 'saw@free.* paid a fee of 0% and' out
ok "--save" ends 0 walker a.lua b.lua --symbols A --save md --output ranks --out there
ok "... writes a file" test -s there/ranks.md -a ! -s out
ok "... and names it" says err 'Saved: there/ranks.md'
ok "--save markdown" ends 0 walker a.lua b.lua --symbols A --save markdown --output words --out there
ok "... is the same" same there/ranks.md there/words.md
ok "--save and --json" ends 0 walker a.lua b.lua --symbols A --json --save md --output both --out there
ok "... a document on stdout" sh -c 'head -c 1 out | grep -q "{"'
ok "... and the report in the file" test "$(head -n 1 there/both.md)" = '# Walker Comparison Report: walker'
ok "report lists it" ends 0 report --out there
ok "... by its name" says out 'walker          ranks'
ok "report prints it again" ends 0 report walker --out there
ok "... as it is stored" test "$(head -n 1 out)" = '# Walker Comparison Report: walker'

strategy wrong.lua 'return { position = "long", price_take_profit = price * 0.9, price_stop_loss = price * 0.8, minute_estimated_time = 60 }'
ok "a strategy whose signals break a rule" ends 0 walker a.lua wrong.lua c.lua --symbols A
ok "... is explained, with the reason" grep -Eq '^\* \*\*saw@wrong\*\* refused: [0-9]+ signals that broke a rule; first 2024-01-01 .*price_take_profit' out
ok "... one that never gave any, too" grep -Eq '^\* \*\*idle\*\* get_signal was asked [0-9]+ times and gave none$' out
ok "... and nothing else" test "$(grep -c '^\* \*\*' out)" -eq 2
ok "... in the document as well" ends 0 walker a.lua wrong.lua --symbols A,B --json
ok "... with count and reason, of each symbol and of both" test "$(grep -Eo '"strategy_name":"saw@wrong"[^}]*"refused":\{"count":[0-9]+' out | wc -l)" -eq 3

ok "a metric that is none" refuses 'there is no metric "sharp_ratio" (did you mean "sharpe_ratio"?)' walker a.lua --metric sharp_ratio
ok "no file" refuses 'btkhost walker: script file is required' walker
printf 'local btk = require "btk"\n' >empty.lua
ok "nothing registered" refuses 'Strategy not specified: empty.lua registers none; call btk.add_strategy{...} in it' walker empty.lua
ok "no exchange" refuses 'Exchange not specified: c.lua registers none; call btk.add_exchange{...} in it' walker c.lua
strategy bad.lua 'error("oops")'
ok "a script error is told" ends 1 walker a.lua bad.lua --symbols A
ok "... with its line" says err 'bad.lua:'
ok "... and the others are compared" grep -q 'saw@a' out

cat a.lua - >queue.lua <<'END'
btk.add_strategy { strategy_name = "idle", get_signal = function() end }
btk.add_strategy { strategy_name = "more", get_signal = function() end }
btk.add_walker { walker_name = "w", exchange_name = "files", frame_name = "two-days", strategies = { "saw", "idle", "more" },
  metric = "total_pnl", callbacks = { on_strategy_start = function(name) print("start " .. name) end } }
btk.listen_walker(function(event)
  print("tested " .. event.strategy_name)
  if event.strategy_name == "idle" then btk.walker.stop(event.symbol, { walker_name = "w" }) end
end)
btk.listen_done_walker(function(event)
  print("done " .. event.strategy_name .. " " .. btk.walker.get_data("A", { walker_name = "w" }).best_strategy)
  print(btk.walker.dump("A", { walker_name = "w" }))
end)
btk.walker.background("A", { walker_name = "w" })
END
ok "a script may queue a walk" ends 0 run queue.lua --json --no-report --threads 2
cp out two.json
ok "... hears of it in order, until it stops it" test "$(grep -v '^\[' err | grep -E '^(start|tested|done)' | tr '\n' ' ')" = \
  'start saw tested saw start idle tested idle done w saw '
ok "... and may dump its report" test -s dump/walker/w_A.md
ok "on one thread" ends 0 run queue.lua --json --no-report --threads 1
ok "... it is the same" same two.json out

cat a.lua - >chosen.lua <<'END'
btk.set_columns { walker_strategy_columns = { "strategy", { key = "n", label = "N", format = function(row) return row.stats.total_signals end } } }
END
ok "a file's columns" ends 0 walker chosen.lua b.lua --symbols A --no-prove
ok "... are those of the comparison" grep -q '^| Strategy | N |$' out
sed 's/return row.stats.total_signals/error("no count")/' chosen.lua >failing.lua
ok "a column that fails" ends 1 walker failing.lua b.lua --symbols A,B --no-prove
ok "... is told once" test "$(grep -c 'no count' err)" -eq 1

strategy hang.lua 'print("hanging") while true do end'
"$program" walker a.lua hang.lua --symbols A --threads 1 --json --save md --output mine --set CC_MAX_SIGNAL_GENERATION_SECONDS=100000 >out 2>err </dev/null &
tries=0
until grep -q hanging err || [ "$tries" -ge 600 ]; do tries=$((tries + 1)); sleep 0.1; done
kill -INT $!
code=0
wait $! || code=$?
ok "an interrupted comparison ends with 130" test "$code" -eq 130
ok "... and reports what was finished" grep -q '"strategies_tested":1,"best_strategy":"saw@a"' out
ok "... says that it was stopped" says out '"stopped":true,'
ok "... also in the file, whose name does not stand for the whole comparison" says dump/mine_stopped.md \
  '**Stopped early:** interrupted when 1 of 2 strategies had been tested.'
ok "... under the report's title" test "$(head -n 1 dump/mine_stopped.md)" = '# Walker Comparison Report: walker'
verdict

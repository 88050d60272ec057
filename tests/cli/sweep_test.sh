#!/bin/sh
# `btkhost sweep`: parameters of a strategy and trade ideas; ranking, ledger, resuming, threads, exit codes; --param of run.
# Usage: sweep_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
for symbol in A B; do candles $symbol.csv; done
candles B.csv 0.2

# saw FILE PARAMS BODY: like strategy(), with params.
saw() {
  cat >"$1" <<END
local btk = require "btk"
btk.add_exchange { exchange_name = "files", driver = "csv", path = "{symbol}.csv" }
btk.add_frame { frame_name = "two-days", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-02" }
btk.add_strategy { strategy_name = "saw", interval = "5m", params = { $2 }, get_signal = function(symbol, when, price)
$3
end }
END
}
saw saw.lua 'phase = { 0, 230, step = 10 }, life = { 30, 60, 90, 120 }, side = { "long", "short" }' '
  local p = btk.params
  if when / 60000 % 240 ~= p.phase then return nil end
  local way = p.side == "long" and 1 or -1
  return { position = p.side, price_take_profit = price * (1 + way * 0.03), price_stop_loss = price * (1 - way * 0.03),
           minute_estimated_time = p.life }'

# --- run --param ---
ok "run takes the first values" ends 0 run saw.lua --symbols A --json --no-report
cp out first.json
ok "... which are those that --param sets" ends 0 run saw.lua --symbols A --json --no-report --param phase=0 --param life=30 --param side=long
ok "... the same" same first.json out
ok "other values are another run" ends 0 run saw.lua --symbols A --json --no-report --param side=short
ok "... indeed" differ first.json out
ok "a parameter that is none" refuses "declares no such parameter (did you mean 'phase'?)" run saw.lua --symbols A --param phas=3
ok "a choice that is none" refuses "--param side=up: strategy 'saw' wants one of long, short" run saw.lua --symbols A --param side=up
ok "no value" refuses '--param fast: write it as NAME=VALUE' run saw.lua --param fast

# --- grid ---
ok "a grid on one thread" ends 0 sweep --params saw.lua --symbols A,B --metric total_pnl --jobs 1 --json --ledger one.sqlite
cp out one.json
ok "... tries every point" grep -q '"points":192,"wanted":192,"trials":192,"failed":0' one.json
ok "... says so" says err 'Sweep finished: 192 trials made'
ok "on two threads" ends 0 sweep --params saw.lua --symbols A,B --metric total_pnl --jobs 2 --json --ledger two.sqlite
ok "... the document is the same to the byte" same one.json out
ok "the best of them" test "$(sed 's/.*"best":{"rank":1,"params":\({[^}]*}\).*/\1/' one.json)" = '{"life":60,"phase":20,"side":"long"}'
ok "... has the run hash of a run with its parameters" ends 0 run saw.lua --symbols A,B --json --no-report --param life=60 --param phase=20 --param side=long
hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)
ok "... to the digit" grep -q "\"best\":{\"rank\":1,[^{]*{[^}]*}[^}]*\"run_hash\":\"$hash\"" one.json
ok "a surface for every pair of parameters" test "$(grep -o '"x":"[a-z]*","y":"[a-z]*"' one.json | tr '\n' ' ')" = \
  '"x":"life","y":"phase" "x":"life","y":"side" "x":"phase","y":"side" '

saw wrong.lua 'far = { 0.9, 1.01 }' 'return { position = "long", price_take_profit = price * btk.params.far, price_stop_loss = price * 0.8, minute_estimated_time = 60 }'
ok "a point whose signals break a rule" ends 0 sweep --params wrong.lua --symbols A,B --metric total_pnl --ledger wrong.sqlite
ok "... is explained, with the reason" grep -Eq '^\* refused in 1 of 2 trials; with far=0.9: [0-9]+ signals that broke a rule; first 2024-01-01 .*price_take_profit' out
cp out wrong.md
ok "... from the ledger, too" ends 0 sweep --params wrong.lua --symbols A,B --metric total_pnl --ledger wrong.sqlite
ok "... in the same words" same wrong.md out
ok "... and in the document" ends 0 sweep --params wrong.lua --symbols A,B --metric total_pnl --ledger wrong.sqlite --json
ok "... point by point" test "$(grep -Eo '"refused":(null|\{"count":[0-9]+,"first_at":[0-9]+,"first":"[^"]+"\}),"rejected":null' out | wc -l)" -eq 3

ok "once more" ends 0 sweep --params saw.lua --symbols A,B --metric total_pnl --json --ledger one.sqlite
ok "... nothing is tried again" says err '192 of 192 trials were in the ledger one.sqlite already and were not made again'
ok "... the document is the same" same one.json out
ok "by another metric" ends 0 sweep --params saw.lua --symbols A,B --metric win_rate --ledger one.sqlite
ok "... nothing is tried again" says err 'Sweep finished: 0 trials made'
ok "... the report" test "$(head -n 3 out | tr '\n' '|')" = '# Parameter Sweep Report: saw||**Symbols:** A, B|'
ok "... ranks twenty" test "$(grep -c '^| [0-9]' out)" -eq 20
ok "... has the verdict over the best" grep -q '^## Verdict: ' out
ok "... and the proof of its runs" test "$(grep -c '^## Proof Against Look-Ahead' out)" -eq 1
ok "... which hold" grep -q 'no decision saw the future' out
ok "a walk-forward" ends 0 sweep --params saw.lua --symbols A,B --metric total_pnl --json --ledger one.sqlite --walk-forward anchored --folds 3 --embargo 1
ok "... of three tests, with its embargo" grep -q '"walk_forward":{"kind":"anchored","embargo[a-z_]*":3600000,' out
ok "... counts every trial" grep -q '"trials":192,"independent' out
ok "... of a kind that is none" refuses '--walk-forward sideways: there are rolling and anchored' sweep --params saw.lua --walk-forward sideways
ok "folds without it" refuses '--folds and --embargo belong to --walk-forward' sweep --params saw.lua --folds 3
ok "other candles are other trials" ends 0 sweep --params saw.lua --symbols A --from 2024-01-02 --metric total_pnl --search random --trials 3 --ledger one.sqlite
ok "... made" says err 'Sweep finished: 3 trials made'
candles A.csv 0.1
ok "... and again with changed candles" ends 0 sweep --params saw.lua --symbols A --from 2024-01-02 --metric total_pnl --search random --trials 3 --ledger one.sqlite
ok "... made again" says err 'Sweep finished: 3 trials made'
candles A.csv
echo '-- edited' >>saw.lua
ok "an edited script" ends 0 sweep --params saw.lua --symbols A --from 2024-01-02 --metric total_pnl --search random --trials 3 --ledger one.sqlite
ok "... is tried again" says err 'Sweep finished: 3 trials made'

# --- random, tpe ---
for search in random tpe; do
  ok "$search on one thread" ends 0 sweep --params saw.lua --symbols A --search $search --trials 40 --seed 5 --metric total_pnl --jobs 1 --json --ledger $search.1
  cp out $search.json
  ok "... tries 40 points" grep -q '"trials":40,' out
  ok "$search on two threads" ends 0 sweep --params saw.lua --symbols A --search $search --trials 40 --seed 5 --metric total_pnl --jobs 2 --json --ledger $search.2
  ok "... the document is the same to the byte" same $search.json out
done
ok "another seed" ends 0 sweep --params saw.lua --symbols A --search random --trials 40 --seed 6 --metric total_pnl --json --ledger random.1
ok "... tries other points" differ random.json out

# --- killed and resumed ---
# Trials that take a while, so that the kill comes between the first and the last.
saw slow.lua 'a = { 1, 40, step = 1 }' '
  local sum = 0
  for i = 1, 4000 do sum = sum + math.sin(i) end
  if when / 60000 % 240 == 5 * btk.params.a % 240 then return nil, sum end'
count() { sed 's/^Sweep finished: \([0-9]*\) trials made$/\1/;t;d' err; }
kill_after() {  # SIGNAL: ends a sweep when its ledger has some trials
  "$program" sweep --params slow.lua --symbols A --jobs 2 --json --ledger killed.sqlite >out 2>err </dev/null &
  tries=0
  until [ "$(cat killed.sqlite-wal 2>/dev/null | wc -c)" -gt 60000 ] || [ "$tries" -ge 600 ]; do tries=$((tries + 1)); sleep 0.05; done
  kill -"$1" $! 2>/dev/null
  code=0
  wait $! || code=$?
}
kill_after KILL
ok "a sweep was killed" test "$code" -eq 137
ok "it goes on" ends 0 sweep --params slow.lua --symbols A --jobs 2 --json --ledger killed.sqlite
cp out resumed.json
ok "... making fewer than all" test "$(count)" -lt 40
ok "an uninterrupted sweep" ends 0 sweep --params slow.lua --symbols A --jobs 1 --json --ledger whole.sqlite
ok "... comes to the same" same resumed.json out
ok "... and was not stopped" says out '"stopped":false'
rm -f killed.sqlite*
kill_after INT
ok "an interrupted sweep ends with 130" test "$code" -eq 130
ok "... and reports what was done" grep -q '"wanted":40,"trials":[1-9]' out
ok "... that it was stopped" says out '"stopped":true'
ok "... and what is not" test "$(sed 's/.*"wanted":40,"trials":\([0-9]*\),.*/\1/' out)" -lt 40

# --- what is wrong is said ---
saw fixed.lua 'a = 1' 'return nil'
ok "nothing to vary" refuses "strategy 'saw' has nothing to vary" sweep --params fixed.lua --symbols A
saw wrong.lua 'a = { 5, 1, step = 1 }' 'return nil'
ok "a range that ends before it begins" refuses "'a' ends (1) before it begins (5)" sweep --params wrong.lua --symbols A
saw huge.lua 'a = { 1, 5000, step = 1 }, b = { 1, 5000, step = 1 }' 'return nil'
ok "a grid that never ends" refuses 'the grid has 25000000 points; use --search tpe or random' sweep --params huge.lua --symbols A
ok "an unknown search" refuses 'there is no search "rnadom" (did you mean "random"?)' sweep --params saw.lua --search rnadom
ok "an unknown metric" refuses 'there is no metric "sharp_ratio" (did you mean "sharpe_ratio"?)' sweep --params saw.lua --metric sharp_ratio
ok "--trials of a grid" refuses 'a grid tries every point' sweep --params saw.lua --trials 5
ok "no file" refuses 'script file is required' sweep --params
ok "neither" refuses 'give a file of ideas (ideas.jsonl), or --params strategy.lua' sweep
echo 'no database at all, whatever its name says it would be' >text.sqlite
ok "a ledger that is none is named" refuses 'ledger text.sqlite is damaged or no SQLite file' sweep --params saw.lua --symbols A --ledger text.sqlite
saw bad.lua 'a = { 1, 4, step = 1 }' 'if btk.params.a > 2 then error("oops") end'
ok "script errors are counted" ends 1 sweep --params bad.lua --symbols A --json --ledger bad.sqlite
ok "... each once" says err '2 of 4 trials: bad.lua:5: oops (first: a=3)'
ok "... in the document, too" grep -q '"errors":\[{"message":"bad.lua:5: oops","trials":2,"params":{"a":3}}\]' out
ok "... also when they come from the ledger" ends 1 sweep --params bad.lua --symbols A --json --ledger bad.sqlite

# --- the page ---
# A page that is only its data, so that npm is not needed here.
with_page=$program
cp "$program" ./alone
program=$PWD/alone
saw pair.lua 'phase = { 0, 60, step = 10 }, side = { "long", "short" }' '
  if when / 60000 % 240 ~= btk.params.phase then return nil end
  local way = btk.params.side == "long" and 1 or -1
  return { position = btk.params.side, price_take_profit = price * (1 + way * 0.03), price_stop_loss = price * (1 - way * 0.03), minute_estimated_time = 60 }'
rm -f report_page.html
ok "without its page --report html says what to install" refuses './start page' sweep --params pair.lua --symbols A --report html
printf '{"place":"of the report"}' >report_page.html
ok "a sweep with a page" ends 0 sweep --params pair.lua --symbols A --metric total_pnl --ledger page.sqlite --json --report html
page=dump/html/sweep_A_saw_files_two-days_backtest.html
ok "... says where it is" says err "Saved: $page"
best=$(sed 's/.*"best":{"rank":1,"params":{"phase":\([0-9.]*\),"side":"\([a-z]*\)"}.*/phase=\1 side=\2/; s/\.0 / /' out)
ok "... it names the best of --json" says $page "\"best\":\"$best\""
ok "... has every trial" test "$(sed 's/.*"rows":\[\(.*\)\]}}*$/\1/; s/],\[/\n/g' $page | grep -c .)" -eq 14
ok "... the candles of the best point" grep -q '"series":\[{"symbol":"A"' $page
ok "... the verdict over all of them" grep -q "\"verdict\":{\"word\":\"$(sed 's/.*"verdict":"\([a-z ]*\)".*/\1/' out)\"" $page
ok "... and the proof" grep -q '"proofs":\[{"symbol":"A"' $page
cp $page first.html
ok "all of it from the ledger" ends 0 sweep --params pair.lua --symbols A --metric total_pnl --ledger page.sqlite --json --report html --jobs 1
ok "... the same page" same first.html $page
ok "another report is refused" refuses '--report pdf: a sweep has html' sweep --params pair.lua --report pdf
program=$with_page

# --- a script whose decisions come from beside it ---
saw beside.lua 'life = { 30, 60 }' '
  if when / 60000 % 240 ~= tonumber(io.open("beside.txt"):read("*a")) then return nil end
  return { position = "long", price_take_profit = price * 1.03, price_stop_loss = price * 0.97, minute_estimated_time = btk.params.life }'
echo 0 >beside.txt
ok "a sweep of a script that reads a file" ends 0 sweep --params beside.lua --unsafe --symbols A --ledger beside.sqlite --metric total_pnl --no-prove
echo 60 >beside.txt
ok "... which has changed since" ends 0 sweep --params beside.lua --unsafe --symbols A --ledger beside.sqlite --metric total_pnl
ok "... is not proven: its best point is not what the ledger has" says out 'not proven: made again, the best point decided otherwise'
ok "... and says what to do" says err 'give another --ledger'

# --- ideas ---
cat >ideas.jsonl <<'END'
{"id": 1, "ts": 1704070800000, "symbol": "A", "direction": "LONG", "author": "ann"}
{"id": 2, "ts": 1704078000000, "symbol": "A", "direction": "SHORT", "author": "bob"}

{"id": 3, "ts": 1704081600000, "symbol": "B", "direction": "LONG", "author": "ann"}
{"id": 4, "ts": 1704085200000, "symbol": "A", "direction": "NEUTRAL", "author": "bob"}
END
echo '{"gridAxes": {"holdMinutes": [60, 240], "hardStopPercent": [1, 3], "trailingTakePercent": [0.5], "profitLockPercent": [0, 1]}, "reportOrder": "pnl"}' >grid.json
ok "ideas have no page" refuses '--report belongs to --params' sweep ideas.jsonl pair.lua --report html
ok "... and no period of their own" refuses '--from belongs to --params' sweep ideas.jsonl saw.lua --from 2024-01-01
ok "... nor strategies" refuses '--strategy belongs to --params' sweep ideas.jsonl saw.lua --strategy saw
ok "a name for no file" refuses '--output names a file that is not written' sweep ideas.jsonl saw.lua --output x
ok "ideas" ends 0 sweep ideas.jsonl grid.json saw.lua
ok "... of every symbol" test "$(grep '^# ' out | tr '\n' ' ')" = '# Sweep Report: A # Sweep Report: B '
ok "... against the grid" says out ' of 8 ('
ok "one symbol as JSON" ends 0 sweep ideas.jsonl grid.json saw.lua --symbols A --json --jobs 1
cp out ideas.json
ok "... counts its ideas" grep -q '"symbol":"A","ideas_total":3,"ideas_directional":2' out
ok "... on two threads" ends 0 sweep ideas.jsonl grid.json saw.lua --symbols A --json --jobs 2
ok "... the same" same ideas.json out
cat >hook.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "files", get_candles = function(symbol, interval, since, limit)
  local out = {}
  for i = 0, limit - 1 do
    local minute = (since - 1704067200000) / 60000 + i
    if minute >= 0 and minute < 2880 then
      local wave = minute % 240; if wave > 120 then wave = 240 - wave end
      local first = tonumber(("%.4f"):format(100 + wave / 20))
      out[#out + 1] = { timestamp = since + i * 60000, open = first, high = tonumber(("%.4f"):format(first + 0.3)),
                        low = tonumber(("%.4f"):format(first - 0.3)), close = tonumber(("%.4f"):format(first + 0.02)), volume = 10 + minute % 7 }
    end
  end
  return out
end }
END
ok "candles of a script's own function" ends 0 sweep ideas.jsonl grid.json hook.lua --symbols A --json
ok "... give the same" same ideas.json out
ok "no exchange" refuses 'give a script that registers the exchange' sweep ideas.jsonl
ok "no ideas of a symbol" refuses 'ideas.jsonl: there are no ideas of C' sweep ideas.jsonl saw.lua --symbols C
echo '{"gridAxis": {}}' >grid.json
ok "an unknown field" refuses 'grid.json: unknown field "gridAxis" (did you mean "gridAxes"?); expected' sweep ideas.jsonl grid.json saw.lua
echo '{"gridAxes": {"holdMinutes": [1e999]}}' >grid.json
ok "a number that is too large" refuses 'grid.json: this holds a number that is too large: 1e999; expected' sweep ideas.jsonl grid.json saw.lua
brackets() { head -c 200000 /dev/zero | tr '\0' "$1"; }
{ printf '{"id": '; brackets '['; brackets ']'; echo '}'; } >deep.jsonl
ok "ideas of brackets in brackets" refuses 'deep.jsonl:1: this is nested deeper than 200 levels; expected' sweep deep.jsonl saw.lua
{ printf '{"gridAxes": {"holdMinutes": '; brackets '['; brackets ']'; echo '}}'; } >grid.json
ok "a grid of them" refuses 'grid.json: this is nested deeper than 200 levels; expected' sweep ideas.jsonl grid.json saw.lua
echo 'buy' >grid.json
ok "no JSON" refuses 'grid.json: this is not valid JSON: parse error at line 1, column 1' sweep ideas.jsonl grid.json saw.lua
echo '{"id": 5, "ts": 1704085200000, "symbol": "A", "direction": "UP", "author": "bob"}' >>ideas.jsonl
ok "a direction that is none" refuses 'ideas.jsonl:6: "direction" must be LONG, SHORT or NEUTRAL, got "UP"; expected {"id": number' sweep ideas.jsonl saw.lua
verdict

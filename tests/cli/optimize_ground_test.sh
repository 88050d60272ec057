#!/bin/sh
# `btkhost optimize`: what strategies are tried on (exchange, settings, ledger) is what was asked for, what the files say and what
# `btkhost run` of them gives again.
# Usage: optimize_ground_test.sh PROGRAM VERSION LLM_SERVER
. "$(dirname -- "$0")/llm_harness.sh"

# optimizer FILE LINE...: a small one with two exchanges; the lines come first.
optimizer() {
  file=$1
  shift
  {
    echo 'local btk = require "btk"'
    for line; do printf '%s\n' "$line"; done
    cat <<'END'
btk.add_exchange { exchange_name = "a", driver = "synthetic", seed = 11, volatility = 0.002 }
btk.add_exchange { exchange_name = "b", driver = "synthetic", seed = 99, volatility = 0.004 }
btk.add_optimizer {
  optimizer_name = "opt",
  range_train = { { note = "first", start_date = "2022-01-01", end_date = "2022-01-03" } },
  range_test = { start_date = "2022-03-01", end_date = "2022-03-03" },
  source = { btk.optimizer.sources.indicators { term = "short" } },
  get_prompt = function(symbol, messages) return btk.llm.text(messages) end,
}
END
  } >"$file"
}
try() {
  file=$1
  folder=$2
  shift 2
  ends 0 optimize "$file" --symbols BTCUSDT --llm-url "$url" --out "$folder" --control 0 --no-prove "$@"
}
# Of the last `run --json`.
run_hash() { sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out; }
as_tried() { hash=$(run_hash) && test ${#hash} -eq 64 && grep -q "$hash" "$1/opt_BTCUSDT/manifest.json"; }
serve

optimizer two.lua
ok "the exchange that is asked for" try two.lua first --no-ledger --exchange a
ok "... or the other" try two.lua other --no-ledger --exchange b --metric win_rate --min-trades 1 --promote other/winner.lua
ok "... is what the model is shown" differ first/opt_BTCUSDT/strategy-1.lua other/opt_BTCUSDT/strategy-1.lua
ok "... what the manifest has" grep -q '"seed": 99' other/opt_BTCUSDT/manifest.json
ok "... the entry" sh -c 'grep -q "seed = 99" other/opt_BTCUSDT.lua && ! grep -q "seed = 11" other/opt_BTCUSDT.lua'
ok "... and the promoted strategy" grep -q 'seed = 99' other/winner.lua
ok "... which runs as it was tried" ends 0 run other/winner.lua --json --no-report
ok "... on that exchange" as_tried other

# Settings are the script's (btk.set_config), the environment's or the command line's, which wins.
optimizer cheap.lua 'btk.set_config { CC_PERCENT_FEE = 0.3, CC_PERCENT_SLIPPAGE = 0, CC_MIN_TAKEPROFIT_DISTANCE_PERCENT = 0.7 }'
ok "the usual settings" try two.lua usual --metric win_rate --no-ledger
ok "... are not written down" sh -c '! grep -rq set_config usual'
ok "settings of the script" try cheap.lua own --metric win_rate --min-trades 1 --promote own/winner.lua --no-ledger --set CC_PERCENT_SLIPPAGE=0.05
ok "... are what strategies are tried under" sh -c 'grep -o "\"total_pnl\": [^,]*" "$1" >a && grep -o "\"total_pnl\": [^,]*" "$2" >b && ! cmp -s a b' - usual/opt_BTCUSDT/manifest.json own/opt_BTCUSDT/manifest.json
ok "... are in the manifest" grep -q '"CC_PERCENT_FEE": "0.3"' own/opt_BTCUSDT/manifest.json
ok "... with those of the command line, which win" grep -q '"CC_PERCENT_SLIPPAGE": "0.05"' own/opt_BTCUSDT/manifest.json
ok "the strategy alone" ends 0 run own/opt_BTCUSDT/strategy-1.lua --json --no-report
ok "... runs as it was tried" as_tried own
ok "... to the cent" sh -c 'pnl=$(sed "s/.*\"total_pnl\":\([-0-9.]*\).*/\1/" out | cut -c1-8) && grep -q "\"total_pnl\": $pnl" own/opt_BTCUSDT/manifest.json'
ok "the entry" ends 0 run own/opt_BTCUSDT.lua --json --no-report
ok "... runs as it was tried" sh -c 'hash=$(sed -n "s/.*\"run_hash\": \"\([0-9a-f]*\)\".*/\1/p" own/opt_BTCUSDT/manifest.json | head -n 1) && grep -q "$hash" out'
ok "the promoted strategy" ends 0 run own/winner.lua --json --no-report
ok "... runs as it was tried" as_tried own
ok "... unless the user wants other settings" ends 0 run own/winner.lua --json --no-report --set CC_PERCENT_FEE=0.1
optimizer loose.lua 'btk.set_config({ CC_PERCENT_FEE = 0.4 }, true)'
ok "settings that break the rules" refuses 'only under settings that keep the rules' optimize loose.lua --symbols BTCUSDT --llm-url "$url"

# A model decides sides, prices and minutes; leverage and stakes are the user's.
optimizer greedy.lua
sed -i 's/btk.llm.text(messages) end/"MOOD:greedy" end/' greedy.lua
ok "a model that wants leverage and a large stake" try greedy.lua greedy --metric total_signals --no-ledger
ok "its strategy" ends 0 run greedy/opt_BTCUSDT/strategy-1.lua --json --no-report
ok "... trades" says out '"note":"greedy"'
ok "... without them" sh -c '! grep -q "\"multiplier\":20\|\"cost\":1000000\|\"isolated\":false\|\"id\":\"mine\"" out'

# What looks back further than the candles that are loaded at first gets them, as in `run`.
optimizer patient.lua
sed -i 's/btk.llm.text(messages) end/"MOOD:patient" end/' patient.lua
ok "a strategy that looks back 100 days" ends 0 optimize patient.lua --symbols BTCUSDT --llm-url "$url" --out patient --control 1 --eval-train --metric total_signals --no-ledger
ok "... does not see the future" grep -q '"result": "holds"' patient/opt_BTCUSDT/manifest.json
ok "... as a file" ends 0 run patient/opt_BTCUSDT/strategy-1.lua --json --no-report
ok "... sees them all" says out '"note":"100 days"'
ok "... runs as it was tried" as_tried patient

# Every try counts, however the files are ordered.
echo '-- nothing of its own' >beside.lua
ok "an optimizer beside another file" ends 0 optimize two.lua beside.lua --symbols BTCUSDT --llm-url "$url" --out order --control 0 --no-prove --ledger order.sqlite
ok "... and behind it, with another strategy" ends 0 optimize beside.lua two.lua --symbols BTCUSDT --llm-url "$url" --out order --control 0 --no-prove --ledger order.sqlite --exchange b
ok "... counts both" says out '**Trials:** 2 '

# What is missing is told before the model is asked; what is short, with the result.
candles BTCUSDT.csv
sed 's/btk.add_exchange.*/btk.add_exchange { exchange_name = "files", driver = "csv", path = "{symbol}.csv" }/; s/"2022-01-01"/"2024-01-01"/; s/"2022-01-03"/"2024-01-01"/
     s/"2022-03-01"/"2024-01-02"/; s/"2022-03-03"/"2024-01-09"/; s/btk.llm.text(messages) end/"MOOD:greedy" end/' two.lua | awk '!/driver = "csv"/ || !n++' >short.lua
ok "candles that end before the test range does" try short.lua short --no-ledger --metric total_signals
ok "... are told" says err 'the candles end at 2024-01-02 23:59'
ok "... in the report, too" grep -q 'Warning:.* the candles end at 2024-01-02 23:59.*, before the test range does' short/opt_BTCUSDT.md
ok "... and in the manifest" grep -q '"lacking": "the candles end' short/opt_BTCUSDT/manifest.json
nobody=http://127.0.0.1:9
sed 's/"2024-01-02"/"2025-01-02"/; s/"2024-01-09"/"2025-01-09"/' short.lua >none.lua
ok "a test range without candles is refused before the model is asked" refuses 'BTCUSDT: there are no candles of the test range' optimize none.lua --symbols BTCUSDT --llm-url $nobody
sed 's/"2024-01-01"/"2023-01-01"/g' short.lua >none.lua
ok "... a training range, too" refuses 'BTCUSDT: there are no candles of range_train[1]' optimize none.lua --symbols BTCUSDT --llm-url $nobody
ok "... and a symbol without any" refuses 'ETHUSDT' optimize short.lua --symbols BTCUSDT,ETHUSDT --llm-url $nobody
echo 'no database' >broken.sqlite
ok "... a ledger that is none" refuses '--ledger: ' optimize two.lua --symbols BTCUSDT --llm-url $nobody --ledger broken.sqlite
ok "... and a store that is a file" refuses '--llm-store' optimize two.lua --symbols BTCUSDT --llm-url $nobody --llm-store broken.sqlite

ok "openai needs a model, which is told before anything is done" refuses 'the openai protocol has no usual model' optimize two.lua --symbols BTCUSDT --llm openai --llm-url $nobody
ok "an address of another protocol is refused" refuses '--llm-url ftp://x: give an address that begins with http://' optimize two.lua --symbols BTCUSDT --llm-url ftp://x
ok "a metric that is a word is not proposed instead of itself" sh -c '"$0" optimize two.lua --metric trend 2>err; test $? -eq 2 && ! grep -q "did you mean \"trend\"" err' "$program"
ok "what the model may remember" try two.lua memory --no-ledger --json --model-cutoff 2024-01-01
ok "... is doubted with a document, too" says err 'warning: the model may remember markets up to 2024-01-01'
ok "one strategy is one" says err '1 strategy was tried'
ok "a plan" ends 0 optimize two.lua --symbols BTCUSDT --dry-run
bytes=$(sed -n 's/.* \([0-9]*\) bytes, about.*/\1/p' out)
system=$(sed -n 's/.*instructions of \([0-9]*\) bytes.*/\1/p' out)
ok "... reckons with the instructions" test "$system" -gt 2000
ok "... in the tokens, too" says out "about $(((bytes + system) / 4)) to $((3 * (bytes + system) / 4)) tokens of prompt"
stop_server
verdict

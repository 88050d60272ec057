#!/bin/sh
# `btkhost optimize` against a language-model server on loopback: files, ranking, replay without a server, promotion,
# broken and hostile models, secrets.
# Usage: optimize_test.sh PROGRAM VERSION LLM_SERVER
. "$(dirname -- "$0")/harness.sh"
llm_server=$3
unset OLLAMA_HOST OLLAMA_API_KEY CC_LLM_API CC_LLM_URL CC_LLM_MODEL CC_LLM_KEY CC_ENABLE_THINKING CC_LLM_REPLAY CC_LLM_STORE

serve() {
  : >server.out
  "$llm_server" >>server.out 2>&1 &
  server=$!
  tries=0
  until grep -q listening server.out || [ "$tries" -ge 300 ]; do tries=$((tries + 1)); sleep 0.1; done
  url=$(sed -n 's/^listening on //p' server.out)
}
stop_server() { kill "$server" && wait "$server" 2>/dev/null; }
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

# optimizer FILE TEXT_OF_RANGE_1 TEXT_OF_RANGE_2: two training ranges; the texts steer the scripted model.
optimizer() {
  cat >"$1" <<END
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 11, volatility = 0.002 }
local texts, n = { "$2", "$3" }, 0
btk.add_optimizer {
  optimizer_name = "opt",
  range_train = { { note = "first", start_date = "2022-01-01", end_date = "2022-01-07" }, { note = "second", start_date = "2022-02-01", end_date = "2022-02-07" } },
  range_test = { start_date = "2022-03-01", end_date = "2022-03-14" },
  source = { btk.optimizer.sources.indicators { term = "short" } },
  get_prompt = function(symbol, messages)
    n = n + 1
    return btk.llm.text(messages) .. texts[n]
  end,
}
END
}

optimizer sound.lua "" ""
serve
export OLLAMA_API_KEY=sk-first-key,sk-second-key
ok "strategies are written and tried" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out one --eval-train --control 2
cp out one.txt
for file in opt_BTCUSDT.lua opt_BTCUSDT.md opt_BTCUSDT/strategy-1.lua opt_BTCUSDT/strategy-2.lua opt_BTCUSDT/manifest.json; do
  ok "... $file is there" test -s "one/$file"
done
ok "... the table shows test and training" grep -q 'sharpe_ratio test | sharpe_ratio train' out
ok "... with a verdict" grep -qi 'verdict' out
ok "... and the control" says out 'where there is nothing to find'
ok "... progress is told" says err 'Progress: 50.0% (1/2) opt BTCUSDT'
ok "... calls too" says err 'LLM: 4 calls sent, 0 answers replayed'
ok "again with a fresh store" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out two --eval-train --control 2
ok "... the report is the same" same one.txt out
ok "... and every file" diff -r one two
ok "no key is in any file or stream" sh -c '! grep -rq "first-key\|second-key" one two out err dump'
stop_server
ok "without a server, from the recording" ends 0 optimize sound.lua --symbols BTCUSDT --llm-replay replay --llm-store one/opt_BTCUSDT/replay --out three --eval-train --control 2
ok "... the report is the same" same one.txt out
ok "... and every file but the recording" diff -r -x replay one three
ok "a question that was never asked" ends 1 optimize sound.lua --symbols ETHUSDT --llm-replay replay --llm-store one/opt_BTCUSDT/replay --out four
ok "... is named" says err 'LLM replay miss'
ok "a generated strategy runs alone" ends 0 run one/opt_BTCUSDT/strategy-1.lua --json --no-report
hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)
ok "... over the test range, as it was tried" sh -c 'test ${#1} -eq 64 && grep -q "$1" one/opt_BTCUSDT/manifest.json' - "$hash"
ok "the entry runs as a walk" ends 0 run one/opt_BTCUSDT.lua --no-report
ok "... of both strategies" says err 'walker 2 of 2'

serve
optimizer mixed.lua "MOOD:broken" "MOOD:hopeless"
ok "a model that errs" ends 0 optimize mixed.lua --symbols BTCUSDT --llm-url "$url" --out mixed --control 0
ok "... is corrected" grep -q '"attempts": 2' mixed/opt_BTCUSDT/manifest.json
ok "... and a range without a usable answer is reported" grep -q 'failed: .*no usable answer in 3 attempts' out
optimizer hostile.lua "MOOD:hostile" "MOOD:lookahead"
ok "hostile code and code that looks ahead" ends 1 optimize hostile.lua --symbols BTCUSDT --llm-url "$url" --out hostile --control 0
ok "... give nothing to evaluate" says err 'no strategy could be evaluated'
ok "... and are named" grep -q 'failed: ' out
ok "... nothing of it is left outside" test ! -e /tmp/owned
optimizer cheap.lua "" ""
ok "an advisor that would ask too often" ends 1 optimize cheap.lua --symbols BTCUSDT --llm-url "$url" --kind advisor --out advisor
ok "... is refused with what would fit" says err '--kind rules'
ok "a plan without the model" ends 0 optimize cheap.lua --symbols BTCUSDT --dry-run
ok "... tells the size of every conversation" grep -q 'range 2 (second): 2 messages' out
ok "a masked run" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out masked --anonymize --control 0
ok "... shows the model neither symbol nor date" sh -c '! grep -rqi "btc\|2022-0" masked/opt_BTCUSDT/replay'
ok "a spent budget" ends 1 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out budget --max-llm-calls 1
ok "... ends the run with what was spent" says err 'the LLM budget is spent: 1 calls'
ok "promotion" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out one --control 0 --metric win_rate --min-trades 1 --promote here/winner.lua
if grep -q '^promoted' err; then
  ok "... writes an ordinary strategy" ends 0 run here/winner.lua --no-report
else
  ok "... says why not" says err 'not promoted: '
fi
ok "a winner with too few trades" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out one --control 0 --metric win_rate --min-trades 100000 --promote here/none.lua
ok "... is not promoted" test ! -e here/none.lua
stop_server

printf 'local btk = require "btk"\n' >empty.lua
ok "nothing registered" refuses 'Optimizer not specified' optimize empty.lua
ok "an unknown optimizer" refuses 'not found' optimize sound.lua --optimizer other
ok "no file" refuses 'btkhost optimize: script file is required' optimize
ok "an unknown protocol" refuses 'there is no LLM protocol' optimize sound.lua --llm gemini
verdict

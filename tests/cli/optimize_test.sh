#!/bin/sh
# `btkhost optimize` against a language-model server on loopback: files, ranking, replay without a server, promotion,
# broken and hostile models, secrets.
# Usage: optimize_test.sh PROGRAM VERSION LLM_SERVER
. "$(dirname -- "$0")/llm_harness.sh"

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
ok "... the control" says out 'where there is nothing to find'
ok "... and the proof that the best did not see the future" grep -q '^- .* truncations identical .*: no decision saw the future' out
ok "... which the manifest has, too" grep -q '"result": "holds"' one/opt_BTCUSDT/manifest.json
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
mkdir altered
cp -r one/opt_BTCUSDT altered
sed -i 's/"frame_interval": "1m"/"frame_interval": "7m"/' altered/opt_BTCUSDT/manifest.json
ok "a manifest with an interval that is none" refuses 'manifest.json: frame_interval is no interval' run altered/opt_BTCUSDT/strategy-1.lua --no-report
ok "the entry runs as a walk" ends 0 run one/opt_BTCUSDT.lua --no-report
ok "... of both strategies" says err 'walker 2 of 2'

# Generated files are held, whoever runs them.
mkdir held
cp -r one/opt_BTCUSDT one/opt_BTCUSDT.lua held
printf 'local leak = btk.env("HOME")\n' >>held/opt_BTCUSDT/strategy-1.lua
ok "a strategy of an entry that wants more than it may" ends 2 run held/opt_BTCUSDT.lua --no-report
ok "... is told what it asked for" says err 'a generated file may not use btk.env'
for wish in 'btk.add_exchange { exchange_name = "x", driver = "synthetic" }' 'btk.include "manifest.json"' 'btk.walker.dump("BTCUSDT", {}, "/tmp/owned.md")' \
  'require("btk").add_frame { frame_name = "x", interval = "1m", start_date = "2022-01-01", end_date = "2022-01-02" }'; do
  cp one/opt_BTCUSDT/strategy-1.lua held/opt_BTCUSDT/
  printf '%s\n' "$wish" >>held/opt_BTCUSDT/strategy-1.lua
  ok "... nor may it use what the entry may: $wish" ends 2 run held/opt_BTCUSDT.lua --no-report
  ok "... and is told so" says err 'a generated file may not use btk.'
done
printf 'while true do end\n' >>held/opt_BTCUSDT/strategy-2.lua
ok "one that does not end" ends 2 run held/opt_BTCUSDT/strategy-2.lua --no-report
ok "... is ended" says err 'ran longer than it is allowed'
cp one/opt_BTCUSDT.lua held/
printf 'btk.add_risk { risk_name = "none" }\n' >>held/opt_BTCUSDT.lua
ok "an entry that wants more than an entry may" ends 2 run held/opt_BTCUSDT.lua --no-report
ok "... is told what it asked for" says err 'a generated file may not use btk.add_risk'
ok "walker holds them, too" ends 0 walker one/opt_BTCUSDT/strategy-1.lua one/opt_BTCUSDT/strategy-2.lua --no-prove
ok "check knows one" ends 0 check one/opt_BTCUSDT/strategy-1.lua
ok "paper refuses one" refuses 'is a generated file' paper one/opt_BTCUSDT/strategy-1.lua
printf 'local btk = require "btk"\nbtk.include "one/opt_BTCUSDT/strategy-1.lua"\n' >ordinary.lua
ok "an ordinary script cannot include one" refuses 'is a generated file' run ordinary.lua

serve
optimizer mixed.lua "MOOD:broken" "MOOD:hopeless"
ok "a model that errs" ends 0 optimize mixed.lua --symbols BTCUSDT --llm-url "$url" --out mixed --control 0 --no-prove
ok "... is corrected" grep -q '"attempts": 2' mixed/opt_BTCUSDT/manifest.json
ok "... and a range without a usable answer is reported" grep -q 'failed: .*no usable answer in 3 attempts' out
optimizer hostile.lua "MOOD:hostile" "MOOD:lookahead"
ok "hostile code and code that looks ahead" ends 1 optimize hostile.lua --symbols BTCUSDT --llm-url "$url" --out hostile --control 0
ok "... give nothing to evaluate" says err 'no strategy could be evaluated'
ok "... and are named" grep -q 'failed: ' out
ok "... nothing of it is left outside" test ! -e /tmp/owned
optimizer cheap.lua "" ""
optimizer advisor.lua "" ""
sed -i 's/"2022-03-14"/"2022-03-01"/' advisor.lua
ok "an advisor" ends 0 optimize advisor.lua --symbols BTCUSDT --llm-url "$url" --kind advisor --out asked --max-llm-calls 1000 --metric win_rate --min-trades 1 --promote asked/winner.lua
cp out asked.txt
calls=$(find asked/opt_BTCUSDT/replay -name '*.json' | wc -l)
ok "... asks the model while it is tried" test "$calls" -gt 20
ok "... is proven with the answers it has got" grep -q 'truncations identical .*: no decision saw the future' out
ok "... and asks nothing for the proof" says err "LLM: $calls calls sent"
ok "... nor leaves a question behind" test ! -e asked/opt_BTCUSDT/replay/missing
ok "... is promoted" says err 'promoted '
ok "... with a word of the proof" grep -q '^-- Proof against look-ahead on the test range: .* identical' asked/winner.lua
ok "... a masked one" ends 0 optimize advisor.lua --symbols BTCUSDT --llm-url "$url" --kind advisor --out hidden --max-llm-calls 1000 --metric win_rate --anonymize --no-prove --no-ledger
ok "... tells the model neither symbol nor date" sh -c '! grep -rqi "btc\|2022-0" hidden/opt_BTCUSDT/replay'
ok "... and gets its prices back" grep -q '| [0-9a-f]*_strategy-[12] | [0-9.]* | [1-9][0-9]* |.*| ok |$' out
cat >tables.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 11, volatility = 0.002, start_price = 50 }
btk.add_optimizer {
  optimizer_name = "opt", kind = "advisor", anonymize = true, options = { strategy_interval = "1h" },
  range_train = { { start_date = "2022-01-01", end_date = "2022-01-02" } }, range_test = { start_date = "2022-03-01", end_date = "2022-03-01" },
  source = { function() return {} end }, get_prompt = function() return "buy low" end,
  template = { get_strategy_template = function(name, interval) return ([[
local btk = require "btk"
btk.add_strategy { strategy_name = "%s", interval = "%s", get_signal = function(symbol)
  return btk.llm.signal(btk.context.commit_history(symbol, {}), { symbol = symbol, anonymize = true })
end }
]]):format(name, interval) end },
}
END
ok "an advisor of one's own that shows tables of indicators, masked" ends 0 optimize tables.lua --symbols BTCUSDT --llm-url "$url" --out tables --metric win_rate --no-prove --no-ledger
ok "... without an error" grep -q '| [0-9a-f]*_strategy-1 |.*| ok |$' out
ok "... tells the model neither symbol nor date" sh -c '! grep -rqi "btc\|2022-0" tables/opt_BTCUSDT/replay'
# The last row of a table ends with the close, a price near 1 when it is divided; its second column is an RSI, which is not.
ok "... its prices divided" sh -c 'grep -rqh "| 0\.9[0-9]* |.n.n## Columns\|| 1\.0[0-9]* |.n.n## Columns" tables/opt_BTCUSDT/replay'
ok "... and its RSI as it is" sh -c 'grep -rqhE "\| [-+][0-9d:]+ \| [2-7][0-9]\.[0-9]{4} \|" tables/opt_BTCUSDT/replay'
# A control that was not tried shows nothing.
cp -r asked/opt_BTCUSDT/replay known
ok "a budget that ends in the control" ends 1 optimize advisor.lua --symbols BTCUSDT --llm-url "$url" --llm-store known --kind advisor --out spent --max-llm-calls 5000 --max-llm-tokens 1 --control 2 --metric win_rate --no-prove --no-ledger
ok "... is told" says err 'the LLM budget is spent: '
ok "... and that nothing follows from the control" says out '2 of 2 shuffled markets could not be tried (the LLM budget was spent'
ok "... nothing does" sh -c '! grep -q "gave as much\|needs no skill" out'
ok "... the manifest has it, too" grep -q '"shuffled_markets_untried": 2' spent/opt_BTCUSDT/manifest.json
ok "the questions of a control count before they are asked" ends 1 optimize advisor.lua --symbols BTCUSDT --llm-url "$url" --llm-store known --kind advisor --out spent --max-llm-calls 1000 --control 1
ok "... and are told" says err 'the evaluation may take 1151 LLM calls, more than --max-llm-calls 1000'
ok "... in the plan, too" ends 0 optimize advisor.lua --symbols BTCUSDT --kind advisor --dry-run --control 1 --eval-train
ok "... those of the training ranges among them" says out 'at most 5183 to evaluate (limit 500)'
ok "answers that are not recorded" ends 0 optimize advisor.lua --symbols BTCUSDT --llm-url "$url" --kind advisor --llm-replay off --no-ledger --out off --max-llm-calls 1000 --metric win_rate --min-trades 1 --promote off/winner.lua
ok "... prove nothing" grep -q 'not proven: .*--llm-replay off' out
ok "... and promote nothing" says err 'not promoted: that the best did not see the future could not be proven'
ok "... there is no file" test ! -e off/winner.lua
stop_server
export CC_LLM_REPLAY=replay CC_LLM_STORE="$PWD/asked/opt_BTCUSDT/replay"
ok "the promoted advisor with recorded answers, without a server" ends 0 run asked/winner.lua --json --no-report
unset CC_LLM_REPLAY CC_LLM_STORE
hash=$(sed 's/^{"run_hash":"\([0-9a-f]*\)".*/\1/' out)
ok "... runs as it was tried" sh -c 'test ${#1} -eq 64 && grep -q "$1" asked/opt_BTCUSDT/manifest.json' - "$hash"
ok "the advisors' entry runs from the recording, without a server" ends 0 run asked/opt_BTCUSDT.lua --json --no-report
ok "... as it was tried" grep -q "$hash" out
printf -- '-- my own work\n' >own.lua
promote_over() { ends 0 optimize advisor.lua --symbols BTCUSDT --llm-replay replay --llm-store asked/opt_BTCUSDT/replay --kind advisor --out over --metric win_rate --min-trades 1 --no-prove --promote own.lua; }
ok "promotion over a file of one's own" promote_over
ok "... writes the winner" grep -q '^-- The winner of optimizer' own.lua
ok "... and keeps what was there" grep -q 'my own work' own.edited-1.lua
ok "... which is told" says err 'own.lua was not as a promotion had written it and is kept as own.edited-1.lua'
ok "... a promoted file is replaced" promote_over
ok "... and not kept" test ! -e own.edited-2.lua
cp own.lua promoted.lua
printf -- '-- my stop is wider\n' >>own.lua
ok "... one that was edited since" promote_over
ok "... is replaced, too" same own.lua promoted.lua
ok "... but kept" grep -q 'my stop is wider' own.edited-2.lua
ok "... which is told" says err 'own.lua was not as a promotion had written it and is kept as own.edited-2.lua'
printf -- '\nBought some.\n' >>over/opt_BTCUSDT.md
echo 'what I think' >over/opt_BTCUSDT/strategy-2.lua
ok "a report with remarks, and a file of one's own" promote_over
ok "... are kept" grep -q 'Bought some' over/opt_BTCUSDT.edited-1.md
ok "... both" grep -q 'what I think' over/opt_BTCUSDT/strategy-2.edited-1.lua
ok "... and told" says err "it is kept as opt_BTCUSDT.edited-1.md"
ok "... and nothing else" test "$(find over -name '*edited*' | wc -l)" -eq 2
ok "the optimization, without a server" ends 0 optimize advisor.lua --symbols BTCUSDT --llm-replay replay --llm-store asked/opt_BTCUSDT/replay --kind advisor --out again --metric win_rate
ok "... the report is the same" same asked.txt out
serve

# A script of one's own that asks a model is repeated with what was recorded, and costs nothing.
cat >asks.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 11, volatility = 0.002 }
btk.add_frame { frame_name = "day", interval = "1m", start_date = "2022-03-01", end_date = "2022-03-01" }
btk.add_strategy { strategy_name = "asks", interval = "15m", get_signal = function(symbol, when, price)
  if when / 60000 % 120 ~= 0 then return nil end
  local answer = btk.llm.text({ { role = "user", content = "Is " .. price .. " a good price?" } }, { raw = true })
  btk.llm.dump("asked-" .. when, { { role = "user", content = answer } }, { answer = answer })
  if #answer == 0 then return nil end
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 60 }
end }
END
export CC_LLM_URL="$url"
ok "a script that asks, its answers not recorded" ends 1 run asks.lua --prove --symbols BTCUSDT --no-report --out unrecorded
ok "... is not accused" sh -c '! grep -q "SAW THE FUTURE" out'
ok "... but not proven" says out "not proven: the model's answers are not recorded"
export CC_LLM_REPLAY=auto CC_LLM_STORE="$PWD/asked-store"
ok "... recorded" ends 0 run asks.lua --prove --symbols BTCUSDT --no-report --out recorded
ok "... is proven" says out 'no decision saw the future'
count=$(find asked-store -name '*.json' | wc -l)
ok "... and asked only by the run" test "$count" -ge 8 -a "$count" -le 12
ok "... its conversations are those of the run" test "$(find dump/strategy -mindepth 1 -maxdepth 1 -name "asked-*" | wc -l)" -eq "$count"
find asked-store -name '*.json' | head -n 3 | xargs rm -f
export CC_LLM_URL=http://127.0.0.1:9 CC_LLM_REPLAY=replay
ok "... some answers lost" ends 1 run asks.lua --prove --symbols BTCUSDT --no-report --out lost
ok "... is not accused, either" sh -c '! grep -q "SAW THE FUTURE" out'
ok "... the missing answer is named" says out 'not proven: a question to the model has no recorded answer: LLM replay miss'
unset CC_LLM_URL CC_LLM_REPLAY CC_LLM_STORE
ok "a proof of nothing" refuses 'a proof that cuts nothing proves nothing' optimize sound.lua --symbols BTCUSDT --prove-moments 0 --prove-entries 0 --promote none.lua

ok "an advisor that would ask too often" ends 1 optimize cheap.lua --symbols BTCUSDT --llm-url "$url" --kind advisor --out advisor
ok "... is refused with what would fit" says err '--kind rules'
ok "a plan without the model" ends 0 optimize cheap.lua --symbols BTCUSDT --dry-run
ok "... tells the size of every conversation" grep -q 'range 2 (second): 2 messages' out
ok "a masked run" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out masked --anonymize --control 0 --no-prove
ok "... shows the model neither symbol nor date" sh -c '! grep -rqi "btc\|2022-0" masked/opt_BTCUSDT/replay'
ok "a spent budget" ends 1 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out budget --max-llm-calls 1
ok "... ends the run with what was spent" says err 'the LLM budget is spent: 1 call,'
# One symbol that fails, or Ctrl-C, loses nothing of the others.
sed 's/  n = n + 1/  if symbol == "AUSDT" then error("no luck") end\n&/' sound.lua >luck.lua
ok "one of two symbols fails" ends 1 optimize luck.lua --symbols AUSDT,BTCUSDT --llm-url "$url" --out luck --control 0 --no-prove --no-ledger --json
ok "... which is told with its name" grep -q '^opt AUSDT: .*no luck' err
ok "... the other is in the document" grep -q '"results":\[{.*"symbol":"BTCUSDT"' out
ok "... with the failure" grep -q '"failures":\[{"error":".*no luck.*","symbol":"AUSDT"}\]' out
ok "... and what was spent is told" says err 'LLM: '
sed 's/  n = n + 1/  if symbol == "AUSDT" then while true do end end\n&/' sound.lua >hang.lua
"$program" optimize hang.lua --symbols BTCUSDT,AUSDT --llm-url "$url" --out hang --control 0 --no-prove --no-ledger --json >out 2>err </dev/null &
pid=$!
tries=0
until grep -q '"best"' hang/opt_BTCUSDT/manifest.json 2>/dev/null || [ "$tries" -ge 600 ]; do tries=$((tries + 1)); sleep 0.1; done
kill -INT "$pid"
code=0
wait "$pid" || code=$?
ok "Ctrl-C ends with 130" test "$code" -eq 130
ok "... and reports what is finished" grep -q '"results":\[{.*"symbol":"BTCUSDT"' out
ok "... and what was spent" says err 'LLM: '
ok "promotion" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out one --control 0 --metric win_rate --min-trades 1 --promote here/winner.lua
if grep -q '^promoted' err; then
  ok "... writes an ordinary strategy" ends 0 run here/winner.lua --no-report
else
  ok "... says why not" says err 'not promoted: '
fi
ok "a winner with too few trades" ends 0 optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out one --control 0 --metric win_rate --min-trades 100000 --promote here/none.lua --no-prove
ok "... is not promoted" test ! -e here/none.lua
stop_server

for wish in 'strategy_interval = "7m"' 'frame_interval = "7m"' 'metric = "sharp_ratio"' 'max_context_bytes = "lots"' 'prefix = "a b"'; do
  for kind in rules advisor; do
    sed "s/optimizer_name = \"opt\",/&kind = \"$kind\", options = { $wish },/" sound.lua >options.lua
    ok "an option that is none is refused before anything is asked: $kind, $wish" refuses "options: ${wish%% *} must be" optimize options.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9
    ok "... and in a plan" refuses "options: ${wish%% *} must be" optimize options.lua --symbols BTCUSDT --dry-run
  done
done
printf 'local btk = require "btk"\n' >empty.lua
ok "a promotion to where no file can be" refuses 'sound.lua is no folder' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --promote sound.lua/winner.lua
ok "... or to a folder" refuses 'give the name of a file' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --promote one
for header in '{"body_sha256":1}' '{"body_sha256":"x","index":"a"}' '{"index":{}}' '[]' 'x'; do
  printf -- '-- btk:generated %s\nprint(1)\n' "$header" >header.lua
  ok "a header that is none: $header" ends 2 run header.lua
  ok "... is no riddle" sh -c '! grep -q "json.exception" err && [ "$(wc -l <err)" -eq 1 ]'
done
for header in '[]' 'x' '{"a":' ''; do
  printf -- '-- btk:generated %s\nprint(1)\n' "$header" >header.lua
  for command in run walker check; do
    ok "... $command says which line it is, and what to do: $header" refuses 'header.lua:1: this should be the line "-- btk:generated {JSON}"' $command header.lua
  done
done
ok "a folder that is a file, before the model is asked" refuses '--out sound.lua: ' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --out sound.lua
ok "... or below one" refuses 'sound.lua is no folder' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --out sound.lua/x
ok "... or where none can be made" refuses '--out /proc/x: /proc: ' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --out /proc/x
mkdir -p taken && echo mine >taken/opt_BTCUSDT
ok "... or taken by a file" refuses '--out taken/opt_BTCUSDT: ' optimize sound.lua --symbols BTCUSDT --llm-url http://127.0.0.1:9 --out taken
serve
curl -fs "$url/admin/script" -d '[{"kind": "slow", "ms": 60000}]' >/dev/null
"$program" optimize sound.lua --symbols BTCUSDT --llm-url "$url" --out waiting >out 2>err </dev/null &
pid=$!
ok "a model that takes its time" comes grep -q 'Progress: 0' err
tries=0
until grep -q 'the model is asked; LLM: 1 call sent' err || [ "$tries" -ge 100 ]; do kill -USR1 "$pid"; tries=$((tries + 1)); sleep 0.1; done
ok "... SIGUSR1 tells what is waited for" says err 'Progress: opt BTCUSDT: the data are collected and the model is asked; LLM: 1 call sent, 0 answers replayed'
kill -INT "$pid"
code=0
wait "$pid" || code=$?
ok "... and Ctrl-C ends it" test "$code" -eq 130
stop_server
ok "nothing registered" refuses 'Optimizer not specified: empty.lua registers none; call btk.add_optimizer{...} in it' optimize empty.lua
ok "an unknown optimizer" refuses 'optimizer "other" is not registered; there is ' optimize sound.lua --optimizer other
ok "no file" refuses 'btkhost optimize: script file is required' optimize
ok "an unknown protocol" refuses 'there is no LLM protocol' optimize sound.lua --llm gemini
verdict

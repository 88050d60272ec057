#!/bin/sh
# Strategies written from two quarters of 2022 and tried on one of 2023, Bitcoin: twice with the server, once without.
# Usage: real_optimize_test.sh PROGRAM LLM_SERVER; data/ is looked for in BTK_SHARED or in `shared` beside the checkout.
data=${BTK_SHARED:-$(cd "$(dirname -- "$0")/../../.." && pwd)/shared}/data
llm_server=$2
. "$(dirname -- "$0")/harness.sh"
unset OLLAMA_HOST OLLAMA_API_KEY CC_LLM_API CC_LLM_URL CC_LLM_MODEL CC_LLM_KEY CC_ENABLE_THINKING CC_LLM_REPLAY CC_LLM_STORE

cat >opt.lua <<LUA
local btk = require "btk"
btk.add_exchange { exchange_name = "history", driver = "csv", path = "$data/{symbol}-1m-*.csv.gz" }
btk.add_optimizer {
  optimizer_name = "btc-optimizer",
  range_train = { { note = "Q1 2022", start_date = "2022-01-01", end_date = "2022-03-31" },
                  { note = "Q2 2022", start_date = "2022-04-01", end_date = "2022-06-30" } },
  range_test = { note = "Q1 2023", start_date = "2023-01-01", end_date = "2023-03-31" },
  source = { btk.optimizer.sources.indicators { term = "long" }, btk.optimizer.sources.indicators { term = "swing" } },
  get_prompt = function(symbol, messages) return btk.llm.text(messages, { symbol = symbol }) end,
}
LUA
listens "$llm_server"
ok "a quarter of Bitcoin" ends 0 optimize opt.lua --symbols BTCUSDT --llm-url "$url" --out one --eval-train --control 1 --prove-moments 2 --prove-entries 3
cp out one.txt
ok "... has two strategies that were tried" test "$(grep -c '^| [0-9a-f]*_strategy-[12] |.*| ok |$' out)" -eq 2
ok "again" ends 0 optimize opt.lua --symbols BTCUSDT --llm-url "$url" --out two --eval-train --control 1 --prove-moments 2 --prove-entries 3 --threads 1
ok "... the report is the same" same one.txt out
ok "... and every file" diff -r one two
stop_server
ok "without the server" ends 0 optimize opt.lua --symbols BTCUSDT --llm-replay replay --llm-store one/btc-optimizer_BTCUSDT/replay --out three --eval-train --control 1 --prove-moments 2 --prove-entries 3
ok "... the report is the same" same one.txt out
ok "... and every file but the recording" diff -r -x replay one three
verdict

#!/bin/sh
# How long after the close of a candle, as the exchange's clock tells it, the order
# request reaches the exchange: p50 and p99 over all entries.
#
#   live_latency.sh BIN_FOLDER [SYMBOLS] [MINUTES] [SPEED]
#
# Default: 50 symbols, 8 minutes, six times faster than life. The exchange and all
# traders share this machine; times are divided by the speed, so they are wall times.
set -eu
bin=$(cd "$1" && pwd)
symbols=${2:-50} minutes=${3:-8} speed=${4:-6}
here=$(cd "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
cp -r "$here/live_latency.lua" "$here/../../scripts/brokers" "$work"
cd "$work"

names=$(seq -f 'C%02gUSDT' "$symbols" | paste -sd,)
start=1704067200000
# shellcheck disable=SC2046  # one word per symbol
"$bin/exchange_server" $(echo "$names" | tr , '\n' | sed 's/.*/--synthetic &=100/') --start "$start" \
  --speed "$speed" --balance USDT=10000000 --log orders.jsonl >server.txt 2>&1 &
server=$!
while ! grep -sq 'http://' server.txt; do sleep 0.1; done
BENCH_EXCHANGE=$(grep -o 'http://[^ ]*' server.txt)
BINANCE_API_KEY=test-key BINANCE_API_SECRET=test-secret
export BENCH_EXCHANGE BINANCE_API_KEY BINANCE_API_SECRET

"$bin/btkhost" live live_latency.lua --symbols "$names" --clock "$BENCH_EXCHANGE/clock" --quiet --no-report \
  --to $((start + minutes * 60000)) >out.txt 2>err.txt || { tail -n 5 err.txt; exit 1; }

# Buys go out in the minute's tick; the first minute, in which everything is loaded, is left out.
grep '"event":"request"' orders.jsonl | grep '"side":"BUY"' | grep -o '"time":[0-9]*' | cut -d: -f2 |
  awk -v speed="$speed" -v from=$((start + 60000)) '$1 >= from { print ($1 % 60000) / speed }' | sort -n >latency.txt
awk -v symbols="$symbols" '{ t[NR] = $1 } END {
  if (NR == 0) { print "no order arrived"; exit 1 }
  printf "candle close to order request, %d symbols, %d orders: p50 %.0f ms, p99 %.0f ms, worst %.0f ms\n",
         symbols, NR, t[int((NR + 1) / 2)], t[int(NR * 0.99) < 1 ? 1 : int(NR * 0.99)], t[NR]
}' latency.txt

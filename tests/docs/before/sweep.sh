cp "$1/tests/docs/before/strategy.lua" .
grep 'require\|add_exchange' strategy.lua >exchange.lua
for day in 02 03 04 05; do
  echo "{\"id\": $day, \"ts\": $(date -ud "2024-01-$day" +%s)000, \"symbol\": \"BTCUSDT\", \"direction\": \"LONG\", \"author\": \"ann\"}" | sed 's/"id": 0/"id": /'
done >ideas.jsonl
echo '{"gridAxes": {"hardStopPercent": [1, 2], "trailingTakePercent": [1], "holdMinutes": [1440], "profitLockPercent": [0]}}' >grid.json

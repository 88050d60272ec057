# The repository's own scripts, and candles for csv_history.lua.
cp -r "$1/scripts" .
cp "$1/tests/docs/before/strategy.lua" trend.lua
mkdir candles
for symbol in BTCUSDT ETHUSDT; do
  btkhost dump scripts/sma_cross.lua --symbol $symbol --timeframe 1m --limit 44640 --when 2024-02-01 --format jsonl |
    awk -F '[:,}]' 'BEGIN { print "timestamp,open,high,low,close,volume" }
      { for (i = 1; i < NF; i++) { gsub(/[{" ]/, "", $i); v[$i] = $(i + 1) }
        print v["timestamp"] "," v["open"] "," v["high"] "," v["low"] "," v["close"] "," v["volume"] }' |
    gzip >candles/$symbol-1m-2024-01.csv.gz
done

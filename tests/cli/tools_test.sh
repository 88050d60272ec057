#!/bin/sh
# Small commands: dump, pnldebug, brokerdebug, flush, report. Usage: tools_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
candles A.csv
strategy s.lua 'return long(price)'
for command in dump pnldebug brokerdebug flush report; do
  ok "$command --help exits with 0" ends 0 $command --help
  ok "... and shows an example" says out "Example: btkhost $command"
done

# dump: the sawtooth begins at 100 and rises by 0.05 a minute.
ok "dump prints JSON" ends 0 dump s.lua --symbol a --timeframe 1m --limit 2 --when 2024-01-01T00:02:30Z
ok "... the candles before the moment" test "$(tr -d ' \n' <out)" = \
  '[{"timestamp":1704067200000,"open":100,"high":100.3,"low":99.7,"close":100.02,"volume":10},{"timestamp":1704067260000,"open":100.05,"high":100.35,"low":99.75,"close":100.07,"volume":11}]'
ok "the moment may be milliseconds" ends 0 dump s.lua --symbol A --timeframe 1h --limit 1 --when 1704078000000 --format jsonl
ok "... longer candles are put together" test "$(cat out)" = \
  '{"timestamp":1704074400000,"open":106,"high":106.3,"low":102.75,"close":103.07,"volume":778}'
ok "Markdown" ends 0 dump s.lua --symbol A --limit 4 --timeframe 15m --when 2024-01-01T01:00:00Z --format md
ok "... has its columns" says out '| open | high | low | close | volume | timestamp |'
ok "... and four rows" test "$(grep -c '2024-01-01T' out)" -eq 4
cp out md
ok "the whole word" ends 0 dump s.lua --symbol A --limit 4 --timeframe 15m --when 2024-01-01T01:00:00Z --format markdown
ok "... is the same" same md out
ok "... in a file, too" ends 0 dump s.lua --symbol A --limit 4 --when 2024-01-01T01:00:00Z --format markdown --output table --out there
ok "... of the usual ending" same md there/table.md
ok "a file" ends 0 dump s.lua --symbol A --limit 4 --when 2024-01-01T01:00:00Z --save --out there
ok "... has the usual name" test -s there/A_4_15m_1704070800000.json -a ! -s out
ok "fewer candles than wanted are told of" ends 0 dump s.lua --symbol A --limit 9 --when 2024-01-01T01:00:00Z
ok "... with their number" says err 'only 4 of 9 candles are there'
mkdir holed && sed '/^1704067320000,/d' A.csv >holed/A.csv && sed 's/path = "/path = "holed\//' s.lua >holed.lua
ok "candles that fill a gap" ends 0 dump holed.lua --symbol A --timeframe 1m --limit 3 --when 2024-01-01T00:04:00Z
ok "... are told of" says err 'filled gap: 1 candle missing at 2024-01-01 00:02 of A; flat candles'
ok "no candles at all fail" ends 1 dump s.lua --symbol A --limit 9 --when 2023-01-01
ok "a number that is none" refuses '--limit many: give a whole number' dump s.lua --limit many
ok "an interval that is none" refuses '--timeframe 7m: there are no such candles' dump s.lua --timeframe 7m
ok "a date that is none" refuses '--when soon: not a date' dump s.lua --when soon
ok "a format that is none" refuses '(did you mean "jsonl"?)' dump s.lua --format jsonll
ok "an exchange that is none" refuses 'exchange "fles" is not registered (did you mean "files"?)' dump s.lua --exchange fles

ok "pnldebug, long" ends 0 pnldebug s.lua --symbol A --priceopen 101 --when 2024-01-01 --minutes 120
ok "... its head" says out 'Symbol: A | Direction: long | PriceOpen: 101 | From: 2024-01-01T00:00:00.000Z | Minutes: 120'
ok "... the first minute is a loss" says out '    1 | 2024-01-01T00:00:00.000Z |       100.02 |   -0.97% |   +0.00% |     -0.97%'
ok "... later the peak follows, the fall stays" says out '  120 | 2024-01-01T01:59:00.000Z |       105.97 |   +4.92% |   +4.92% |     -0.97%'
ok "pnldebug over the end of the candles" ends 0 pnldebug s.lua --symbol A --priceopen 101 --when 2024-01-02T23:58:00Z --minutes 10
ok "... says so" says err 'only 2 of 10 candles are there'
ok "pnldebug, short, with fees" ends 0 pnldebug s.lua --symbol A --priceopen 101 --direction SHORT --when 2024-01-01 --minutes 120 --fees --json --set CC_PERCENT_SLIPPAGE=0 --set CC_PERCENT_FEE=0.2
ok "... is the other way round" says out '"min":120,"timestamp":1704074340000,"close":105.97,"pnl":-4.92'
ok "... and pays on both sides" says out '"net":-5.'
ok "an entry is needed" refuses '--priceopen is required' pnldebug s.lua
ok "... as a number" refuses '--priceopen must be a number above zero, got: x' pnldebug s.lua --priceopen x
ok "a direction that is none" refuses '--direction must be long or short, got: up' pnldebug s.lua --priceopen 1 --direction up

cat s.lua - >broker.lua <<'END'
btk.use_broker {
  wait_for_init = function() print("init") end,
  on_order_open_commit = function(o)
    print(o.action, o.signal_id:match("^broker%-debug%-%d+$") and "id", o.cost, o.current_price, o.signal.price_take_profit, os.time())
    return { price = 101.5, quantity = 0.9, order_id = "x7" }
  end,
  on_order_close_commit = function() error(btk.order_rejected("no such order")) end,
  on_partial_profit_commit = function(c) print(c.action, c.percent_to_close, c.cost) end,
  on_partial_loss_commit = function(c) print(c.action, c.percent_to_close, c.cost) end,
  on_average_buy_commit = function(c) print(c.action, c.cost) end,
  on_trailing_stop_commit = function(c) print(c.action, c.percent_shift, c.new_price_stop_loss < c.current_price) end,
  on_trailing_take_commit = function(c) print(c.action, c.percent_shift, c.new_price_take_profit > c.signal.price_take_profit) end,
}
END
at="--symbol A --when 2024-01-01T00:10:00Z"
# shellcheck disable=SC2086  # words
{
  ok "brokerdebug asks" refuses 'sends a real order to the broker; add --yes' brokerdebug broker.lua $at
  ok "... and sends with --yes" ends 0 brokerdebug broker.lua $at --yes
  ok "... at the last price" says out 'symbol=A price=100.47 commit=signal-open'
  ok "... what the broker did is shown" says out 'fill: price=101.5 quantity=0.9 fee=- order_id=x7'
  ok "... and that it went well" says out 'signal-open OK'
  ok "the broker sees an order of this moment" says err "signal-open	id	100	100.47	102.4794	1704067800"
  ok "... after its start" says err 'init'
  ok "a refusal fails" ends 1 brokerdebug broker.lua $at --yes --commit signal-close
  ok "... with its reason" says err 'signal-close failed: broker.lua:16: no such order'
  for commit in partial-profit partial-loss average-buy trailing-stop trailing-take; do
    ok "brokerdebug --commit $commit" ends 0 brokerdebug broker.lua $at --yes --commit $commit
    ok "... reaches its hook" says err "$commit"
  done
  printf 'btk.use_broker { on_order_open_commit = function() return { prise = 1 } end }\n' | cat s.lua - >odd.lua
  ok "an answer that is none fails" ends 1 brokerdebug odd.lua $at --yes
  ok "... and is named" says err "signal-open failed: the broker's answer has the unknown field 'prise' (did you mean 'price'?)"
  ok "a hook that is not there" ends 2 brokerdebug broker.lua $at --yes --commit breakeven
  ok "... is named" says err 'the broker has no hook on_breakeven_commit'
  ok "a commit that is none" refuses '(did you mean "breakeven"?)' brokerdebug broker.lua $at --yes --commit breakevn
  ok "a script without a broker" ends 2 brokerdebug s.lua $at --yes
  ok "... says so" says err 'the script has no broker'
}

ok "a run with reports" ends 0 run s.lua --symbols A --report md,risk --quiet
ok "report lists them" ends 0 report
ok "... by kind and name" says out 'backtest        A_saw_files_two-days_backtest'
ok "report prints the newest of a kind" ends 0 report backtest
ok "... as it was" grep -q '^# Backtest Report: saw' out
ok "report prints one by its name" ends 0 report risk A_saw_files_two-days_backtest
ok "a kind that is not there" refuses 'there is no report of kind "backtst" below dump (did you mean "backtest"?)' report backtst
ok "a name that is not there" refuses 'there is no backtest report "B"' report backtest B
ok "no session yet" refuses 'no paper session was recorded' report paper

# A session on a clock that runs fast: an hour in about a second.
cat >session.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 100, volatility = 0.002 }
btk.add_strategy { strategy_name = "often", interval = "1m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 5 }
end }
END
ok "a paper session" ends 0 paper session.lua --symbols A,B --clock "linear:$(date +%s%3N),1704067200000,3600" --to 2024-01-01T01:00:00Z --json --no-report --quiet
cp out session.json
signals() { grep -o '"symbol":"[A-Z]*"\|"run_hash":"[0-9a-f]*"\|"signals":\[.*\],"errors"' "$1"; }
ok "report has its runs again" ends 0 report paper --format json
mkdir -p damaged/data && printf 'no database' >damaged/data/paper.sqlite
ok "a damaged journal is not called an empty one" ends 1 report paper --out damaged
ok "... but what it is" says err 'damaged/data/paper.sqlite'
ok "report has its runs again, once more" ends 0 report paper --format json
signals session.json >wanted
signals out >found
ok "... with the same trades and hashes" same wanted found
ok "report lists the session" ends 0 report
ok "... first the newest" grep -q '^paper .*-paper$' out
ok "its report as Markdown" ends 0 report paper "$(grep -o '[0-9TZ]*-paper' out | head -n 1)"
ok "... for each symbol" test "$(grep -c '^# Live Trading Report: often' out)" -eq 2
ok "its summary" ends 0 report paper --format summary
ok "... has both symbols" grep -Eq '^ +A +B$' out
ok "a session that is not there" refuses 'there is no paper session "2024"' report paper 2024
ok "a format for a stored file" refuses '--format: only sessions' report backtest --format json

ok "flush" ends 0 flush
ok "... names what it removes" says out 'Removed: dump/backtest'
ok "... keeps the data" test -d dump/data -a ! -e dump/backtest
ok "... and what it removed, once" test -s dump/.previous/backtest/A_saw_files_two-days_backtest.md
ok "nothing is left to flush" ends 0 flush
ok "... and .previous stays" test -s dump/.previous/risk/A_saw_files_two-days_backtest.md
ok "... which it says" says err 'there are no reports to remove'
cat s.lua - >writers.lua <<'END'
btk.listen_done_backtest(function()
  local names = { strategy_name = "saw", exchange_name = "files", frame_name = "two-days" }
  print(btk.backtest.dump("A", names))
  btk.markdown.use_jsonl()
  print(btk.backtest.dump("A", names))
  print(btk.heat.dump(names))
  btk.markdown.use_dummy()
  print(btk.backtest.dump("A", names))
  btk.markdown.use_markdown_adapter { dump = function(text, about) return about.kind .. " " .. about.symbol .. " " .. #text end }
  print((btk.backtest.dump("A", names):gsub("%d+", "N")))
end)
END
ok "a script may choose what becomes of its reports" ends 0 run writers.lua --symbols A --no-report --quiet --out made
ok "... and hears where they are" test "$(head -n 5 out | tr '\n' '|')" = \
  'made/backtest/A_saw_files_two-days_backtest.md|made/markdown/backtest.jsonl|made/markdown/heat.jsonl|nil|backtest A N|'
ok "... a line has the whole report" grep -q '^{"markdownName":"backtest","data":"# Backtest Report: saw.*","symbol":"A","strategyName":"saw","exchangeName":"files","frameName":"two-days"}$' made/markdown/backtest.jsonl
cat s.lua - >perf.lua <<'END'
btk.listen_done_backtest(function()
  local names = { strategy_name = "saw", exchange_name = "files", frame_name = "two-days" }
  local d = btk.performance.get_data("A", names)
  print(d.total_events > 100, #d.events == d.total_events, d.metric_stats.backtest_total.count)
  print(btk.performance.get_report("A", names):match("^[^\n]*"))
  btk.performance.clear()
  print(btk.performance.get_data("A", names).total_events)
end)
END
ok "a script may ask how long things took" ends 0 run perf.lua --symbols A --no-report --quiet
ok "... and is told" test "$(head -n 3 out | tr '\n\t' '| ')" = 'true true 1|# Performance Report: saw|0|'
hash=$(grep '^run hash' out)
ok "a run that was measured" ends 0 run s.lua --symbols A --report performance --quiet
ok "... decides the same" test "$(grep '^run hash' out)" = "$hash"
ok "... has a report" grep -q '^| backtest_total | 1 |' dump/performance/A_saw_files_two-days_backtest.md
ok "... and lines" grep -q '"reportName":"performance","data":{"timestamp":' dump/report/performance.jsonl
ok "report knows it" ends 0 report performance
mkdir -p elsewhere/dump/backtest
cp s.lua elsewhere
mkdir -p elsewhere/dump/strategy/some-id
echo said >elsewhere/dump/strategy/some-id/answer.md
echo table >elsewhere/dump/strategy/report.md
ok "flush beside a script" ends 0 flush elsewhere/s.lua
ok "... removes there" test ! -e elsewhere/dump/backtest -a ! -e elsewhere/dump/strategy/report.md
ok "... but not what language models said" test -s elsewhere/dump/strategy/some-id/answer.md
ok "a script that is not there" refuses 'cannot open nowhere.lua' flush nowhere.lua
verdict

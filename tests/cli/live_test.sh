#!/bin/sh
# What `btkhost live` does about real money: what it refuses, warns of and asks. The brokers here are scripts. Usage: live_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"

# session EXCHANGE BROKER: a script that would trade each minute, over that exchange and with those hooks of a broker.
session() {
  cat <<END
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", $1 }
btk.add_strategy { strategy_name = "often", interval = "1m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 30 }
end }
btk.use_broker { $2 }
btk.broker.enable()
END
}
synthetic='driver = "synthetic", seed = 7, start_price = 100, volatility = 0.002'
sends='on_order_open_commit = function() btk.http.post("http://exchange.invalid/order", "") end'
session "$synthetic" "$sends" >sends.lua
session "$synthetic" 'on_order_open_commit = function() end' >rehearsal.lua
start=1704067200000
# fast [SPEED]: a clock that shows midnight now.
fast() { echo "linear:$(date +%s%3N),$start,${1:-3600}"; }
# live SCRIPT ARGUMENT...: an hour of a session.
live() { script=$1; shift; ends 0 live "$script" --symbols AUSDT --clock "$(fast)" --to 2024-01-01T01:00:00Z --no-report "$@"; }
comes() {
  for _ in $(seq 200); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  "$@"
}

# Orders and prices have to belong together.
ok "live: no real orders after made-up prices" refuses 'exchange "made-up" makes its prices up (driver = "synthetic"' live sends.lua --symbols AUSDT
ok "... and what to change is said" says err 'or give --no-broker'
ok "paper --broker: neither" refuses 'or leave --broker out' paper sends.lua --broker --symbols AUSDT
ok "nothing was begun" [ ! -e dump ]
ok "on a simulated clock it is a rehearsal" live sends.lua
ok "... that is told" says err 'warning: exchange "made-up" has driver = "synthetic": its prices are made up'
rm -rf dump
"$program" live rehearsal.lua --symbols AUSDT >out 2>err </dev/null &
session=$!
ok "a broker that can send nothing may be tried on the machine's clock" comes "$program" status
kill -TERM "$session"
ok "... and is ended" wait "$session"
ok "... with the warning" says err 'its prices are made up'
printf 'timestamp,open,high,low,close,volume\n' >AUSDT.csv
awk -v from=$start 'BEGIN { for (i = -1440; i < 120; i++) printf "%.0f,100,101,99,100,1\n", from + i * 60000 }' >>AUSDT.csv
session 'driver = "csv", path = "{symbol}.csv"' "$sends" >files.lua
rm -rf dump
ok "recorded prices are only warned of" live files.lua
ok "... by their name" says err 'has driver = "csv": its prices are recorded'
rm -rf dump
ok "no broker, no warning" ends 0 live files.lua --no-broker --symbols AUSDT --clock "$(fast)" --to 2024-01-01T00:30:00Z --no-report
ok "... at all" sh -c '! grep -q "its prices are" err'
rm -rf dump
verdict

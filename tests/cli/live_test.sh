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

# Real money is meant, or it is not.
# runs SCRIPT ARGUMENT...: a session on the machine's clock, until it answers.
runs() {
  "$program" "$@" >session.out 2>session.err </dev/null &
  session=$!
  comes "$program" status
}
ends_session() { kill "-$1" "$session" && wait "$session"; }
ok "where nobody can be asked a session begins" runs live rehearsal.lua --symbols AUSDT
ok "... and ends" ends_session TERM
ok "... and has said what it does" says session.err 'warning: AUSDT: sends REAL orders through the script'
rm -rf dump
ok "so does paper --broker" runs paper rehearsal.lua --broker --yes --symbols AUSDT
ok "... and ends, too" ends_session TERM
ok "... and has said it, too" says session.err 'sends REAL orders'
rm -rf dump
ok "its help says so" ends 0 paper --help
ok "... in capitals" says out 'REAL orders'
code=0
printf 'no\n' | script -qec "'$program' live rehearsal.lua --symbols AUSDT" /dev/null >out 2>&1 || code=$?
ok "at a terminal the user is asked" says out 'Is that meant? Type yes:'
ok "... and who does not mean it trades nothing" [ "$code" -eq 2 ]
ok "... at all" [ ! -e dump ]

ok "--to before now is refused" refuses '--to 2024-01-01 00:00 lies before now' live rehearsal.lua --symbols AUSDT --to 2024-01-01T00:00:00Z
ok "... on a simulated clock only told" ends 0 live rehearsal.lua --symbols AUSDT --no-report --clock "$(fast 1)" --to 2023-12-31T00:00:00Z
ok "... for what was left may be worked on" says err 'only minutes that an earlier session has left'
rm -rf dump

ok "--flatten where nothing was left is refused" ends 2 live rehearsal.lua --symbols AUSDT --flatten
ok "... by the name of the folder" says err '--flatten: no session has left anything in dump'
session 'driver = "synthetic", seed = 7, start_price = 100, volatility = 0.00001' 'on_order_open_commit = function() end' >calm.lua
"$program" live calm.lua --symbols AUSDT --no-report --clock "$(fast 120)" >session.out 2>session.err </dev/null &
session=$!
holds() { "$program" status >status.out 2>&1 && grep -q 'AUSDT *position *long' status.out; }
ok "a position is open" comes holds
ok "... its prices are short" sh -c "! grep -qE '[0-9]\.[0-9]{9}' status.out"
ok "Ctrl-C" kill -INT "$session"
ok "... says what is followed" comes grep -q 'AUSDT: the long at [0-9.]* is followed until it closes' session.err
ok "... and leaves it open when it is forced" ends_session TERM
clock="linear:$(date +%s%3N),$((start + 3600000)),120"
ok "--flatten closes what was left" ends 0 live calm.lua --symbols AUSDT --no-report --flatten --clock "$clock"
ok "... and says how many" says err '--flatten: of 1 open in dump, 1 closed or cancelled'
ok "--flatten again" ends 0 live calm.lua --symbols AUSDT --no-report --flatten --clock "$clock"
ok "... says that nothing was open" says err '--flatten: nothing was open in dump'
rm -rf dump

# What a broker opened is not closed without it.
session 'driver = "synthetic", seed = 7, start_price = 100, volatility = 0.00001' 'on_order_open_commit = function() return { order_id = "7" } end' >real.lua
"$program" live real.lua --watch --symbols AUSDT --no-report --clock "$(fast 120)" >session.out 2>session.err </dev/null &
session=$!
ok "a position is open at the exchange" comes holds
sed 's/^btk.broker.enable/-- &/' real.lua >edited.lua && mv edited.lua real.lua
ok "a version without the broker is not taken over" comes grep -q 'kept previous real.lua: it enables no broker' session.err
kill -KILL "$session"
wait "$session" 2>/dev/null
ok "a start without the broker is refused" refuses 'AUSDT: an open long at ' live real.lua --no-broker --symbols AUSDT
ok "... with what to do" says err 'start it with the broker'
rm -rf dump

# Two strategies on one symbol have one limit, and not one place in it.
cat >two.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 100, volatility = 0.00001 }
for _, name in ipairs { "one", "two" } do
  btk.add_strategy { strategy_name = name, interval = "1m", get_signal = function(symbol, when, price)
    return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 30, cost = 100 }
  end }
  btk.live.background("AUSDT", { strategy_name = name, exchange_name = "made-up" })
end
END
ok "two strategies on one symbol" ends 0 paper two.lua --max-exposure 150 --clock "$(fast)" --to 2024-01-01T00:10:00Z --no-report --json
ok "... share the limit on what is open" says err 'would exceed --max-exposure 150.00'
rm -rf dump

# An error of the script is told when it comes.
sed 's/return {/error("no idea") return {/' files.lua >fails.lua
"$program" paper fails.lua --symbols AUSDT --no-report --clock "$(fast 120)" >session.out 2>session.err </dev/null &
session=$!
ok "an error of the script is told while the session runs" comes grep -q 'AUSDT: script error in get_signal: fails.lua:[0-9]*: no idea' session.err
kill -TERM "$session"
wait "$session"
ok "... once" test "$(grep -c 'AUSDT: script error in get_signal' session.err)" -eq 1
rm -rf dump

# A broker that never gets ready.
session "$synthetic" 'wait_for_init = function() error("the keys will not do", 0) end, on_order_open_commit = function() end' >keys.lua
"$program" live keys.lua --symbols AUSDT --no-report --clock "$(fast 600)" >session.out 2>session.err </dev/null &
session=$!
blocked() { "$program" status >status.out 2>&1 && grep -q 'blocked: broker not ready: wait_for_init: the keys will not do' status.out; }
ok "a broker that is not ready is seen in the status" comes blocked
ok "... and in the log" says session.err 'broker not ready'
ok "... and the session can be ended" ends_session TERM
rm -rf dump
verdict

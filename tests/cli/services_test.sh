#!/bin/sh
# What scripts keep in a paper session outlives kill -9, and a slot's job fires once, whatever symbol comes first and
# however often the program is killed.
. "$(dirname -- "$0")/harness.sh"

cat >s.lua <<'END_OF_SCRIPT'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 100, volatility = 0.002 }
btk.set_config { CC_MAX_ENTRY_DELAY_SECONDS = 1000000 }  -- a slow machine is asked for every minute, too
btk.cron.register { name = "job", interval = "15m", handler = function(info) print("job " .. math.floor(info.when / 900000)) end }
btk.dump.enable()
local seen
btk.add_strategy { strategy_name = "often", interval = "1m",
  get_signal = function(symbol, when, price)
    local data = btk.get_session_data(symbol)
    if not seen then print("session", symbol, data and data.minutes or 0) end
    seen = true
    btk.set_session_data(symbol, { minutes = (data and data.minutes or 0) + 1 })
    if btk.kv.update("asked", function(n) return (n or 0) + 1 end) % 5 == 0 then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 10 }
    end
  end,
  callbacks = { on_open = function(symbol) btk.dump_text { bucket_name = "b", dump_id = "why", description = "d", content = symbol } end } }
END_OF_SCRIPT
start=1704067200000
# killed MINUTES: a session from there that is killed once it has printed a job.
killed() {
  before=$(grep -c '^job' jobs)
  : >session.out  # what the one before said does not count
  "$program" paper s.lua --symbols AUSDT,BUSDT --clock "linear:$(date +%s%3N),$((start + $1 * 60000)),600" >session.out 2>session.err &
  session=$!
  for _ in $(seq 300); do
    grep -q '^job' session.out && break
    sleep 0.1
  done
  kill -9 "$session"
  wait "$session" 2>/dev/null
  cat session.out >>jobs
  [ "$(grep -c '^job' jobs)" -gt "$before" ] || { cat session.out session.err; return 1; }
}
: >jobs

ok "a session is killed after a job" killed 0
ok "its store is there" [ -s dump/data/paper-services.sqlite ]
ok "the next one goes on, and is killed as well" killed 40
ok "the third ends" ends 0 paper s.lua --symbols AUSDT,BUSDT --clock "linear:$(date +%s%3N),$((start + 80 * 60000)),3600" --to 2024-01-01T03:00:00Z --no-report
cat out >>jobs
grep '^job' jobs | sort | uniq -d >twice
ok "no slot fired twice, over two symbols and two kills" silent twice
awk '$1 == "session" && $3 > 0' out >went_on
ok "each symbol found what it had kept" [ "$(wc -l <went_on)" -eq 2 ]
ok "a signal's dump is a file" [ -n "$(ls dump/agent/*/b/why.md)" ]
ok "the replay decides the same" ends 0 replay
verdict

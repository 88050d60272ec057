#!/bin/sh
# Paper sessions as a user meets them: what they refuse, what they print, how they are asked and ended, what the next
# start finds. The clock runs fast, so on a slow machine minutes may be too old for entries: nothing here counts trades.
. "$(dirname -- "$0")/harness.sh"

cat >s.lua <<'END'
local btk = require "btk"
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 100, volatility = 0.002 }
btk.add_strategy { strategy_name = "often", interval = "1m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 30 }
end }
END
# fast MOMENT SPEED: a clock that shows MOMENT (ms) now.
fast() { echo "linear:$(date +%s%3N),$1,$2"; }
start=1704067200000
# paper END ARGUMENT...: from midnight to END; two simulated hours take about two seconds.
paper() { end=$1; shift; ends 0 paper s.lua --clock "$(fast $start 3600)" --to "$end" --no-report "$@"; }

ok "a typo names the option" refuses 'did you mean "--clock"?' paper s.lua --clok wall
ok "a clock that is none is refused" refuses "there is no such clock" paper s.lua --clock noon
ok "a limit that is no number is refused" refuses "--max-daily-loss abc" paper s.lua --max-daily-loss abc
ok "live without a broker is refused" refuses "no broker is enabled" live s.lua --symbols AUSDT
ok "nothing was written so far" [ ! -e dump ]

ok "a session on paper ends at --to" paper 2024-01-01T02:00:00Z --symbols AUSDT,BUSDT --json
ok "its document has both runs, without a frame" [ "$(grep -o '"frame_name":null' out | wc -l)" -eq 2 ]
ok "and when signals were made" says out '"observed_at":'
ok "stdout has the document only" [ "$(wc -l <out)" -eq 1 ]
ok "its replay decides the same" ends 0 replay
ok "and prints nothing then" silent out
ok "the next start goes on with the session" paper 2024-01-01T02:30:00Z --symbols AUSDT,BUSDT
ok "and says so" says err "continues paper"
ok "the replay spans the restart" ends 0 replay
# figures FILE: of a summary, the lines that depend on where a session begins and on what it holds.
figures() { grep -E '^(first minute|last minute|trades|buy and hold|in the market|candles) ' "$1"; }
ok "a start an hour later goes on with it, too" ends 0 paper s.lua --clock "$(fast $((start + 12600000)) 3600)" --to 2024-01-01T04:00:00Z --symbols AUSDT,BUSDT --report md
ok "its summary begins where its trades do" grep -Eq '^first minute +2024-01-01 00:[0-9]+ +2024-01-01 00:' out
figures out >wanted
ok "the summary of what was recorded" ends 0 report paper --format summary
figures out >found
ok "... has the same figures" same wanted found
# held FILE...: the newest row of each table where it is of something open.
held() { cat "$@" | awk '/^[|] -/ { newest = 1; next } newest { newest = 0; if ($4 ~ /ACTIVE|WAITING/) print }'; }
held dump/paper/*.md >wanted
ok "the report of what was recorded" ends 0 report paper
held out >found
ok "... has what is still open" same wanted found
ok "a session that is not there is named" refuses 'there is no session "nobody"' replay nobody
sed 's/"often"/"seldom"/' s.lua >renamed.lua
ok "a script without the session's strategy cannot be replayed" ends 1 replay --script renamed.lua
ok "... and says why" says out 'could not be replayed: strategy "often" is not registered; there is seldom'
ok "... in a line per trader, without decisions of 1970" [ "$(wc -l <out)" -eq 2 ]
ok "... and does not call that a difference" says err "not all of it could be replayed"

# A page that is only its data stands for the built one.
cp "$program" ./alone
with_page=$program
program=$PWD/alone
rm -f report_page.html
ok "without its page --report html says what to install" refuses './start page' paper s.lua --symbols AUSDT --report html
printf '{"place":"of the report"}' >report_page.html
ok "a session with a page" ends 0 paper s.lua --clock "$(fast $start 3600)" --to 2024-01-01T01:00:00Z --symbols AUSDT --report md,html --out paged
ok "... says where it is" says err 'Saved: paged/html/AUSDT_often_made-up_live.html'
ok "... which has the session and its candles" grep -q '^{"kind":"session",.*"series":\[{"symbol":"AUSDT"' paged/html/AUSDT_often_made-up_live.html
ok "its report is a session's" test "$(head -n 1 paged/paper/AUSDT_often_made-up_live.md)" = '# Live Trading Report: often'
ok "... no trades file was asked for" [ ! -e paged/paper/AUSDT_often_made-up_live.csv ]
ok "the report of what was recorded is a session's, too" ends 0 report paper --out paged
ok "... also by its title" test "$(head -n 1 out)" = '# Live Trading Report: often'
ok "a report that a session has not" refuses 'a session has no report "heat"' paper s.lua --report heat
program=$with_page
rm -rf paged

# running ARGUMENT...: starts a session and waits until it answers.
running() {
  "$program" paper s.lua --clock "$(fast $((start + 86400000)) 600)" "$@" >session.out 2>session.err &
  session=$!
  for _ in $(seq 200); do
    "$program" status >status.out 2>&1 && return 0
    sleep 0.1
  done
  cat status.out session.err
  return 1
}
both_paused() { "$program" status >status.out 2>&1 && [ "$(grep -c 'USDT.*paused$' status.out)" -eq 2 ]; }
shows() { "$program" status >status.out 2>&1 && grep -q "$1" status.out; }

ok "a session can be asked" running --symbols AUSDT,BUSDT
ok "a second one in the same folder is refused" refuses "is in use by process" paper s.lua --symbols AUSDT
ok "pause" ends 0 pause
ok "is shown" comes shows paused
ok "resume, and pause again" ends 0 resume
ok "... answered when it is on disk:" ends 0 pause
kill -9 "$session"
wait "$session" 2>/dev/null
ok "a session that was killed right after the answer" running --symbols AUSDT,BUSDT
ok "... is paused, both symbols" comes both_paused
ok "resume" ends 0 resume
ok "is shown, too" comes shows 'AUSDT.*yes'
ok "a symbol that is not traded is named" ends 1 flatten --yes --symbol CUSDT
ok "flatten" ends 0 flatten --yes
ok "... says that it keeps from entering" says out 'no new entries until "btkhost resume"'
ok "leaves nothing open" comes shows 'AUSDT *flat'
ok "... and opens nothing again" comes shows 'AUSDT *flat.*paused'
ok "stop drains" ends 0 stop
ok "and the session ends with 0" wait "$session"
ok "nothing answers then" ends 2 status
ok "the replay follows all of it" ends 0 replay

# Its start trades again, although the one before was asked to end.
again() { ends 0 paper s.lua --symbols AUSDT,BUSDT --no-report --clock "$(fast $((start + 7 * 86400000)) 3600)" --to 2024-01-08T02:00:00Z; }
ok "a session that was drained trades again" again
ok "and the replay follows that, too" ends 0 replay

ok "a session can be asked again" running --symbols AUSDT
cp s.lua good.lua
echo 'error("not yet")' >>s.lua
kill -HUP "$session"
ok "a change that does not load is refused" comes says session.err 'kept previous s.lua: '
ok "... the version in force is shown" shows '(version 1)$'
ok "... and that there is another" shows '^the newest change was not taken: kept previous s.lua: .*not yet'
sed 's/interval = "1m"/interval = "5m"/' good.lua >s.lua
kill -HUP "$session"
ok "nor is one that loads and cannot go on" comes says session.err 'kept previous s.lua: strategy'
ok "... is the version in force" shows '(version 1)$'
cp good.lua s.lua
kill -HUP "$session"
ok "a change that is taken over" comes says session.err 'reloaded s.lua'
ok "... is" shows '(version 3)$'
ok "... and nothing else is said of it" sh -c '! grep -q "the newest change" status.out'
kill -TERM "$session"
ok "SIGTERM ends it with 0" wait "$session"

# What asked for its end must not start it again, as service managers do after a failure.
sed 's/get_signal = .*/get_signal = function() error("no")/; /return {/d' s.lua >failing.lua
"$program" paper failing.lua --symbols AUSDT --out failing --clock "$(fast $start 3600)" >session.out 2>session.err &
session=$!
has_errors() { "$program" status --out failing --json | grep -q '"errors":[1-9]'; }
ok "a script fails in a session" comes has_errors
ok "it is asked to end" ends 0 stop --out failing
ok "and ends with 0, whatever its script did" wait "$session"
ok "the errors are told" says session.err "script errors in get_signal"

# One symbol of several is stopped, the others go on; the last one is the session.
sed 's/1.01/1.15/; s/0.99/0.85/; s/= 30/= 1400/' good.lua >holds.lua
of() { "$program" status --out stopped --json >status.out 2>&1 && grep -o "{\"symbol\":\"$1\"[^}]*}" status.out; }
is() { of "$1" | grep -q "$2"; }
"$program" paper holds.lua --symbols AUSDT,BUSDT,CUSDT --out stopped --clock "$(fast $((start + 86400000)) 600)" >session.out 2>session.err &
session=$!
holds_all() { for s in AUSDT BUSDT CUSDT; do is $s '"state":"position"' || return 1; done; }
ok "a session with three positions" comes holds_all
ok "a detach of one symbol is refused" refuses "--detach ends the whole session" stop --detach --symbol AUSDT --out stopped
ok "a symbol that is not traded is not stopped" ends 1 stop --symbol DUSDT --out stopped
ok "one of them is stopped" ends 0 stop --symbol AUSDT --out stopped
ok "... and the answer says that the others go on" says out "no new entries for AUSDT; it ends when nothing of it is open any more, the others go on"
ok "... it is shown" is AUSDT '"stopping":true'
ok "... at it alone" is BUSDT '"stopping":false'
ok "... in words, too" sh -c '"$1" status --out stopped | grep -q "AUSDT.*none: stopping$"' sh "$program"
ok "it cannot be resumed" ends 1 resume --symbol AUSDT --out stopped
ok "... which is said" says err "btkhost resume: AUSDT was asked to stop and makes no entries until the next start"
ok "the others can" ends 0 resume --out stopped
ok "... and the answer names it" says out "entries again for all symbols; but AUSDT was asked to stop"
ok "its position is looked after until it closes" is AUSDT '"state":"position"'
ok "... which flatten does" ends 0 flatten --yes --symbol AUSDT --out stopped
ok "... then it ends" comes is AUSDT '"state":"ended"'
ok "the others go on" is BUSDT '"state":"position"'
ok "another is closed" ends 0 flatten --yes --symbol BUSDT --out stopped
ok "... and stopped" ends 0 stop --symbol BUSDT --out stopped
ok "... which ends it" comes is BUSDT '"state":"ended"'
ok "the last one is stopped" ends 0 stop --symbol CUSDT --out stopped
ok "... and with it the session" says out "and the session with it: nothing else is traded"
ok "... whose status says so" sh -c '"$1" status --out stopped | grep -q "stopping: open positions are looked after"' sh "$program"
ok "closed" ends 0 flatten --yes --symbol CUSDT --out stopped
ok "... it ends with 0" wait "$session"
ok "the replay follows that" ends 0 replay --out stopped

# Values of the strategy's parameters, as run has them.
sed 's/"often", interval = "1m", get_signal = function(symbol, when, price)/"often", interval = "1m", params = { life = { 30, 60, step = 5 } }, get_signal = function(symbol, when, price)\n  print("life " .. btk.params.life)/
     s/minute_estimated_time = 30/minute_estimated_time = btk.params.life/' s.lua >params.lua
with_params() { end=$1; shift; ends 0 paper params.lua --symbols AUSDT --out params --no-report --clock "$(fast $start 3600)" --to "$end" "$@"; }
ok "a parameter that is none" refuses "declares no such parameter (did you mean 'life'?)" paper params.lua --symbols AUSDT --out params --param lfe=5
ok "... nor for live" refuses "declares no such parameter (did you mean 'life'?)" live params.lua --symbols AUSDT --out params --no-broker --param lfe=5
ok "... left nothing" [ ! -e params ]
ok "a session with a parameter" with_params 2024-01-01T01:00:00Z --param life=5
ok "... has its value" sh -c 'grep -q "^life 5$" out && ! grep -q "^life 30" out'
ok "its replay has it, too" ends 0 replay --out params
ok "the next start with the same value goes on with the session" with_params 2024-01-01T01:30:00Z --param life=5
ok "... and says so" says err "continues paper"
ok "one with another value is a session of its own" with_params 2024-01-01T02:00:00Z
ok "... which takes up what is open" says err "starts paper"
ok "... and has a replay of its own" ends 0 replay --out params
"$program" paper params.lua --symbols AUSDT --out params --param life=5 --clock "$(fast $((start + 86400000)) 600)" >session.out 2>session.err &
session=$!
ok "a session with it under way" comes says session.out "life 5"
sed 's/print("life "/print("changed, life "/' params.lua >changed.lua
cp changed.lua params.lua
kill -HUP "$session"
ok "keeps it over a reload" comes says session.out "changed, life 5"
sed 's/life = {/lives = {/; s/params.life/params.lives/g' changed.lua >params.lua
kill -HUP "$session"
ok "a change without the parameter is not taken over" comes says session.err "kept previous params.lua: --param life: strategy 'often' declares no such parameter"
kill -TERM "$session"
ok "... and SIGTERM ends it" wait "$session"

# A store in Lua, in files of its own.
mkdir kept
cat >own.lua <<'END'
local btk = require "btk"
local function file(kind, key) return "kept/" .. (kind .. "_" .. key):gsub("[^%w]", "_") end
btk.use_persist {
  read = function(kind, key)
    local f = io.open(file(kind, key))
    if not f then return nil end
    local text = f:read "*a"
    f:close()
    return text
  end,
  write = function(kind, key, json)
    local f = assert(io.open(file(kind, key), "w"))
    f:write(json)
    f:close()
  end,
  keys = function(kind)
    btk.log.warn("asked for keys of " .. kind)
    return {}
  end,
  wait_for_init = function() print "the store is ready" end,
}
print "loaded"
END
own() { ends 0 paper s.lua own.lua --unsafe --symbols AUSDT --out other --no-report --clock "$(fast $start 3600)" --to "$1"; }
ok "the script's own store is used" own 2024-01-01T00:30:00Z
ok "it was written to" [ -n "$(ls kept)" ]
ok "and nothing beside it" [ ! -e other/data/paper.sqlite ]
ok "what its wait_for_init prints is shown" says out "the store is ready"
ok "... and what its keys logs" says err "asked for keys of "
ok "but what the main chunk prints, once" [ "$(grep -c loaded out)" -eq 1 ]
verdict

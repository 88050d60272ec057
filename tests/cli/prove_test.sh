#!/bin/sh
# `--prove`: scripts that read tomorrow's prices from a file are caught, whatever the file looks like; honest ones never are.
# Usage: prove_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
scripts=$(cd "$tools/../../scripts" && pwd)

# walk FILE SEED [DAYS]: two days of a random walk, or so many.
walk() {
  awk -v seed="$2" -v days="${3:-2}" 'BEGIN {
    print "timestamp,open,high,low,close,volume"
    state = seed * 7919 + 17
    last = 100
    for (i = 0; i < days * 1440; i++) {
      drift = 0
      for (k = 0; k < 6; k++) { state = (state * 16807) % 2147483647; drift += state / 2147483647 - 0.5 }
      first = last; last = first * (1 + drift * 0.0018)
      high = first > last ? first : last; low = first < last ? first : last
      printf "%.0f,%.4f,%.4f,%.4f,%.4f,%d\n", 1704067200000 + i * 60000, first, high * 1.0003, low * 0.9997, last, 10 + i % 7
    }
  }' >"$1"
}

# smuggler FILE FORMAT AHEAD THRESHOLD EVERY: buys when the file says that the price will have risen by THRESHOLD percent
# AHEAD minutes later; looks every EVERY minutes.
smuggler() {
  case $2 in
    rows) read='for line in io.lines("SYM.csv") do local t, c = line:match("^(%d+),[^,]+,[^,]+,[^,]+,([^,]+)") if t then p[tonumber(t)] = tonumber(c) end end' ;;
    closes) read='local i = 0 for line in io.lines("SYM.closes") do p[1704067200000 + i * 60000] = tonumber(line) i = i + 1 end' ;;
    scaled) read='local f = io.open("SYM.scaled") local i = 0 for n in f:read("*a"):gmatch("[^,%[%]%s]+") do p[1704067200000 + i * 60000] = tonumber(n) i = i + 1 end f:close()' ;;
    wrong_dates) read='for line in io.lines("SYM.dated") do local t, c = line:match("^(%d+);([^;]+)") p[tonumber(t) - 31536000000] = tonumber(c) end' ;;
    module) read='for i, c in ipairs(require("prices_SYM")) do p[1704067200000 + (i - 1) * 60000] = c end' ;;
  esac
  strategy "$1" "
  if not p then
    p = {}
    $(echo "$read" | sed 's/SYM/" .. symbol .. "/g; s/"" \.\. //g; s/ \.\. ""//g')
  end
  if when % ($5 * 60000) ~= 0 then return end
  local later, now = p[when + $3 * 60000], p[when - 60000]
  if later and now and later / now > 1 + $4 / 100 then return long(price) end"
}

for symbol in A B; do
  walk $symbol.csv "$(printf %d "'$symbol")"
  cut -d, -f5 $symbol.csv | sed 1d >$symbol.closes
  awk 'BEGIN { printf "[" } { printf "%s%.1f", (NR > 1 ? "," : ""), $1 * 1000 } END { print "]" }' $symbol.closes >$symbol.scaled
  awk -F, 'NR > 1 { printf "%.0f;%s\n", $1 + 31536000000, $5 }' $symbol.csv >$symbol.dated
  { echo 'return {'; sed 's/$/,/' $symbol.closes; echo '}'; } >prices_$symbol.lua
done

caught=0
variant=0
for format in rows closes scaled wrong_dates module; do
  for ahead in 15 45 120 300; do
    variant=$((variant + 1))
    symbol=A
    [ $((variant % 2)) -eq 0 ] && symbol=B
    smuggler future.lua $format $ahead 0.$((2 + variant % 4)) $((5 * (1 + variant % 3)))
    if ends 1 run future.lua --unsafe --prove --symbols $symbol --seed $variant --no-report --json >why 2>&1 &&
      grep -q '"result":"saw the future"' out && grep -q '"first_difference":{"time":17040' out; then
      caught=$((caught + 1))
    else
      echo "not caught: $format $ahead"
      cat why
    fi
  done
done
ok "a smuggler is caught in 20 of 20 variants" test "$caught" -eq 20 -a "$variant" -eq 20
ok "... the summary names the decision" ends 1 run future.lua --unsafe --prove --symbols B --no-report
ok "... in words" says out 'A DECISION SAW THE FUTURE: 2024-01-0'
ok "... and the file" grep -Eq 'prices_B.lua, which holds prices of B \([0-9]+ numbers\)' out
ok "... what it cost is told" grep -Eq 'took [0-9.]+ s, [0-9.]+ times the run' out

ok "... the report, too" ends 1 run future.lua --unsafe --prove --symbols A,B --report md --out told
ok "... of the run that it belongs to" grep -q 'A DECISION SAW THE FUTURE: 2024-01-0' told/backtest/B_saw_files_two-days_backtest.md
ok "... once" test "$(grep -c '^## Proof Against Look-Ahead' told/backtest/B_saw_files_two-days_backtest.md)" -eq 1

ok "prices in a module need no --unsafe, and are found" ends 1 run future.lua --prove --symbols B --no-report
smuggler pipe.lua rows 60 0.3 10
sed -i 's/io.lines("\(.*\)")/io.popen("cat \1"):lines()/; s/io.lines(\(.*csv"\))/io.popen("cat " .. \1):lines()/' pipe.lua
ok "what another program says cannot be cut off" ends 1 run pipe.lua --unsafe --prove --symbols A --no-report
ok "... and that is said" says out 'not proven: the script uses io.popen'

# Honest: reads the same files, but of what it finds only what is past.
for format in rows closes scaled wrong_dates; do
  smuggler past.lua $format -1 -0.2 10
  sed -i 's/later \/ now > 1 + -0.2 \/ 100/later \/ (p[when - 3600000] or later) > 1.001/' past.lua
  ok "a file of the past accuses nobody ($format)" ends 0 run past.lua --unsafe --prove --symbols A,B --no-report --json
  ok "... and is named" grep -q '"follows":"A"' out
done
printf 'threshold = 0.4\nlevels = 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180\n' >settings.txt
printf '2024-01-01T06:00:00Z rates\n2024-01-02T14:30:00Z jobs\n' >calendar.txt
strategy reads.lua '
  local all = io.open("settings.txt"):read("*a")
  for line in io.lines("calendar.txt") do if line:sub(12, 13) == os.date("!%H", when / 1000) then return end end
  local log = io.open("log.txt", "a")
  log:write(when, "\n") log:close()
  if math.random() < 0.3 and price > tonumber(all:match("threshold = (%S+)")) then return long(price) end'
ok "settings, a calendar, a log and random numbers accuse nobody" ends 0 run reads.lua --unsafe --prove --symbols A --no-report
ok "... the files are named" says out 'read calendar.txt, which follows no candles'
ok "... the log is written once" test "$(sort log.txt | uniq -d | wc -l)" -eq 0
strategy clock.lua 'if when % 3600000 == 0 then return long(price) end'
ok "trading by the clock accuses nobody" ends 0 run clock.lua --prove --symbols A --no-report --json
cp out first.json
ok "a proof says the same on one thread" ends 0 run clock.lua --prove --symbols A --no-report --json --threads 1
ok "... to the byte" same first.json out
strategy columns.lua '
  local minutes = btk.series("1m")
  local slow = minutes:ema(60)[0]
  if when % 600000 == 0 and minutes:sma(5)[0] > slow and btk.series("5m").close[0] > slow then return long(price) end'
ok "reading series accuses nobody" ends 0 run columns.lua --prove --symbols A,B --no-report --json --threads 2
ok "... which trades" grep -q '"total_signals":[1-9]' out
cp out first.json
ok "... nor on one thread" ends 0 run columns.lua --prove --symbols A,B --no-report --json --threads 1
ok "... to the byte" same first.json out
for script in sma_cross rsi_reversion breakout_limit dca_ladder scale_out multi_timeframe risk_profile; do
  ok "scripts/$script.lua is honest" ends 0 run "$scripts/$script.lua" --prove --prove-moments 3 --prove-entries 4 \
    --from 2024-01-10 --to 2024-01-16 --no-report
  ok "... and proven" says out 'no decision saw the future'
done

# A look at more history than there always is.
strategy grows.lua 'local n = #btk.get_candles(symbol, "1h", 20) if n > 0 and when % 3600000 == 0 then return long(price) end'
ok "the warm-up check" ends 0 run grows.lua --prove --symbols A --no-report
ok "... says when there is no longer history" says out 'warm-up: there are no candles that early'

# What was looked at before the frame is what longer histories are measured by, even when the files hold more.
walk L.csv 76 10
strategy back.lua 'if btk.ta.sma(btk.get_candles(symbol, "1h", 36), 36) > 0 and when % 3600000 == 0 then return long(price) end'
ok "a look back of more than a day" ends 0 run back.lua --prove --symbols L --from 2024-01-08 --to 2024-01-08 --no-report
ok "... is known, and nothing changes with more" says out 'warm-up: no decision changes with 2 and 4 times the history (40 h)'

# What a script writes stays out of a proof.
strategy writes.lua '
  btk.log.info("at %d", when)
  if when % 3600000 ~= 0 then return end
  btk.dump.dump_text("price " .. price, { signal_id = "s", bucket_name = "b", dump_id = "d" .. when .. #btk.get_candles(symbol, "1m", 5), description = "d" })
  return long(price)'
sed -i 's/^btk.add_frame/btk.log.use_jsonl() btk.markdown.use_jsonl() btk.dump.enable()\n&/; s/interval = "15m", get/actions = { "journal" }, &/' writes.lua
cat >>writes.lua <<'END'
btk.add_action { action_name = "journal", handler = function() return {
  on_pending_event = function(e) btk.backtest.dump("A", { strategy_name = "saw", exchange_name = "files", frame_name = "two-days" }) end,
} end }
END
ok "a script that logs and writes" ends 0 run writes.lua --symbols A --no-report --out plain
ok "... the same with a proof" ends 0 run writes.lua --symbols A --no-report --out proven --prove
ok "... writes something" test -s plain/markdown/backtest.jsonl -a -d plain/agent
ok "... and the proof writes nothing more" sh -c '(cd plain && find . -type f -exec wc -l {} + | sort) >plain.list && (cd proven && find . -type f -exec wc -l {} + | sort) >proven.list && cmp plain.list proven.list'

ok "a proof that cuts nothing" refuses 'a proof that cuts nothing proves nothing' run clock.lua --prove --prove-moments 0 --prove-entries 0 --symbols A
for command in walker 'sweep --params'; do
  ok "... of $command" refuses 'a proof that cuts nothing proves nothing' $command clock.lua --prove-moments 0 --prove-entries 0 --symbols A
done
strategy never.lua 'return nil'
ok "no entry and no moment to cut at" ends 1 run never.lua --prove --prove-moments 0 --symbols A --no-report
ok "... proves nothing" says out 'not proven: nothing was cut'

# Equal runs leave equal files: what a proof cost is told beside them.
strategy spaced.lua 'if when % (btk.params.hours * 3600000) == 0 then return long(price) end'
sed -i 's/interval = "15m", get/params = { hours = { 1, 2 } }, &/' spaced.lua
for run in one two; do
  ok "a comparison is saved" ends 0 walker clock.lua spaced.lua --symbols A --metric total_pnl --save md --output walk --out $run
  ok "... what the proof cost is told" grep -Eq '^the proof took [0-9.]+ s, [0-9.]+ times the run' err
  ok "a sweep is saved" ends 0 sweep --params spaced.lua --symbols A --metric total_pnl --save md --output sweep --out $run --ledger $run.sqlite
  ok "... what its proof cost is told" grep -Eq '^the proof took [0-9.]+ s, [0-9.]+ times the run' err
done
for name in walk sweep; do
  ok "equal runs save equal files ($name)" same one/$name.md two/$name.md
  ok "... with the proof as a list" grep -q '^- .* truncations identical .*: no decision saw the future' one/$name.md
done

smuggler future.lua rows 60 0.3 10
ok "the winner of a walker is proven by default" ends 1 walker future.lua clock.lua --unsafe --symbols A --metric total_pnl
ok "... and caught" says out 'A DECISION SAW THE FUTURE'
ok "... unless it is not wanted" ends 0 walker future.lua clock.lua --unsafe --symbols A --metric total_pnl --no-prove
verdict

# Sourced by the tests of this folder: $program is the program under test, the
# working directory an empty folder that goes away.
set -u
program=$1
tools=$(cd "$(dirname -- "$0")/../tools" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CC_SYMBOL_LIST NO_COLOR

passed=0
failed=0
# ok SENTENCE COMMAND...: the sentence is true when the command succeeds.
ok() {
  sentence=$1
  shift
  if "$@" >ok.out 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'broken: %s\n' "$sentence"
    sed 's/^/    /' ok.out | head -n 5
    for stream in out err; do [ ! -s "$stream" ] || { echo "    std$stream:"; head -c 600 "$stream" | sed 's/^/    /'; echo; }; done
  fi
}

# ends CODE ARGUMENT...: runs the program, with stdout in `out` and stderr in `err`; is its exit code CODE?
ends() {
  wanted=$1
  shift
  code=0
  "$program" "$@" >out 2>err </dev/null || code=$?
  [ "$code" -eq "$wanted" ] || { echo "exit code $code, not $wanted: $*"; return 1; }
}

says() { grep -Fq -- "$2" "$1" || { echo "$1 does not say: $2"; return 1; }; }
silent() { [ ! -s "$1" ] || { echo "$1 is not empty"; return 1; }; }
# refuses SENTENCE ARGUMENT...: exit code 2, nothing on stdout, one line with the sentence on stderr.
refuses() {
  sentence_wanted=$1
  shift
  ends 2 "$@" && silent out && says err "$sentence_wanted" && [ "$(wc -l <err)" -eq 1 ]
}
# comes COMMAND...: within a while.
comes() {
  for _ in $(seq 600); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  "$@"
}
# listens SERVER ARGUMENT...: starts it for the length of the test; $url is where it listens.
listens() {
  "$@" >server.out 2>server.err &
  server=$!
  trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
  comes grep -q '^listening on ' server.out
  url=$(sed -n 's/^listening on //p' server.out)
  [ -n "$url" ] || { echo "does not listen: $*"; cat server.err; exit 1; }
}
stop_server() { kill "$server" && wait "$server" 2>/dev/null; }
same() { cmp "$1" "$2"; }
differ() { ! cmp -s "$1" "$2"; }

# candles FILE [PRICE]: two days of candles of a sawtooth in FILE, one of them with PRICE (at most 0.28) added to its close.
candles() {
  awk -v extra="${2:-0}" 'BEGIN {
    print "timestamp,open,high,low,close,volume"
    for (i = 0; i < 2880; i++) {
      wave = i % 240; if (wave > 120) wave = 240 - wave
      first = 100 + wave / 20; last = first + 0.02 + (i == 700 ? extra : 0)
      printf "%.0f,%.4f,%.4f,%.4f,%.4f,%d\n", 1704067200000 + i * 60000, first, first + 0.3, first - 0.3, last, 10 + i % 7
    }
  }' >"$1"
}

# strategy FILE BODY: a script over CSV files beside it, whose get_signal has BODY.
strategy() {
  cat >"$1" <<END
local btk = require "btk"
btk.add_exchange { exchange_name = "files", driver = "csv", path = "{symbol}.csv" }
btk.add_frame { frame_name = "two-days", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-02" }
local function long(price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 120 }
end
btk.add_strategy { strategy_name = "saw", interval = "15m", get_signal = function(symbol, when, price)
$2
end }
END
}

verdict() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

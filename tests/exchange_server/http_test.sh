#!/bin/sh
# The exchange over real connections: what only a socket can show. Usage: http_test.sh PROGRAM
set -u
program=$1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0
failed=0
ok() {
  sentence=$1
  shift
  if "$@" >ok.out 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'broken: %s\n' "$sentence"
    head -n 5 ok.out
  fi
}

"$program" --synthetic BTCUSDT --start 2024-01-01 --end 2024-01-02 --grace-ms 3000 --log log.jsonl >out 2>err &
server=$!
tries=0
until grep -q '^listening on ' out || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
url=$(sed -n 's/^listening on //p' out)
[ -n "$url" ] || { echo "it does not listen"; cat err; exit 1; }

get() { curl -sS --max-time 60 "$url$1"; }
post() { curl -sS --max-time 60 -H 'Content-Type: application/json' -d "$2" "$url$1"; }
answers() { [ "$(get "$1")" = "$2" ]; }
has() { "$1" "$2" | grep -q "$3"; }
waits() { [ "$(post /clock/wait "{\"until\": $1, \"client\": \"$2\"}")" = "{\"now\":$3}" ]; }
curl_code() { wanted=$1; shift; code=0; "$@" || code=$?; [ "$code" -eq "$wanted" ] || { echo "curl ended with $code"; return 1; }; }
signed() { # METHOD PATH PARAMETERS
  text="$3&timestamp=$(get /clock | sed 's/.*"now":\([0-9]*\).*/\1/')"
  signature=$(printf %s "$text" | openssl dgst -sha256 -hmac test-secret | sed 's/.*= //')
  curl -sS --max-time 60 -X "$1" -H 'X-MBX-APIKEY: test-key' "$url$2?$text&signature=$signature"
}
order() { signed POST /api/v3/order "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&newClientOrderId=$1"; }
order_is() { signed GET /api/v3/order "symbol=BTCUSDT&origClientOrderId=$1" | grep -qe "$2"; }
bought() { order "$1" | grep -q '"status":"FILLED"'; }

start=1704067200000
ok "the clock begins at the start" answers /api/v3/time "{\"serverTime\":$start}"
ok "a lone client's wait is answered at its moment" waits $((start + 60000)) one $((start + 60000))
ok "the candles go as far as the clock" has get "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1" "^\[\[$((start + 60000)),"
ok "answers tell the used weight" sh -c "curl -sSi '$url/api/v3/ping' | grep -qi '^x-mbx-used-weight-1m: [0-9]'"
ok "an order that another program signed is filled" bought first

post /admin/faults '[{"kind": "drop", "path": "order", "method": "POST"}]' >/dev/null
ok "drop: no byte of an answer" curl_code 52 order dropped
ok "drop: nothing was done" order_is dropped -2013
post /admin/faults '[{"kind": "drop_after", "path": "order", "method": "POST"}]' >/dev/null
ok "drop_after: no byte of an answer" curl_code 52 order carried
ok "drop_after: the order is there" order_is carried FILLED
post /admin/faults '[{"kind": "slow", "path": "ping", "ms": 4000}]' >/dev/null
ok "slow: a patient client would get it, this one gives up" curl_code 28 curl -sS --max-time 1 "$url/api/v3/ping"
ok "others are served meanwhile" answers /api/v3/ping '{}'
post /admin/faults '[{"kind": "truncate", "path": "klines"}]' >/dev/null
ok "truncate: a whole HTTP answer with half a document" sh -c "! curl -sS '$url/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3' | grep -q '\]\]'"

# Two clients over two connections. (That neither is overtaken is clock_test's business: here a slow machine may
# take longer than the grace.)
post /clock/wait "{\"until\": $((start + 180000)), \"client\": \"two\"}" >two.out &
two=$!
post /clock/wait "{\"until\": $((start + 240000)), \"client\": \"one\"}" >one.out
wait "$two"
ok "the nearer wait is answered" grep -q '"now":' two.out
ok "the farther wait is answered when the other is gone" grep -q "\"now\":$((start + 240000))" one.out

curl -sS --max-time 60 -d "{\"until\": $((start + 86400000 + 60000)), \"client\": \"one\"}" "$url/clock/wait" >late.out &
late=$!
tries=0
until get /clock | grep -q '"ended":true' || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
ok "time stops at the end" has get /clock "\"now\":$((start + 86400000))"
post /admin/advance '{}' >/dev/null
wait "$late"
ok "and goes on when it is told to" grep -q "\"now\":$((start + 86460000))" late.out

kill "$server"
wait "$server"
ok "SIGTERM ends it well" test $? -eq 0
server=
ok "the log names the fault" grep -q '"event":"fault","kind":"drop_after"' log.jsonl
ok "wrong options are refused" sh -c "! '$program' --port 0 2>/dev/null"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/bin/sh
# `btkhost brokerdebug` with the brokers that come along, against an exchange on loopback. Usage: brokerdebug_test.sh PROGRAM EXCHANGE SCRIPTS
. "$(dirname -- "$0")/harness.sh"
exchange=$2
scripts=$3

listens "$exchange" --synthetic BTCUSDT --start 2024-01-01 --free-ids
BINANCE_BASE_URL=$url
BINANCE_API_KEY=test-key
BINANCE_API_SECRET=test-secret
export BINANCE_BASE_URL BINANCE_API_KEY BINANCE_API_SECRET

mkdir brokers
cp "$scripts"/brokers/*.lua brokers
for market in spot futures; do
  cat >$market.lua <<END
local btk = require "btk"
btk.add_exchange { exchange_name = "binance", driver = "binance", market = "$market", base_url = btk.env "BINANCE_BASE_URL" }
btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function() end }
btk.use_broker((require "brokers.binance_$market") { protective_stop = false })
END
done
# send MARKET COMMIT ARGUMENT...: the moment is the one at which the exchange's clock stands.
send() {
  market=$1
  commit=$2
  shift 2
  ends 0 brokerdebug "$market.lua" --symbol BTCUSDT --when 2024-01-01T00:00 --yes --commit "$commit" "$@"
}
for market in spot futures; do
  ok "$market: an order is sent" send $market signal-open
  ok "... the exchange has filled it" says out 'fill: price='
  ok "... the broker has looked at the account first" says err "BTCUSDT: no position here"
  ok "... that nobody looks after it is said" says err 'Nobody watches what was bought'
  id=$(sed -n 's/^id=//p' out)
  ok "... with what sells it" says err "--commit signal-close --id $id"
  ok "$market: it is sold again by its id" send $market signal-close --id "$id"
  ok "... at a price of the exchange" says out 'fill: price='
  ok "$market: an order with an id of the user's own" send $market signal-open --id mine
  ok "... is sold by that id, at any later moment" ends 0 brokerdebug $market.lua --symbol BTCUSDT --when 2024-01-01T00:01 --yes --commit signal-close --id mine
  ok "$market: what was never bought cannot be sold" ends 1 brokerdebug $market.lua --symbol BTCUSDT --when 2024-01-01T00:00 --yes --commit signal-close --id another
  ok "... that is the broker's word" says err 'nothing is held of this position'
done
BINANCE_API_SECRET=another
ok "wrong keys are the exchange's word" ends 1 brokerdebug spot.lua --symbol BTCUSDT --when 2024-01-01T00:00 --yes
ok "... at the start of the broker" says err 'wait_for_init: '
ok "... with what to look at" says err 'BINANCE_API_SECRET'
verdict

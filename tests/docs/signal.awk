# Makes a strategy of a block whose parts say where they belong: what stands under a comment "-- in NAME..." becomes the
# body of the function NAME (get_signal or a callback), the rest stands at the top. awk -f signal.awk BLOCK
/^-- in [a-z_]+/ { where = $3; sub(/[^a-z_].*/, "", where) }
where == "" { top = top $0 "\n"; next }
{ body[where] = body[where] $0 "\n" }
END {
  print "local btk = require \"btk\""
  printf "%s", top
  print "btk.add_strategy { strategy_name = \"block\", interval = \"15m\","
  print "get_signal = function(symbol, when, price)"
  printf "do\n%send\n", body["get_signal"]
  print "return { position = \"long\", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 60 } end,"
  print "callbacks = {"
  for (name in body) {
    if (name == "get_signal") continue
    printf "%s = function(symbol, signal, price, when, backtest)\n%send,\n", name, body[name]
  }
  print "} }"
}

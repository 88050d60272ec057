-- Looks past the present moment in every way that candles offer.
-- expect: ok
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local list = btk.get_candles(symbol, "1m", 5)
  for _, look in ipairs {
    function() return list[6].close end, function() return list[0].close end, function() return list[-1].close end,
    function() return list[2 ^ 31].close end, function() return list[0 / 0].close end, function() return list[1.5].close end,
    function() return list[6LL].close end, function() return (list + 1)[1].close end, function() return (list[5] + 1).close end,
    function() return (list[5] - list[1]) end, function() return list[5][1] end,
    function() return btk.get_candles(symbol, "1m", -5)[1].close end,
    function() return btk.get_candles(symbol, "1m", 0 / 0)[1].close end,
    function() return btk.get_candles("ETHUSDT", "1m", 5)[1].close end,
    function() list[5].close = 1 end, function() list.n = 100 end,
  } do
    local ok, got = pcall(look)
    if ok then print("ESCAPED", got) end
  end
end }

-- A language model writes a strategy for each training range; btkhost tries them on the test range (docs/optimizer.md).
--
--   btkhost optimize scripts/optimizer.lua --symbols BTCUSDT --dry-run
--
-- shows what would be sent. Without --dry-run a model server is asked: Ollama on this machine, or the one of --llm-url.
local btk = require "btk"

-- A made-up market, so that this works without any files. Put your candles here: driver = "csv" or "binance".
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 4, start_price = 30000, volatility = 0.0008 }

btk.add_optimizer {
  optimizer_name = "example",
  range_train = {
    { note = "first quarter", start_date = "2022-01-01", end_date = "2022-03-31" },
    { note = "second quarter", start_date = "2022-04-01", end_date = "2022-06-30" },
  },
  range_test = { note = "third quarter", start_date = "2022-07-01", end_date = "2022-09-30" },
  -- What the model sees of a training range: tables of indicators, the newest rows of each.
  source = {
    btk.optimizer.sources.indicators { term = "long" },
    btk.optimizer.sources.indicators { term = "short" },
  },
  -- The conversation becomes one strategy text; from that the model writes the code.
  get_prompt = function(symbol, messages)
    return btk.llm.text(messages, { symbol = symbol })
  end,
  callbacks = {
    on_data = function(symbol, strategies)
      for i, s in ipairs(strategies) do print(("strategy %d (%s): %d bytes of text"):format(i, s.name, #s.strategy)) end
    end,
  },
}

-- Real candles from CSV files, plain or .gz, one file or many per symbol:
--
--   BTK_DATA=/my/candles btkhost run scripts/csv_history.lua --symbols BTCUSDT --from 2024-01-01 --to 2024-01-31
--
-- A file has the header timestamp,open,high,low,close,volume (times in Unix
-- milliseconds, UTC, each the opening of its minute), or is one of Binance's
-- public kline files, which have twelve columns and no header.
local btk = require "btk"

-- BTK_DATA, or the folder `data` beside this script.
local folder = btk.env("BTK_DATA", "data")

btk.add_exchange {
  exchange_name = "history",
  driver = "csv",
  path = folder .. "/{symbol}-1m-*.csv.gz", -- {symbol} is filled in; * joins the files in time order
  gaps = "fill", -- missing minutes become flat candles and are named in the summary; "error" stops instead
}

btk.add_frame { frame_name = "june-2023", interval = "1m", start_date = "2023-06-01", end_date = "2023-06-30" }

local closes = btk.series("15m")
local fast, slow = closes:ema(20), closes:ema(80)

btk.add_strategy {
  strategy_name = "ema-trend",
  interval = "15m",
  get_signal = function(symbol, when, price)
    -- Files that start later than an average needs are no error: those calls count
    -- as warm-up and give no signal.
    if fast[0] <= slow[0] then return nil end
    return {
      position = "long",
      price_take_profit = price * 1.02,
      price_stop_loss = price * 0.98,
      minute_estimated_time = 1440,
    }
  end,
}

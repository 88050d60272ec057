-- What a language model gets to see, and over which days: it is asked for a strategy for every training range, and the answers are
-- tried on the days of range_test, which it has not seen.
local btk = require "btk"
require "strategy" -- exchange and frame; its strategy is what the answers have to beat

btk.add_optimizer {
  optimizer_name = "ideas",
  range_train = {
    { note = "first week", start_date = "2024-01-01", end_date = "2024-01-07" },
    { note = "second week", start_date = "2024-01-08", end_date = "2024-01-14" },
  },
  range_test = { note = "the rest of the month", start_date = "2024-01-15", end_date = "2024-01-31" },
  source = {
    {
      name = "levels",
      -- Rows about a range, a page at a time. Here they are written down; take them from your own research.
      fetch = function(args)
        if args.offset and args.offset > 0 then return {} end
        return { { id = "1", text = "The average daily range is three percent." } }
      end,
    },
  },
  get_prompt = function(symbol, messages)
    return "Propose a trading strategy for " .. symbol .. ": when to enter, where take profit and stop loss lie, and why."
  end,
}

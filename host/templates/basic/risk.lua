-- Rules that see every signal before it becomes a position. nil lets it pass, a text refuses it and is the reason in the reports.
local btk = require "btk"

btk.add_risk {
  risk_name = "careful",
  validations = {
    function(check)
      if check.active_position_count >= 3 then return "three positions are open already" end
    end,
    function(check)
      local signal = check.current_signal
      local reward = math.abs(signal.price_take_profit - signal.price_open)
      local risk = math.abs(signal.price_open - signal.price_stop_loss)
      if reward < 1.5 * risk then return "the reward is below 1.5 times the risk" end
    end,
  },
}

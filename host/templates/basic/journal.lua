-- An action: it hears of what a strategy does and changes nothing.
local btk = require "btk"

btk.add_action {
  action_name = "journal",
  handler = function()
    local won, closed = 0, 0
    return {
      on_pending_event = function(event)
        if event.action ~= "closed" then return end
        closed = closed + 1
        if event.signal.pnl.pnl_percentage > 0 then won = won + 1 end
      end,
      on_dispose = function() btk.log.info("%d positions closed, %d with profit", closed, won) end,
    }
  end,
}

-- btk.system: listeners put aside for a while (analytics.md 6.13).
local core = ...
local listeners = core.module("listeners")

local system = {}

-- Walkers, exits and pauses are heard whatever is put aside.
local STAY = { walker = true, walker_complete = true, walker_progress = true, done_walker = true, exit = true, pause = true,
               reload = true }

--- Takes all listeners off the event channels and returns a function that puts them back, in place of those that were added
--- meanwhile.
function system.create_snapshot() return listeners.set_aside(STAY) end

return system

-- Takes the hook that stops loops away.
-- expect: forbidden
debug.sethook()
while true do end

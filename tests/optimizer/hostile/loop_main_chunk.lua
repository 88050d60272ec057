-- Loops for ever while it is loaded.
-- expect: timeout
while true do end

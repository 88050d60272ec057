-- Raises and catches for ever.
-- expect: timeout
while true do pcall(error, {}) end

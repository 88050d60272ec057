-- An error message that pretends to come from the host, a hundred thousand times.
-- expect: script error or timeout
error(("[btk]/x.lua:1: "):rep(60000), 0)

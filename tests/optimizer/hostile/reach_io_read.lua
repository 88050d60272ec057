-- Reads a file.
-- expect: forbidden
local f = io.open('@SENTINEL@')
print('ESCAPED', f:read('*a'))

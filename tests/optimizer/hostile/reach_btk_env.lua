-- Reads a secret by btk.env.
-- expect: forbidden
local btk = require 'btk'
print('ESCAPED', btk.env('BTK_TEST_SECRET'))

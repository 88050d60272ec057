-- Signs with keys.
-- expect: forbidden
local btk = require 'btk'
print('ESCAPED', btk.crypto)

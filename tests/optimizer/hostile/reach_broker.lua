-- Registers a broker.
-- expect: forbidden
local btk = require 'btk'
btk.use_broker {}

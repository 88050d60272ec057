-- Includes the same by btk.include.
-- expect: forbidden
local btk = require 'btk'
btk.include('link.lua')

-- The environment of the host by getfenv.
-- expect: forbidden
local env = getfenv(0)
if env.io or env.load then print("ESCAPED") end

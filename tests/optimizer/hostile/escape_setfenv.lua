-- Another environment for the host by setfenv.
-- expect: forbidden
setfenv(print, {})

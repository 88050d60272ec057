-- FFI by require.
-- expect: forbidden
local ffi = require "ffi"
print("ESCAPED", ffi.C.getpid())

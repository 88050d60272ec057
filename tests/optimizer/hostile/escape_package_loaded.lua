-- FFI by package.loaded and package.preload.
-- expect: forbidden
print("ESCAPED", package.loaded.ffi, package.preload, package.loadlib)

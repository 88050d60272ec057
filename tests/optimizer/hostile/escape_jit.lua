-- Switches the compiler.
-- expect: forbidden
jit.off()

-- Bytecode by load.
-- expect: forbidden
print("ESCAPED", load("\27LJ\2\0", "x", "b"))

-- Program text at run time, in an environment of its own choice.
-- expect: forbidden
print("ESCAPED", load("return io", "x", "t", {}))

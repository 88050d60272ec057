-- The same by loadstring.
-- expect: forbidden
print("ESCAPED", loadstring("return io")())

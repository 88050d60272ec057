-- unpack of a billion values.
-- expect: script error or timeout
print(select("#", unpack({}, 1, 1e9)))

-- A pattern of thousands of items.
-- expect: script error
print(("a"):rep(1000):match(("a?"):rep(5000)))

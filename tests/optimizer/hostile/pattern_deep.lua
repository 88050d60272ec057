-- A pattern that recurses at every character.
-- expect: script error or timeout
print(("a"):rep(60000):match(("(a)"):rep(33)))

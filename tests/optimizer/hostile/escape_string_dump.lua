-- Its own bytecode by string.dump, to be changed and loaded.
-- expect: forbidden
print("ESCAPED", string.dump(function() end))

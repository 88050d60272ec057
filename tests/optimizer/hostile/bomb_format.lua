-- string.format with a width of millions.
-- expect: script error
print(#("%9999999d"):format(1))

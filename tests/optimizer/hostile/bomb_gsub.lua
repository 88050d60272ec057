-- string.gsub whose replacement multiplies the text.
-- expect: memory or timeout
local s = ("x"):rep(60000)
local big = ("y"):rep(1e6)
print(#s:gsub("x", big))

-- A pattern that tries every way to divide a text, for ever.
-- expect: timeout
local s = ("a"):rep(3000)
while true do pcall(string.find, s, ".-.-.-.-.-b") end

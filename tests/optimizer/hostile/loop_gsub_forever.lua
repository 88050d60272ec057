-- string.gsub over and over.
-- expect: timeout
while true do ("x"):rep(1000):gsub("x", "%0%0") end

-- xpcall with a handler that loops: there is no xpcall.
-- expect: forbidden
xpcall(error, function() while true do end end)

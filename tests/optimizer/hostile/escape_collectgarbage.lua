-- Stops the collector and asks how much memory there is.
-- expect: forbidden
collectgarbage("stop")
print("ESCAPED", collectgarbage("count"))

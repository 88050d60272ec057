-- Tries to read, write and remove a file, start a program and end the process, and catches every error.
-- expect: ok
local tries = {
  function() return io.open('@SENTINEL@'):read('*a') end,
  function() return io.open('@SENTINEL@.new', 'w') end,
  function() return io.lines('@SENTINEL@')() end,
  function() return os.remove('@SENTINEL@') end,
  function() return os.rename('@SENTINEL@', '@SENTINEL@.new') end,
  function() return os.execute('touch @SENTINEL@.new') end,
  function() return io.popen('cat @SENTINEL@') end,
  function() return os.getenv('BTK_TEST_SECRET') end,
  function() return os.exit(0) end,
  function() return dofile('@SENTINEL@') end,
  function() return loadfile('@SENTINEL@') end,
  function() return require('os').getenv end,
}
for _, try in ipairs(tries) do
  local ok, got = pcall(try)
  if ok then print('ESCAPED', got) end
end
local btk = require 'btk'
btk.add_strategy { strategy_name = 's', interval = '5m', get_signal = function() end }

-- luacheck over what is written in Lua: unused and undefined names, above all.
std = "luajit"
codes = true
max_line_length = false
ignore = {
  "212",  -- arguments that a callback need not use
  "213",  -- loop variables likewise
  "4",    -- a name may be used again in an inner scope
  "581",  -- not (x > y) is not x <= y where x may be NaN
  "6",    -- white space
}
files["lua/btk"] = { globals = { "string", "table", "io", "os", "package", "math", "debug" } }
local suites = { ignore = { "143" } }  -- the assert of btk.test has fields
files["scripts/tests"], files["host/templates/*/tests"] = suites, suites

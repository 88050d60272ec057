-- What `btk` answers for names that it does not have: unknown ones name the nearest known one, what only paper and live
-- runs can serve says so when it is used.
local core = ...
local host, raise = core.host, core.raise
local tostring, setmetatable, rawget = tostring, setmetatable, rawget
local pairs, ipairs, format = core.raw_pairs, ipairs, core.raw_format

local unknown = {}

local function nearest(own, key)
  local names = {}
  for name in pairs(own) do names[#names + 1] = name end
  table.sort(names)
  local near = host.nearest(tostring(key), names)
  return near and format("; did you mean '%s'?", near)
end

-- Scripts may name these at the top of a file that runs live too; using them in a back-test raises.
local elsewhere = { llm = true }
local function absent(name)
  return setmetatable({}, { __index = function(_, key)
    return function() raise(format("btk.%s.%s works in paper and live runs, not in a back-test", name, tostring(key))) end
  end, __call = function() raise(format("btk.%s works in paper and live runs, not in a back-test", name)) end })
end

--- `btk` itself. `dynamic` maps names to functions that give the value at the moment (btk.params).
function unknown.guard(btk, dynamic)
  setmetatable(btk, { __index = function(_, key)
    if dynamic[key] then return dynamic[key]() end
    if elsewhere[key] then
      btk[key] = absent(key)
      return rawget(btk, key)
    end
    raise(format("btk has no function '%s'%s", tostring(key), nearest(btk, key) or "; the manual lists what there is"))
  end })
end

--- The tables of functions btk.<name>.
function unknown.guard_tables(btk, tables)
  for _, name in ipairs(tables) do
    setmetatable(btk[name], { __index = function(own, key)
      raise(format("btk.%s has no function '%s'%s", name, tostring(key), nearest(own, key) or ""))
    end })
  end
end

return unknown

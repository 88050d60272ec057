-- What `btk` answers for names that it does not have: it names the nearest known one.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, setmetatable, getmetatable = type, tostring, setmetatable, getmetatable
local pairs, ipairs, format = core.raw_pairs, ipairs, core.raw_format

local unknown = {}

--- "; did you mean 'x'?" with the known name that is nearest, or nil.
function unknown.hint(key, names)
  local near = host.nearest(tostring(key), names)
  return near and format("; did you mean '%s'?", near)
end

local function nearest(own, key, more)
  local names = {}
  for name in pairs(more or {}) do names[#names + 1] = name end
  for name in pairs(own) do names[#names + 1] = name end
  table.sort(names)
  return unknown.hint(key, names)
end

--- What the __index of a table of functions does: it names the nearest one. `what` begins the sentence: "a market".
function unknown.refuse(what, own)
  return function(_, key) raise(format("%s has no function '%s'%s", what, tostring(key), nearest(own, key) or "")) end
end

--- `btk` itself. `at_times`: a table of what else it has at the moment. `dynamic` maps names that are in neither to functions that
--- give the value, or say why there is none.
function unknown.guard(btk, at_times, dynamic)
  setmetatable(btk, { __index = setmetatable(at_times, { __index = function(_, key)
    if dynamic[key] then return dynamic[key]() end
    raise(format("btk has no function '%s'%s", tostring(key), nearest(btk, key, dynamic) or "; the manual lists what there is"))
  end }) })
end

--- The tables of functions btk.<name>.
function unknown.guard_tables(btk, tables)
  for _, name in ipairs(tables) do
    setmetatable(btk[name], { __index = unknown.refuse("btk." .. name, btk[name]) })
  end
end

local function guard_table(path, own)
  setmetatable(own, { __index = function(_, key)
    raise(format("%s has no '%s'%s", path, tostring(key), nearest(own, key) or ""))
  end })
  for name, value in pairs(own) do
    if type(value) == "table" and type(name) == "string" and getmetatable(value) == nil then guard_table(path .. "." .. name, value) end
  end
end

--- Every other table of `btk`, and the tables in them.
function unknown.guard_rest(btk)
  for name, value in pairs(btk) do
    if type(value) == "table" and type(name) == "string" and getmetatable(value) == nil then guard_table("btk." .. name, value) end
  end
  if not getmetatable(btk.ta.series) then guard_table("btk.ta.series", btk.ta.series) end
end

return unknown

-- Named arguments of the services: what is unknown, missing or of a wrong type is an error that says which, and what
-- there is.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, ipairs, sort, concat = type, tostring, ipairs, table.sort, table.concat
local pairs, format = core.raw_pairs, core.raw_format

local args = {}

local STEPS = { ["1m"] = 1, ["3m"] = 3, ["5m"] = 5, ["15m"] = 15, ["30m"] = 30, ["1h"] = 60, ["2h"] = 120,
                ["4h"] = 240, ["6h"] = 360, ["8h"] = 480, ["1d"] = 1440 }
local INTERVALS = { "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "1d" }

local WORDS = { text = "a text that is not empty", number = "a number", boolean = "true or false", ["function"] = "a function",
                table = "a table", string = "a text", interval = "an interval such as \"1h\"" }

local function fits(value, kind)
  if kind == "any" then return true end
  if kind == "text" then return type(value) == "string" and value ~= "" end
  if kind == "interval" then return STEPS[value] ~= nil end
  if kind == "number" then return type(value) == "number" and value == value and value < 1 / 0 and value > -1 / 0 end
  return type(value) == kind
end

--- Raises unless `value` is of the kind: text (not an empty one), string (of any length), number, boolean, function, table, interval.
function args.value(who, name, value, kind)
  if fits(value, kind) then return value end
  if value == nil then raise(format("%s: %s is missing; give %s", who, name, WORDS[kind])) end
  if kind == "interval" and type(value) == "string" then
    local near = host.nearest(value, INTERVALS)
    raise(format('%s: unknown interval "%s"%s; there are %s', who, value, near and format(' (did you mean "%s"?)', near) or "",
                 concat(INTERVALS, " ")))
  end
  raise(format("%s: %s must be %s, got %s", who, name, WORDS[kind], type(value) == "string" and format("the text %q", value) or type(value)))
end

--- The same for a table of named arguments. `known`: name -> kind, with "?" behind it when it may be left out.
function args.named(who, given, known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  sort(names)
  if type(given) ~= "table" then raise(format("%s needs a table with %s, got %s", who, concat(names, ", "), type(given))) end
  for name in pairs(given) do
    if not known[name] then
      local near = host.nearest(tostring(name), names)
      raise(format("%s has no field '%s'%s", who, tostring(name), near and format("; did you mean '%s'?", near) or
                   "; it has " .. concat(names, ", ")))
    end
  end
  for _, name in ipairs(names) do
    local kind = known[name]
    if kind:sub(-1) ~= "?" then
      if kind ~= "any" then args.value(who, name, given[name], kind) end
    elseif given[name] ~= nil then
      args.value(who, name, given[name], kind:sub(1, -2))
    end
  end
  return given
end

--- Start of the slot of the interval that the moment lies in, ms (UTC).
function args.align(moment, interval)
  local step = STEPS[interval] * 60000
  return moment - moment % step
end

return args

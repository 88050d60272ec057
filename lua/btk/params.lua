-- `params` of a strategy: what a sweep may vary, and the values in force (lua-api.md, "Strategy").
--
--   fast = { 5, 50, step = 5 }          a range: 5, 10 .. 50
--   mode = { "calm", "wild" }           a choice of numbers, texts or true/false
--   mode = { choices = { ... } }        the same
--   size = 3                            fixed; --param may still set it
--
-- The first value is in force unless --param (of `btkhost run`, `paper`, `live`) or a sweep sets another.
local core = ...
local raise, host, order = core.raise, core.host, core.module("key_order")
local pairs, format = core.raw_pairs, core.raw_format
local type, ipairs, tonumber, tostring, setmetatable = type, ipairs, tonumber, tostring, setmetatable
local floor, sort, concat = math.floor, table.sort, table.concat

local MOST_VALUES = 10000
local params = {}

local function finite(v) return type(v) == "number" and v == v and v ~= 1 / 0 and v ~= -1 / 0 end
local function plain(v) return finite(v) or type(v) == "string" or type(v) == "boolean" end

-- Steps without the last digits that adding up leaves behind: 0.3, not 0.30000000000000004.
local function range(spec)
  local from, to, step = spec[1], spec[2], spec.step
  local out = {}
  for i = 0, floor((to - from) / step + 1e-9) do out[i + 1] = tonumber(format("%.12g", from + i * step)) end
  return out
end

local function wrong_range(spec)
  local from, to, step = spec[1], spec[2], spec.step
  if spec.choices ~= nil then return "has both step and choices; give one of them" end
  if not finite(from) or not finite(to) or spec[3] ~= nil then return "has a step, so it needs exactly two numbers { from, to, step = }" end
  if not finite(step) or step <= 0 then return "has a step that is no number above 0" end
  if to < from then return format("ends (%s) before it begins (%s)", tostring(to), tostring(from)) end
  if (to - from) / step >= MOST_VALUES then return format("has more than %d values; use a larger step", MOST_VALUES) end
end

local function wrong_list(list)
  local seen, count = {}, 0
  for key in pairs(list) do
    if type(key) ~= "number" then return format("has the field '%s'; there are step and choices", tostring(key)) end
    count = count + 1
  end
  if count == 0 then return "is empty" end
  if count ~= #list then return "has a hole in its list" end
  if count > MOST_VALUES then return format("has more than %d values", MOST_VALUES) end
  for _, v in ipairs(list) do
    if not plain(v) then return format("has a %s among its values; numbers, texts and true/false can be varied", type(v)) end
    if seen[tostring(v)] then return format("has the value %s twice", tostring(v)) end
    seen[tostring(v)] = true
  end
end

local function wrong(spec)
  if type(spec) ~= "table" then
    if not plain(spec) then return format("is a %s", type(spec)) end
    return
  end
  if spec.step ~= nil then
    for key in pairs(spec) do
      if key ~= 1 and key ~= 2 and key ~= 3 and key ~= "step" and key ~= "choices" then
        return format("has the field '%s'; there are step and choices", tostring(key))
      end
    end
    return wrong_range(spec)
  end
  if spec.choices ~= nil then
    for key in pairs(spec) do
      if key ~= "choices" then return format("has choices and also the field '%s'", tostring(key)) end
    end
    if type(spec.choices) ~= "table" then return "has choices that are no list" end
    return wrong_list(spec.choices)
  end
  return wrong_list(spec)
end

--- Is the declaration sound? Raises one sentence otherwise.
function params.check(declared)
  if type(declared) ~= "table" then return "a table such as { fast = { 5, 50, step = 5 } }" end
  for name, spec in pairs(declared) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      return format("a table with names such as { fast = { 5, 50, step = 5 } } ('%s' is none)", tostring(name))
    end
    local why = wrong(spec)
    if why then
      raise(format("strategy schema: params must be a table whose entries are values, lists or { from, to, step = }; '%s' %s", name, why))
    end
  end
end

local function values_of(spec)
  if type(spec) ~= "table" then return { spec } end
  if spec.step then return range(spec) end
  return spec.choices or spec
end

-- The value that a text stands for, as the declaration has its type. Numbers need not be among the declared ones.
local function read(strategy, name, text)
  local values, numbers = values_of(strategy.params[name]), true
  for _, v in ipairs(values) do
    if tostring(v) == text or type(v) == "number" and tonumber(text) == v then return v end
    numbers = numbers and type(v) == "number"
  end
  local number = tonumber(text)
  if numbers and finite(number) then return number end
  local declared = type(strategy.params[name])
  if declared == "string" then return text end
  if declared == "boolean" and (text == "true" or text == "false") then return text == "true" end
  local known = {}
  for i, v in ipairs(values) do known[i] = tostring(v) end
  raise(format("--param %s=%s: strategy '%s' wants %s", name, text, strategy.strategy_name,
               numbers and "a number there" or declared == "boolean" and "true or false there"
               or "one of " .. concat(known, ", ")))
end

-- " (did you mean 'fast'?)", or "; it has fast, slow".
local function hint(name, declared)
  local known = {}
  for other in pairs(declared) do known[#known + 1] = other end
  sort(known)
  local near = host.nearest(tostring(name), known)
  return near and format(" (did you mean '%s'?)", near) or #known > 0 and "; it has " .. concat(known, ", ") or ""
end

--- The values in force of a strategy: the first ones, then what the host was given. Touching one that is not declared is an error.
function params.in_force(strategy)
  local declared, out = strategy.params or {}, {}
  for name, spec in pairs(declared) do out[name] = values_of(spec)[1] end
  for name, text in pairs(host.given_params()) do
    if declared[name] == nil then
      raise(format("--param %s: strategy '%s' declares no such parameter%s", name, strategy.strategy_name, hint(name, declared)))
    end
    out[name] = read(strategy, name, text)
  end
  local function undeclared(_, name)
    raise(format("btk.params: strategy '%s' declares no parameter '%s'%s", strategy.strategy_name, tostring(name), hint(name, declared)))
  end
  setmetatable(out, { __index = undeclared })
  -- Scripts get a table that stays empty, so that writing to it is noticed.
  return order.stand_in(out, function(_, name)
    if out[name] == nil then return end  -- not declared: that was the error
    raise(format("btk.params.%s cannot be changed: parameters are set before the run, by --param %s=..., by a sweep or in the params of " ..
                 "strategy '%s'; keep a value that changes in a variable of yours", name, name, strategy.strategy_name))
  end)
end

--- What a sweep may vary, for the host: { name =, values =, ordered = } in any order. A fixed value is an axis of one.
function params.axes(strategy)
  local out = {}
  for name, spec in pairs(strategy.params or {}) do
    out[#out + 1] = { name = name, values = values_of(spec), ordered = type(spec) == "table" and spec.step ~= nil }
  end
  return out
end

return params

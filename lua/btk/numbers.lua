-- math with the same bits on every machine: what the C library or the compiler
-- could round differently goes through SLEEF (lua/det_math.h). `x ^ y` with a
-- fraction still goes through the C library; math.pow does not.
local core = ...
local type, tonumber = type, tonumber
local cast = core.ffi.cast

-- LuaJIT compiles calls of C function pointers; the texts that Lua takes for numbers go the slow way.
local function unary(name, address)
  local f, raw = cast("double (*)(double)", address), math[name]
  return function(...)
    local x = ...
    if type(x) == "number" then return f(x) end
    if tonumber(x) == nil or type(x) == "cdata" then return raw(...) end -- Lua's own complaint
    return f(tonumber(x))
  end
end

local function binary(name, address)
  local f, raw = cast("double (*)(double, double)", address), math[name]
  return function(...)
    local x, y = ...
    if type(x) == "number" and type(y) == "number" then return f(x, y) end
    if tonumber(x) == nil or tonumber(y) == nil or type(x) == "cdata" or type(y) == "cdata" then
      return raw(...)
    end
    return f(tonumber(x), tonumber(y))
  end
end

for name, address in core.raw_pairs(core.math1) do math[name] = unary(name, address) end
for name, address in core.raw_pairs(core.math2) do math[name] = binary(name, address) end

-- math.log(x, base) of later Lua versions, which LuaJIT has too.
local log, log_raw = math.log, core.raw_log
function math.log(...)
  local x, base = ...
  if base == nil then return log(x) end
  if type(x) ~= "number" or type(base) ~= "number" then return log_raw(...) end
  if base == 10 then return math.log10(x) end
  return log(x) / log(base)
end

-- LuaJIT's own generator: the same sequence on every machine for the same seed.
math.randomseed(core.random_seed)

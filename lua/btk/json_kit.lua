-- What writing and reading JSON share. Internal: scripts see lua/btk/json.lua.
local core = ...
local raise = core.raise
local type, pcall, error, setmetatable, rawequal = type, pcall, error, setmetatable, rawequal

local kit = {
  depth = 200,                  -- levels of nesting
  replacement = "\239\191\189",  -- U+FFFD
  empty_arrays = setmetatable({}, { __mode = "k" }),
}

local function frozen() raise("json.null cannot be changed") end

kit.null = setmetatable({}, {
  __tostring = function() return "null" end, __newindex = frozen, __index = function() end, __metatable = false,
})

--- Remembers that a table is an array even when it is empty.
function kit.array(list)
  if type(list) ~= "table" or rawequal(list, kit.null) then raise("json.array needs a table, got " .. type(list)) end
  kit.empty_arrays[list] = true
  return list
end

-- Length of the valid UTF-8 sequence that starts at p[i] and ends before p[n]; 0 when there is none.
function kit.sequence(p, i, n)
  local a = p[i]
  if a < 0x80 then return 1 end
  if a < 0xC2 or a > 0xF4 then return 0 end
  local length = a < 0xE0 and 2 or a < 0xF0 and 3 or 4
  if i + length > n then return 0 end
  for k = 1, length - 1 do
    if p[i + k] < 0x80 or p[i + k] > 0xBF then return 0 end
  end
  local b = p[i + 1]
  -- No overlong forms, no surrogates, nothing above U+10FFFF.
  if a == 0xE0 and b < 0xA0 or a == 0xED and b > 0x9F or a == 0xF0 and b < 0x90 or a == 0xF4 and b > 0x8F then
    return 0
  end
  return length
end

-- Errors inside are thrown as this table, so that they are told from those that are not ours (out of memory, the
-- script was stopped), which pass through.
local problem = { message = "" }

function kit.throw(message)
  problem.message = message
  error(problem, 0)
end

--- What f() returns; what it throws is raised at the script. `after` runs in both cases.
function kit.run(f, after)
  local ok, result = pcall(f)
  after()
  if ok then return result end
  if rawequal(result, problem) then raise(problem.message) end
  error(result, 0)
end

return kit

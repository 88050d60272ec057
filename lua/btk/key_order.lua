-- pairs and next in an order that depends on the content of the table only:
-- 1..n first, then other numbers ascending, strings by bytes, false, true. Keys of
-- other types have no such order: they come last and mark the run.
local core = ...
local type, rawget, sort = type, rawget, table.sort
-- Debian's LuaJIT compiles loops over `next` soundly only where the parser sees that name, or `pairs`: elsewhere
-- compiled code may read wrong keys. So the host's loops use these names, and scripts' loops never get `next`.
local raw_pairs, next = core.raw_pairs, core.raw_next
local mark, user_position = core.mark_not_reproducible, core.user_position

local order = {}

-- Tables that scripts may read and not change: each is empty, and stands for one with the values, which is walked and
-- written (as JSON) in its place.
local behind = setmetatable({}, { __mode = "k" })

--- A table to read `values` by; `refuse(table, key)` is called for what is written to it.
function order.stand_in(values, refuse)
  local out = setmetatable({}, { __index = values, __newindex = refuse, __metatable = false })
  behind[out] = values
  return out
end

--- The table that is behind `t`: itself, unless it is a stand-in.
function order.behind(t) return behind[t] or t end

-- The length of a plain array, whose keys are 1..n; nothing for other tables. Seeing that costs one quick pass:
-- LuaJIT visits plain arrays as 1..n.
local function plain_length(t)
  local length = 0
  for key in next, t do
    length = length + 1
    if key ~= length then return nil end
  end
  return length
end

local function append(keys, count, more, more_count)
  for i = 1, more_count do keys[count + i] = more[i] end
  return count + more_count
end

local function insertion_sort(list, count)
  for i = 2, count do
    local value, at = list[i], i - 1
    while at >= 1 and list[at] > value do
      list[at + 1] = list[at]
      at = at - 1
    end
    list[at + 1] = value
  end
end

local function sort_list(list, count)
  if count <= 12 then insertion_sort(list, count) else sort(list) end
end

local marked = false
local function mark_once()
  if marked then return end
  marked = true
  local file, line = user_position()
  mark(file and (file .. ":" .. line) or "")
end

-- The keys of `t` in order, how many, and whether all of them have an order.
local function sorted_keys(t)
  local keys, length = {}, 0
  while rawget(t, length + 1) ~= nil do
    length = length + 1
    keys[length] = length
  end
  local numbers, strings, others, n, s, o = {}, {}, nil, 0, 0, 0
  local has_false, has_true = false, false
  for key in next, t do
    local kind = type(key)
    if kind == "string" then
      s = s + 1
      strings[s] = key
    elseif kind == "number" then
      if not (key >= 1 and key <= length and key % 1 == 0) then
        n = n + 1
        numbers[n] = key
      end
    elseif key == true then has_true = true
    elseif key == false then has_false = true
    else
      o = o + 1
      others = others or {}
      others[o] = key
    end
  end
  sort_list(strings, s)
  if length + n + o == 0 and not has_false and not has_true then return strings, s, true end
  sort_list(numbers, n)
  local count = append(keys, length, numbers, n)
  count = append(keys, count, strings, s)
  if has_false then
    count = count + 1
    keys[count] = false
  end
  if has_true then
    count = count + 1
    keys[count] = true
  end
  if o == 0 then return keys, count, true end
  mark_once()
  return keys, append(keys, count, others, o), false
end

-- A table that is walked again and again (settings, say) with the same keys need not be sorted again:
-- { raw = keys in LuaJIT's order, count =, sorted = }. At its first walk a table only gets `true`.
local known = setmetatable({}, { __mode = "k" })

local function has_keys(t, raw, count)
  local i = 0
  for key in next, t do
    i = i + 1
    if raw[i] ~= key then return false end
  end
  return i == count
end

local function ordered_keys(t)
  local before = known[t]
  if before and before ~= true and has_keys(t, before.raw, before.count) then return before.sorted, before.count end
  local keys, count, reproducible = sorted_keys(t)
  if not reproducible then return keys, count end
  if before then
    local raw, i = {}, 0
    for key in next, t do
      i = i + 1
      raw[i] = key
    end
    known[t] = { raw = raw, count = count, sorted = keys }
  else
    known[t] = true
  end
  return keys, count
end

-- One loop over a table that is no plain array; keys removed meanwhile are skipped.
local function walk(loop)
  local keys, t, at = loop.keys, loop.t, loop.at
  while at < loop.count do
    at = at + 1
    local key = keys[at]
    local value = rawget(t, key)
    if value ~= nil then
      loop.at = at
      return key, value
    end
  end
  loop.at = at
  return nil
end

-- The same for a plain array.
local function walk_array(loop, at)
  local t, count = loop.t, loop.count
  while at < count do
    at = at + 1
    local value = rawget(t, at)
    if value ~= nil then return at, value end
  end
  return nil
end

function order.pairs(...)
  local t = ...
  if type(t) == "cdata" then error("pairs does not walk candles; use ipairs(list), or for i = 1, #list", 2) end
  if type(t) ~= "table" then return raw_pairs(...) end
  t = behind[t] or t
  local length = plain_length(t)
  if length then return walk_array, { t = t, count = length }, 0 end
  local keys, count = ordered_keys(t)
  return walk, { t = t, keys = keys, count = count, at = 0 }, nil
end

-- next() keeps the order of the table that it is working on: { keys=, count=, position= } by table. It is
-- made at the second call only, since `next(t) == nil` is how one asks whether a table is empty; until
-- then the first key is kept, which may be gone at the second call.
local walks = setmetatable({}, { __mode = "k" })
local firsts = setmetatable({}, { __mode = "k" })

local function first_key(t)
  if rawget(t, 1) ~= nil then return 1 end
  local lowest, text, no, yes
  for key in next, t do
    local kind = type(key)
    if kind == "number" then
      if lowest == nil or key < lowest then lowest = key end
    elseif kind == "string" then
      if text == nil or key < text then text = key end
    elseif key == false then no = true
    elseif key == true then yes = true
    end
  end
  if lowest ~= nil then return lowest end
  if text ~= nil then return text end
  if no then return false end
  if yes then return true end
  local other = next(t)
  if other ~= nil then mark_once() end
  return other
end

local function start_walk(t)
  local keys, count = sorted_keys(t)
  local position = {}
  for i = 1, count do position[keys[i]] = i end
  local found = { keys = keys, count = count, position = position }
  walks[t] = found
  return found
end

function order.next(...)
  local t, key = ...
  if type(t) ~= "table" then return next(...) end
  t = behind[t] or t
  if key == nil then
    walks[t] = nil
    local first = first_key(t)
    if first == nil then return nil end
    firsts[t] = first
    return first, rawget(t, first)
  end
  local found = walks[t]
  if found == nil or found.position[key] == nil then found = start_walk(t) end
  local at = found.position[key]
  if at == nil and firsts[t] == key then at = 0 end
  if at == nil then return next(t, key) end -- not a key: Lua's own error, or the rest of a key just removed
  while at < found.count do
    at = at + 1
    local value = rawget(t, found.keys[at])
    if value ~= nil then return found.keys[at], value end
  end
  walks[t] = nil
  return nil
end

-- ipairs that also walks candle lists, which are cdata with # and [].
local raw_ipairs = core.raw_ipairs
local function walk_view(view, i)
  i = i + 1
  if i <= #view then return i, view[i] end
end

function order.ipairs(...)
  local list = ...
  if type(list) == "cdata" then return walk_view, list, 0 end
  return raw_ipairs(...)
end

return order

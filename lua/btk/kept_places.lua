-- Where a service keeps its values: in the session's store (the default, lua/btk/kept.lua), in memory, nowhere, or with functions
-- of the script. The choices of analytics.md 5.3, for everything of that service in this isolate.
local core = ...
local host, raise = core.host, core.raise
local args, text = core.module("args"), core.module("kept_text")
local type, ipairs, format = type, ipairs, core.raw_format
local encode, decode = text.encode, text.decode

local places = {}

local function text_of(value) return value ~= nil and encode(value) or nil end
local function value_of(written)
  if written == nil then return nil end
  return decode(written)
end

-- `quiet`: nobody hears of a value that is written.
local function of_host(prefix)
  return {
    quiet = true,
    get = function(space, key) return value_of(host.kept_get(prefix .. space, key)) end,
    put = function(space, key, value) host.kept_put(prefix .. space, key, text_of(value)) end,
    keys = function(space) return (host.kept_list(prefix .. space)) end,
    list = function(space)
      local keys, texts = host.kept_list(prefix .. space)
      for i, text in ipairs(texts) do texts[i] = decode(text) end
      return keys, texts
    end,
  }
end

--- The store of the run or the session.
places.store = of_host("")
--- What the host remembers as long as it lives.
places.process = of_host("process/")
--- Nowhere.
places.nowhere = {
  get = function() end, put = function(_, _, value) text_of(value) end, -- what has no JSON form is an error here, too
  keys = function() return {} end, list = function() return {}, {} end,
}

--- The functions of a script: get(space, key), set(space, key, value or nil), keys(space). Values are copies.
function places.adapter(who, given)
  args.named(who, given, { get = "function", set = "function", keys = "function" })
  local function keys(space)
    local list = given.keys(space)
    if type(list) ~= "table" then raise(format("%s: keys must return a list, got %s", who, type(list))) end
    for i, key in ipairs(list) do
      if type(key) ~= "string" then raise(format("%s: keys must return a list of texts, see entry %d", who, i)) end
    end
    return list
  end
  local function get(space, key) return value_of(text_of(given.get(space, key))) end
  return {
    get = get, keys = keys,
    put = function(space, key, value) given.set(space, key, value_of(text_of(value))) end,
    list = function(space)
      local names, values = {}, {}
      for _, key in ipairs(keys(space)) do
        local value = get(space, key)
        if value ~= nil then names[#names + 1], values[#values + 1] = key, value end
      end
      return names, values
    end,
  }
end

return places

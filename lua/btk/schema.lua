-- What scripts register: exchanges, frames, strategies, risks, sizings, actions, walkers, sweeps. One table
-- (schema_fields.lua) says which fields a schema has; add_, get_, list_ and override_ of every kind follow from it. A
-- failed add_ reserves nothing, list_ shows overrides (differences.md 15).
local core = ...
local raise, host = core.raise, core.host
local fields_of = core.module("schema_fields")
local kinds, check, describe = fields_of.kinds, fields_of.check, fields_of.describe
local type, ipairs, tostring = type, ipairs, tostring
local pairs = core.raw_pairs
local format = core.raw_format

local schema = { check_handler = fields_of.check_handler, frame_range = fields_of.frame_range }

local function copy(s)
  local out = {}
  for k, v in pairs(s) do out[k] = v end
  return out
end

local stores, orders, folders, places, files = {}, {}, {}, {}, {}
for kind in pairs(kinds) do
  stores[kind], orders[kind], folders[kind], places[kind], files[kind] = {}, {}, {}, {}, {}
end

--- Raises the error of a name that is none: the nearest one, or what there is, and who asked for it.
function schema.not_registered(kind, name, owner)
  local names = orders[kind]
  local near = type(name) == "string" and host.nearest(name, names) or nil
  local hint = near and format(' (did you mean "%s"?)', near) or
               names[1] and format("; there %s %s", names[2] and "are" or "is", table.concat(names, ", ")) or ""
  raise(format('%s%s "%s" is not registered%s', owner or "", kind, tostring(name), hint))
end

--- The registered schema of that name; an error otherwise, for an optimizer in the reference's words.
function schema.get(kind, name, owner)
  local found = type(name) == "string" and stores[kind][name]
  if found then return found end
  if kind == "optimizer" then raise(format("optimizer %s not found source=%s", tostring(name), owner or "get_optimizer")) end
  schema.not_registered(kind, name, owner)
end

--- The file that registered it, as messages show it, or nil.
function schema.file(kind, name) return files[kind][name] end
--- Folder of the script that registered it: paths in a schema are relative to it.
function schema.folder(kind, name) return folders[kind][name] end
function schema.has(kind, name) return stores[kind][name] ~= nil end
--- Name of the first schema registered, or nil.
function schema.first(kind) return orders[kind][1] end
function schema.names(kind) return orders[kind] end

--- The name that was given for the kind, or else the first registered.
function schema.pick(kind, given)
  local name = given[kind .. "_name"] or schema.first(kind) or raise(host.not_specified(kind))
  schema.get(kind, name)
  return name
end

--- References between schemas: a strategy's risks and actions, a walker's parts. `place` stands before the error.
function schema.check_references(kind, s, place)
  local owner = format("%s%s '%s': ", place or "", kind, s[kind .. "_name"])
  if kind == "strategy" then
    for _, name in ipairs(schema.risks_of(s)) do schema.get("risk", name, owner) end
    for _, name in ipairs(s.actions or {}) do schema.get("action", name, owner) end
  elseif kind == "walker" then
    schema.get("exchange", s.exchange_name, owner)
    schema.get("frame", s.frame_name, owner)
    for _, name in ipairs(s.strategies) do schema.get("strategy", name, owner) end
  elseif kind == "sweep" then
    schema.get("exchange", s.exchange_name, owner)
  end
end

--- All of them, when everything is registered: what is missing is told at the line of the add_ that needs it.
function schema.check_all_references()
  for _, kind in ipairs { "strategy", "walker", "sweep" } do
    for _, name in ipairs(orders[kind]) do schema.check_references(kind, stores[kind][name], places[kind][name]) end
  end
end

--- Risk profiles of a strategy in the order of checking: risk_name first, then the list without repeats.
function schema.risks_of(s)
  local out, seen = {}, {}
  local function add(name)
    if name and not seen[name] then
      seen[name] = true
      out[#out + 1] = name
    end
  end
  add(s.risk_name)
  for _, name in ipairs(s.risk_list or {}) do add(name) end
  return out
end

local function add(kind, s)
  -- The reference says so before it looks at anything else.
  if kind == "optimizer" and type(s) == "table" and stores.optimizer[s.optimizer_name or ""] then
    raise(format("optimizer %s already exist; give it another name", s.optimizer_name))
  end
  check(kind, s)
  local name = s[kind .. "_name"]
  if stores[kind][name] then raise(format('%s "%s" is already registered; give it another name', kind, name)) end
  stores[kind][name] = copy(s)
  folders[kind][name] = core.script_folder
  local file, line = core.user_position()
  places[kind][name] = file and format("%s:%d: ", file, line)
  files[kind][name] = file
  orders[kind][#orders[kind] + 1] = name
end

--- A schema of another script, checked there.
function schema.lend(kind, s, folder)
  local name = s[kind .. "_name"]
  if not stores[kind][name] then orders[kind][#orders[kind] + 1] = name end
  fields_of.drop_foreign(kind, s, { driver = s.driver })  -- the host names all of them, with their defaults
  stores[kind][name], folders[kind][name] = s, folder
end

--- Registers a schema that the host's own Lua made.
function schema.register(kind, s) add(kind, s) end

local function list(kind)
  local out = {}
  for i, name in ipairs(orders[kind]) do out[i] = copy(stores[kind][name]) end
  return out
end

-- The members that are given replace those of the registered schema. Runs that have begun keep the old one.
local function override(kind, part)
  if type(part) ~= "table" then raise(format("override_%s needs a table, got %s", kind, describe(part))) end
  local key = kind .. "_name"
  if part[key] == nil then raise(format("override_%s: %s is missing; say which one", kind, key)) end
  local merged = copy(schema.get(kind, part[key]))
  for k, v in pairs(part) do merged[k] = v end
  if kind == "exchange" and part.driver and not part.get_candles then merged.get_candles = nil end
  if kind == "exchange" and part.get_candles and not part.driver then merged.driver = nil end
  fields_of.drop_foreign(kind, merged, part)
  check(kind, merged)
  stores[kind][part[key]] = merged
  return copy(merged)
end

--- @api btk.add_exchange(schema)
--- Registers an exchange: where candles come from, a driver or functions of yours. Its fields: [registering](registering.md#exchange). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_frame(schema)
--- Registers a frame: the stretch of time that a back-test walks through, and its steps. Its fields: [registering](registering.md#frame). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_strategy(schema)
--- Registers a strategy: get_signal, how often it is asked, its risk profiles, actions and callbacks. Its fields: [registering](registering.md#strategy). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_risk(schema)
--- Registers a risk profile: functions that may turn a signal down, shared by the strategies that name it. Its fields: [registering](registering.md#risk). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_sizing(schema)
--- Registers a way to compute how much to buy, for btk.position_size. Its fields: [registering](registering.md#sizing). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_action(schema)
--- Registers an action: a handler that is told what becomes of the signals of strategies that name it. Its fields: [registering](registering.md#action). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_walker(schema)
--- Registers a comparison of strategies over one exchange and frame. Its fields: [registering](registering.md#walker). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_sweep(schema)
--- Registers a search over the exits of published trade ideas. Its fields: [registering](registering.md#sweep). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.add_optimizer(schema)
--- Registers a search for strategies with a language model: training ranges, data, prompts. Its fields: [registering](registering.md#optimizer). An unknown, missing or wrong one is an error that says so.
--- @param schema table

--- @api btk.get_exchange(name)
--- @api btk.get_frame(name)
--- @api btk.get_strategy(name)
--- @api btk.get_risk(name)
--- @api btk.get_sizing(name)
--- @api btk.get_action(name)
--- @api btk.get_walker(name)
--- @api btk.get_sweep(name)
--- @api btk.get_optimizer(name)
--- The registered schema of that name, as a copy; an error that names the nearest one otherwise.
--- @param name string
--- @return table

--- @api btk.list_exchange()
--- @api btk.list_frame()
--- @api btk.list_strategy()
--- @api btk.list_risk()
--- @api btk.list_sizing()
--- @api btk.list_action()
--- @api btk.list_walker()
--- @api btk.list_sweep()
--- @api btk.list_optimizer()
--- All registered schemas of the kind, in the order of registration, with overrides.
--- @return table[]

--- @api btk.override_exchange(part)
--- @api btk.override_frame(part)
--- @api btk.override_strategy(part)
--- @api btk.override_risk(part)
--- @api btk.override_sizing(part)
--- @api btk.override_action(part)
--- @api btk.override_walker(part)
--- @api btk.override_sweep(part)
--- @api btk.override_optimizer(part)
--- Replaces members of a registered schema; `part` names it. Runs that have begun keep the old one.
--- @param part table
--- @return table schema as it is now

--- Puts add_<kind>, get_<kind>, list_<kind> and override_<kind> of every kind into `btk`.
function schema.install(btk)
  for kind in pairs(kinds) do
    btk["add_" .. kind] = function(s) add(kind, s) end
    btk["get_" .. kind] = function(name) return copy(schema.get(kind, name)) end
    btk["list_" .. kind] = function() return list(kind) end
    btk["override_" .. kind] = function(part) return override(kind, part) end
  end
end

return schema

-- Fields that only one choice of a schema has: the numbers of the made-up market belong to driver "synthetic",
-- kelly_multiplier to method "kelly-criterion". Elsewhere they would be passed over in silence.
local core = ...
local raise = core.raise
local ipairs, format, concat = ipairs, core.raw_format, table.concat

-- The field that chooses, then fields with the choices that have them.
local kinds = {
  exchange = {
    field = "driver",
    { "base_url", "binance" }, { "market", "binance" }, { "path", "csv", "sqlite", "binance" },
    { "seed", "synthetic" }, { "start_price", "synthetic" }, { "volatility", "synthetic" },
  },
  sizing = {
    field = "method",
    { "atr_multiplier", "atr-based" }, { "kelly_multiplier", "kelly-criterion" },
    { "risk_percentage", "fixed-percentage", "atr-based" },
  },
}

local function belongs(own, chosen)
  for i = 2, #own do if own[i] == chosen then return true end end
  return false
end

local choices = {}

--- Raises an error that names a field of another choice.
function choices.check(kind, s)
  local choice = kinds[kind]
  for _, own in ipairs(choice or {}) do
    local name, chosen = own[1], s[choice.field]
    if s[name] ~= nil and not belongs(own, chosen) then
      raise(format('%s \'%s\' (%s) has no field \'%s\'; it belongs to %s "%s"', kind, s[kind .. "_name"], chosen or "get_candles", name,
                   choice.field, concat(own, '", "', 2)))
    end
  end
end

--- What an override leaves of a schema when `part` makes another choice: fields of the one before go with it.
function choices.drop(kind, merged, part)
  local choice = kinds[kind]
  if not choice or part[choice.field] == nil and part.get_candles == nil then return end
  for _, own in ipairs(choice) do
    if part[own[1]] == nil and not belongs(own, merged[choice.field]) then merged[own[1]] = nil end
  end
end

return choices

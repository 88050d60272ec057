-- btk.include: other files of a generated strategy set. A generated strategy runs in the isolate of its own run only; in all
-- others it is registered by name, so that generated files never share a Lua state (optimizer-cli.md OPT-50a).
local core = ...
local host, raise = core.host, core.raise
local schema, json = core.module("schema"), core.module("json")
local raw_load, raw_pcall = core.raw_load, core.raw_pcall
local type, error = type, error
local format = core.raw_format

local HEADER = "^%-%- btk:generated ([^\n]*)\n(.*)$"

local function header_of(source, path)
  local line, body = source:match(HEADER)
  if not line then return nil end
  local ok, about = raw_pcall(json.decode, line)
  if not ok or type(about) ~= "table" then raise(format("btk.include: the first line of %s is no header of a generated file", path)) end
  if about.body_sha256 ~= host.digest("SHA256", body) then
    core.log("warn", format("%s was edited after it was generated; it runs as it is", path))
  end
  return about
end

--- Runs a file beside this one. It cannot lie outside this folder, whatever links say.
return function(path)
  if type(path) ~= "string" or path == "" then raise("btk.include needs the name of a file beside this one") end
  local source, name = core.read_beside(path)
  local about = header_of(source, name)
  local strategy = about and about.strategy
  if strategy and core.strategy ~= strategy then
    schema.register("strategy", { strategy_name = strategy, interval = "5m", note = "runs in an isolate of its own" })
    return
  end
  local chunk, problem = raw_load(source, "@" .. name, "t")
  if not chunk then error(problem, 0) end
  if core.enter_strategy then core.enter_strategy() end   -- what the entry of a generated set may use, its strategy may not
  chunk()
end

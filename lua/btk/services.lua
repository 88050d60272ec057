-- The services that scripts live on (analytics.md 6): puts them into `btk`.
local core = ...
local ipairs = ipairs

local services = {}

--- Tables of functions, each a module of the same name.
services.names = { "cache", "interval", "cron", "memory", "state", "session", "kv", "storage", "recent", "notification",
                   "lookup", "reflect", "system", "graph", "dump" }

function services.install(btk)
  for _, name in ipairs(services.names) do
    local service = core.module(name)
    local install = service.install
    if install then
      service.install = nil
      install(btk)
    else
      btk[name] = service
    end
  end
  core.module("log_list").install(core.module("log"))
end

return services

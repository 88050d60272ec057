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
  --- What the script says with btk.log is handed to the functions of a table as well, as btk.log.use_logger does: log, debug, info,
  --- warn, error, trace, agent (topic, ...), as far as there are any.
  --- @param logger table { info = function(topic, ...) end, ... }
  function btk.set_logger(logger) core.module("log").use_logger(logger) end
end

return services

-- btk.graph: values composed of values. A source node fetches, an output node computes from the values of its nodes; resolve()
-- computes a node with all it needs, each node once.
local core = ...
local raise = core.raise
local args, kept = core.module("args"), core.module("kept")
local type, ipairs, select = type, ipairs, select
local format = core.raw_format
local pairs = core.raw_pairs

local graph = {}

local SOURCE, OUTPUT = "source_node", "output_node"
graph.SOURCE_NODE, graph.OUTPUT_NODE = SOURCE, OUTPUT

local function check(who, node)
  if type(node) ~= "table" or node.type ~= SOURCE and node.type ~= OUTPUT then
    raise(who .. " needs nodes made by graph.source_node or graph.output_node, got " .. type(node))
  end
  local made_of = node.type == SOURCE and "fetch" or "compute"
  if type(node[made_of]) ~= "function" then raise(format("%s: a %s has no function %s", who, node.type, made_of)) end
  return node
end

--- A node whose value is fetch(symbol, when, current_price, exchange_name).
function graph.source_node(fetch, description)
  args.value("graph.source_node", "fetch", fetch, "function")
  return { type = SOURCE, fetch = fetch, description = description }
end

--- A node whose value is compute(values), the values of the nodes in their order.
function graph.output_node(compute, ...)
  args.value("graph.output_node", "compute", compute, "function")
  local nodes = { ... }
  for i = 1, select("#", ...) do check("graph.output_node", nodes[i]) end
  return { type = OUTPUT, compute = compute, nodes = nodes }
end

-- Visits nodes after those that they are made of, each once; a node that needs itself is an error.
local function walk(who, node, done, visit)
  if done[node] == "open" then
    raise(format("%s: the node%s needs itself", who, node.description and " '" .. node.description .. "'" or ""))
  end
  if done[node] then return end
  done[node] = "open"
  for _, child in ipairs(check(who, node).nodes or {}) do walk(who, child, done, visit) end
  done[node] = "visited"
  visit(node)
end

--- The value of a node in the present minute. nil is a value, too: values.n tells how many there are.
function graph.resolve(node)
  local self = kept.run("graph.resolve")
  local values = {}
  walk("graph.resolve", node, {}, function(current)
    if current.type == SOURCE then
      values[current] = current.fetch(self.symbol, self.now.when, self.now.price, self.context.exchange_name)
    else
      local inputs = { n = #current.nodes }
      for i, child in ipairs(current.nodes) do inputs[i] = values[child] end
      values[current] = current.compute(inputs)
    end
  end)
  return values[node]
end

--- All nodes of the graphs, each once, behind those that it is made of.
function graph.deep_flat(roots)
  local out, done = {}, {}
  for _, root in ipairs(args.value("graph.deep_flat", "the argument", roots, "table")) do
    walk("graph.deep_flat", root, done, function(node) out[#out + 1] = node end)
  end
  return out
end

--- The graphs as a flat list: nodes with `id` and, in place of `nodes`, `node_ids`.
function graph.serialize(roots)
  local flat, ids = graph.deep_flat(roots), {}
  for i, node in ipairs(flat) do ids[node] = node.id or format("node-%d", i) end
  for i, node in ipairs(flat) do
    local copy = { id = ids[node] }
    for key, value in pairs(node) do if key ~= "nodes" then copy[key] = value end end
    if node.nodes then
      copy.node_ids = {}
      for k, child in ipairs(node.nodes) do copy.node_ids[k] = ids[child] end
    end
    flat[i] = copy
  end
  return flat
end

--- The graphs of such a list: their roots, the nodes that no other is made of. Functions must be in the list.
function graph.deserialize(flat)
  local by_id, used, roots, list = {}, {}, {}, {}
  for i, item in ipairs(args.value("graph.deserialize", "the argument", flat, "table")) do
    local node = {}
    for key, value in pairs(item) do if key ~= "node_ids" then node[key] = value end end
    args.value("graph.deserialize", "id", node.id, "text")
    list[i], by_id[node.id] = node, node
  end
  for i, item in ipairs(flat) do
    if item.node_ids then
      list[i].nodes = {}
      for k, id in ipairs(item.node_ids) do
        if not by_id[id] then raise(format("graph.deserialize: node '%s' is made of '%s', which is not in the list", item.id, id)) end
        list[i].nodes[k], used[id] = by_id[id], true
      end
    end
  end
  for _, node in ipairs(list) do
    if not used[node.id] then roots[#roots + 1] = node end
  end
  for _, root in ipairs(roots) do walk("graph.deserialize", root, {}, function() end) end
  return roots
end

return graph

-- btk.memory: notes of a signal, found by their words (analytics.md 6.4). Entries that were written later than the asking
-- moment are not shown, though they count in the figures of the formula.
--
-- BM25 as the reference has it: a term of the query meets every word of an entry that contains it;
-- idf = ln((N - df + 0.5) / (df + 0.5) + 1), and each word adds idf * f (K1 + 1) / (f + K1 (1 - B + B length / average)).
local core = ...
local host, raise = core.host, core.raise
local args, kept, json = core.module("args"), core.module("kept"), core.module("json")
local ipairs, sort, log, format, find = ipairs, table.sort, math.log, core.raw_format, string.find
local pairs = core.raw_pairs

local memory, ear = {}, kept.ear("memory")

local SETTINGS = { BM25_K1 = 1.5, BM25_B = 0.75, BM25_SCORE = 0.5 }
local serial = 0
local indexed = setmetatable({}, { __mode = "v" })  -- the words of an indexed text

local function words_of(text)
  local found = indexed[text]
  if not found then
    found = { count = {}, order = {}, length = 0 }
    for _, word in ipairs(host.words(text)) do
      if not found.count[word] then found.order[#found.order + 1] = word end
      found.count[word] = (found.count[word] or 0) + 1
      found.length = found.length + 1
    end
    indexed[text] = found
  end
  return found
end

-- `given` has signal_id, bucket_name; the space, and the asking moment.
local function place(who, given)
  local self = kept.run(who)
  local mode = given.backtest == nil and kept.mode(self) or (given.backtest and "backtest" or "live")
  return kept.space("memory", mode, given.signal_id, given.bucket_name), kept.moment(self, given.when), self
end

local act = {}

function act.write_memory(who, given)
  local space, when, self = place(who, given)
  serial = serial + 1
  local text = given.description
  if text == nil then text = json.encode(given.value) end
  kept.put(space, given.memory_id,
           { value = given.value, text = text, at = self.now.when, serial = serial, when = when })
end

function act.read_memory(who, given)
  local space, when, self = place(who, given)
  local entry = kept.get(space, given.memory_id)
  if not entry or not kept.seen(self, entry, when) then raise(format("%s: value not found memoryId=%s", who, given.memory_id)) end
  return entry.value
end

function act.list_memory(who, given)
  local space, when, self = place(who, given)
  local keys, entries = kept.list(space)
  local shown = {}
  for i, entry in ipairs(entries) do
    if kept.seen(self, entry, when) then shown[#shown + 1] = { id = keys[i], entry = entry, place = i } end
  end
  sort(shown, function(a, b)
    if a.entry.at ~= b.entry.at then return a.entry.at < b.entry.at end
    if a.entry.serial ~= b.entry.serial then return a.entry.serial < b.entry.serial end
    return a.place < b.place
  end)
  for i, item in ipairs(shown) do shown[i] = { memory_id = item.id, content = item.entry.value } end
  return shown
end

function act.remove_memory(who, given)
  kept.erase((place(who, given)), given.memory_id)
end

local function score_of(terms, entry, figures, settings)
  local k1, b = settings.BM25_K1, settings.BM25_B
  local norm = k1 * (1 - b + b * entry.length / figures.average)
  local score = 0
  for _, term in ipairs(terms) do
    for _, word in ipairs(entry.order) do
      if find(word, term, 1, true) then
        local df, f = figures.df[word], entry.count[word]
        local idf = log((figures.entries - df + 0.5) / (df + 0.5) + 1)
        score = score + idf * f * (k1 + 1) / (f + norm)
      end
    end
  end
  return score
end

function act.search_memory(who, given)
  local settings = SETTINGS
  if given.settings then
    settings = args.named(who .. ": settings", given.settings, { BM25_K1 = "number", BM25_B = "number", BM25_SCORE = "number" })
  end
  local space, when, self = place(who, given)
  local terms = host.words(given.query)
  local keys, entries = kept.list(space)
  if not terms[1] or not keys[1] then return {} end
  local figures = { entries = #keys, df = {}, average = 0 }
  local index, total = {}, 0
  for i, entry in ipairs(entries) do
    index[i] = words_of(entry.text)
    total = total + index[i].length
    for _, word in ipairs(index[i].order) do figures.df[word] = (figures.df[word] or 0) + 1 end
  end
  figures.average = total > 0 and total / #keys or 1
  local found = {}
  for i, entry in ipairs(entries) do
    if kept.seen(self, entry, when) then
      local score = score_of(terms, index[i], figures, settings)
      if score >= settings.BM25_SCORE then
        found[#found + 1] = { memory_id = keys[i], score = score, content = entry.value, place = i }
      end
    end
  end
  sort(found, function(a, c) return a.score > c.score or a.score == c.score and a.place < c.place end)
  for _, item in ipairs(found) do item.place = nil end
  return found
end

local fields = {
  write_memory = { memory_id = "text", value = "any", description = "text?" },
  read_memory = { memory_id = "text" },
  remove_memory = { memory_id = "text" },
  list_memory = {},
  search_memory = { query = "string", settings = "table?" },
}

local used = {}  -- spaces of back-tests, to be forgotten with their signal

--- write_memory, read_memory, search_memory, list_memory and remove_memory: btk.memory.* take the signal's id, those of
--- btk itself mean the signal that the run holds.
function memory.install(btk)
  btk.memory = memory
  for name, own in pairs(fields) do
    local by_id = { signal_id = "text", bucket_name = "text", backtest = "boolean?", when = "number?" }
    local by_run = { bucket_name = "text" }
    for field, kind in pairs(own) do by_id[field], by_run[field] = kind, kind end
    local who, fn = "memory." .. name, act[name]
    memory[name] = function(given)
      args.named(who, given, by_id)
      if name == "write_memory" and given.value == nil then raise(who .. ": value is missing") end
      return fn(who, given)
    end
    btk[name] = function(given)
      args.named(name, given, by_run)
      if name == "write_memory" and given.value == nil then raise(name .. ": value is missing") end
      local full = { signal_id = kept.signal_id(name) }
      for field, value in pairs(given) do full[field] = value end
      used[full.signal_id] = used[full.signal_id] or {}
      used[full.signal_id][given.bucket_name] = true
      return fn(name, full)
    end
  end
end

--- From now on the notes of a signal are forgotten when it closes or is cancelled (in a session they stay on disk).
function memory.enable()
  local function forget(event)
    if event.action ~= "closed" and event.action ~= "cancelled" then return end
    local buckets = used[event.signal.id]
    used[event.signal.id] = nil
    if not event.backtest then return end
    for bucket in pairs(buckets or {}) do memory.dispose(event.signal.id, bucket) end
  end
  return ear.open { { "signal_event", forget }, { "order_schedule", forget } }
end
function memory.disable() ear.close() end

kept.offer(memory, "memory", "use_local")

--- @api btk.memory.use_persist()
--- Notes are kept in the store of the session, so that they are there after a restart (the default).

--- @api btk.memory.use_local()
--- Notes are kept as long as the process lives.

--- @api btk.memory.use_dummy()
--- Notes are kept nowhere.

--- @api btk.memory.use_memory_adapter(given)
--- Notes are kept by functions of the script; values are tables, nil takes one away. `space` names mode, signal and bucket, the key is the note's id.
--- @param given table { get = function(space, key) end, set = function(space, key, value) end, keys = function(space) end }

--- Forgets the notes in a bucket of a signal.
function memory.dispose(signal_id, bucket_name)
  local who = "memory.dispose"
  local space = kept.space("memory", kept.mode(kept.run(who)), args.value(who, "signal_id", signal_id, "text"),
                           args.value(who, "bucket_name", bucket_name, "text"))
  local keys = kept.keys(space)
  for _, key in ipairs(keys) do kept.erase(space, key) end
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.list_memory(given)
--- All notes of a bucket.

--- @api btk.read_memory(given)
--- One note of a bucket.

--- @api btk.remove_memory(given)
--- Forgets a note.

--- @api btk.search_memory(given)
--- Notes of a bucket that fit a query best.

--- @api btk.write_memory(given)
--- Keeps a note in a bucket.

--- @api btk.memory.disable()
--- Notes are kept when their signal ends, as before enable().

--- @api btk.memory.list_memory(given)
--- All notes of a bucket.

--- @api btk.memory.read_memory(given)
--- One note of a bucket.

--- @api btk.memory.remove_memory(given)
--- Forgets a note.

--- @api btk.memory.search_memory(given)
--- Notes of a bucket that fit a query best.

--- @api btk.memory.write_memory(given)
--- Keeps a note in a bucket.

return memory

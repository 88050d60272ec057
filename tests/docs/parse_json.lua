-- Parses the text in JSON_FILE, one document, or with JSON_LINES=1 one on each line. For `btkhost exec --unsafe`.
local btk = require "btk"
local file = assert(io.open(btk.env("JSON_FILE"), "r"))
local text = file:read("*a")
file:close()
if btk.env("JSON_LINES", "") == "1" then
  for line in text:gmatch("[^\n]+") do btk.json.decode(line) end
else
  btk.json.decode(text)
end

-- Texts for generated files: quoting that lets nothing out of its literal, and strategy texts without Markdown.
local core = ...
local byte, gsub, sub, find = string.byte, string.gsub, string.sub, string.find
local format, concat = core.raw_format, table.concat

local text = {}

--- A double-quoted Lua literal: bytes 0 to 31, 127, " and \ become \ddd, all others stay. Reads back byte for byte.
function text.quote(value)
  return '"' .. gsub(value, '[%z\1-\31\127"\\]', function(c) return format("\\%03d", byte(c)) end) .. '"'
end

-- What stands between marks of emphasis, where they are marks: not inside words, not around blanks.
local function unmark(line, mark)
  local pattern = "()" .. mark .. "([^%s*_][^\n]-)" .. mark .. "()"
  local out, from, at = {}, 1, 1
  while true do
    local first, last, begins, inner, ends = find(line, pattern, at)
    if not first then break end
    local before, after = sub(line, begins - 1, begins - 1), sub(line, ends, ends)
    if begins > 1 and find(before, "[%w*_]") or find(after, "[%w*_]") or find(inner, "%s$") then
      at = first + 1
    else
      out[#out + 1] = sub(line, from, begins - 1) .. inner
      from, at = ends, last + 1
    end
  end
  out[#out + 1] = sub(line, from)
  return concat(out)
end

--- A strategy text as nearly plain text: headings, emphasis and links lose their marks; lists and tables keep their shape; code,
--- signs and quotes stay as they are; runs of blank lines become one.
function text.plain(markdown)
  local lines, fenced, blank = {}, false, true
  for line in (markdown .. "\n"):gmatch("([^\n]*)\n") do
    if find(line, "^%s*```") then
      fenced = not fenced
    elseif not fenced then
      line = gsub(line, "^%s?%s?%s?#+%s+", "")
      line = gsub(line, "!?%[([^%]]*)%]%([^)]*%)", "%1")
      line = unmark(unmark(unmark(unmark(line, "%*%*"), "__"), "%*"), "_")
    end
    local empty = not find(line, "%S")
    if not empty or not blank then lines[#lines + 1] = line end
    blank = empty
  end
  while lines[1] and not find(lines[#lines], "%S") do lines[#lines] = nil end
  return concat(lines, "\n")
end

--- A byte count for people: "3 KiB".
function text.size(bytes) return bytes < 1024 and format("%d bytes", bytes) or format("%d KiB", bytes / 1024) end

return text

# Do the functions, settings and options exist that pages name?
# awk -v settings=FILE -v options=FILE -f names.awk REFERENCE PAGE...
# `settings` names every CC_ key; the first page is the reference of all functions.
BEGIN {
  while ((getline line <settings) > 0) if (match(line, /CC_[A-Z_]+/)) known[substr(line, RSTART, RLENGTH)] = 1
  while ((getline line <options) > 0) option[line] = 1
  # Variables that are no settings; parts of names that stand for several; options of other programs.
  n = split("CC_SYMBOL_LIST CC_LLM_API CC_LLM_URL CC_LLM_MODEL CC_LLM_KEY CC_LLM_REPLAY CC_LLM_STORE CC_ENABLE_THINKING CC_ENABLE_DEBUG CC_ CC_MAX_ CC_KEY", w, " ")
  for (i = 1; i <= n; i++) known[w[i]] = 1
  # What `btk` has besides functions.
  n = split("btk.lua btk.sqlite btk.test btk.params btk.market btk.lookup.is_parallel btk.constant btk.series", w, " ")
  for (i = 1; i <= n; i++) known[w[i]] = 1
}
FNR == 1 { page++; fenced = 0 }
page == 1 {
  if (match($0, /^##+ `?btk[.:a-z_A-Z0-9]*/)) { name = substr($0, RSTART, RLENGTH); sub(/^##+ `?/, "", name); known[name] = 1; sub(/.*[.:]/, "", name); last[name] = 1 }
  next
}
/^[ \t]*```/ { fenced = !fenced }
function wrong(what) { printf "%s:%d: there is no %s\n", FILENAME, FNR, what; failed = 1 }
{
  rest = $0
  while (match(rest, /btk(\.[a-z_][a-z_0-9]*)+/)) {
    name = substr(rest, RSTART, RLENGTH)
    before = RSTART > 1 ? substr(rest, RSTART - 1, 1) : ""
    after = substr(rest, RSTART + RLENGTH, 1)
    rest = substr(rest, RSTART + RLENGTH)
    if (before ~ /[a-z0-9_-]/ || name ~ /^btk\.(params|market)\./) continue
    if (after == "*" || name ~ /_$/) continue  # btk.listen_...
    if (!(name in known)) wrong(name)
  }
  rest = $0
  while (match(rest, /CC_[A-Z_]*/)) {
    name = substr(rest, RSTART, RLENGTH)
    after = substr(rest, RSTART + RLENGTH, 1)
    rest = substr(rest, RSTART + RLENGTH)
    if (!(name in known) && after !~ /[<*.]/) wrong(name)
  }
  if (fenced) next
  rest = $0
  while (match(rest, /`[^`]+`/)) {
    name = substr(rest, RSTART + 1, RLENGTH - 2)
    rest = substr(rest, RSTART + RLENGTH)
    if (name ~ /^(commit|listen|add)_[a-z_]+$/ && name !~ /_$/ && !(name in last)) wrong("btk." name)
    if (name ~ /^--[a-z]/ && !(FILENAME ~ /porting/ && $0 ~ /^\| `--/)) {  # there, a table of another program's options
      sub(/[ =].*/, "", name); if (!(name in option)) wrong("option " name) }
  }
}
END { exit failed }

# Do the links between pages lead to files and headlines that are there? awk -f links.awk PAGE... , in the root folder.
# A headline's anchor: lower case, without marks, spaces as hyphens.
function anchor(text) {
  text = tolower(text)
  gsub(/`/, "", text)
  gsub(/[^a-z0-9 _-]/, "", text)
  gsub(/ /, "-", text)
  return text
}
function exists(path) {
  if (path in there) return there[path]
  sub(/\/$/, "", path)
  return there[path] = system("test -e '" path "'") == 0
}
function plain(path) {  # docs/../README.md
  while (sub(/[^\/]+\/\.\.\//, "", path)) continue
  return path
}
FNR == 1 { fenced = 0; folder = FILENAME; if (!sub(/[^\/]*$/, "", folder)) folder = "" }
/^[ \t]*```/ { fenced = !fenced; next }
fenced { next }
/^#+ / { head = $0; sub(/^#+ +/, "", head); anchors[FILENAME "#" anchor(head)] = 1 }
{
  rest = $0
  while (match(rest, /\]\([^)]+\)/)) {
    link = substr(rest, RSTART + 2, RLENGTH - 3)
    rest = substr(rest, RSTART + RLENGTH)
    if (link ~ /^[a-z]+:/) continue
    n++
    place[n] = FILENAME ":" FNR
    target[n] = link ~ /^#/ ? FILENAME link : plain(folder link)
  }
}
END {
  for (i = 1; i <= n; i++) {
    path = target[i]
    part = ""
    if (match(path, /#.*/)) { part = substr(path, RSTART); path = substr(path, 1, RSTART - 1) }
    if (!exists(path)) { printf "%s: there is no %s\n", place[i], path; failed = 1; continue }
    if (part != "" && path ~ /\.md$/ && !((path part) in anchors)) { printf "%s: %s has no headline %s\n", place[i], path, part; failed = 1 }
  }
  exit failed
}

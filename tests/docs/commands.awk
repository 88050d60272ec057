# Checks the words of shell commands: awk -v help=FOLDER -v strict=1 -f commands.awk FILE
# FILE has lines "PLACE<tab>COMMANDS". help/NAME has the options of `btkhost NAME`, one to a line; help/any has all of
# them, help/launcher what ./start does itself. Every command and every option of btkhost (and of ./start, which hands words on to it) must be there. With
# `strict` also every other program must be one that a page may run without a mark.
BEGIN {
  FS = "\t"
  split("btkhost ./start cd mkdir cat echo printf cp mv rm export source . : true tail head grep sha256sum", words, " ")
  for (i in words) known[words[i]] = 1
  while ((getline line <(help "/commands")) > 0) commands[line] = 1
  while ((getline line <(help "/launcher")) > 0) launcher[line] = 1
}
function wrong(text) { printf "%s: %s\n", $1, text; failed = 1 }
function has(name, option,   line, found) {
  if (!(name in loaded)) {
    loaded[name] = 1
    while ((getline line <(help "/" name)) > 0) options[name, line] = 1
  }
  return (name, option) in options
}
function look(text,   n, w, i, first, name) {
  sub(/^[ \t]+/, "", text)
  while (text ~ /^[A-Za-z_][A-Za-z_0-9]*=/) if (!sub(/^[A-Za-z_][A-Za-z_0-9]*=('[^']*'|"[^"]*"|[^ ]*)[ \t]+/, "", text)) return
  sub(/^sudo[ \t]+/, "", text)
  n = split(text, w, /[ \t]+/)
  first = w[1]
  if (n == 0 || first == "") return
  sub(/^.*\/btkhost$/, "btkhost", first)
  if (strict && !(first in known)) wrong("`" first "` is no program that this test runs; mark the block `sh not-run: REASON`")
  if (first != "btkhost" && first != "./start") return
  name = w[2]
  if (first == "./start" && name in launcher) { if (name != "demo") return; name = "run" }
  if (n == 1 || name == "") return
  if (name ~ /^--/) { if (!has("any", name)) wrong("there is no option " name); return }
  if (name == "<command>") return
  if (!(name in commands)) { wrong("there is no command `btkhost " name "`"); return }
  if (name == "cache" && w[3] ~ /^[a-z]+$/) { name = "cache_" w[3]; if (!(name in commands)) { wrong("there is no `btkhost cache " w[3] "`"); return } }
  for (i = 3; i <= n; i++) {
    if (w[i] !~ /^--[a-z]/) continue
    match(w[i], /^--[a-z][a-z-]*/)
    if (!has(name, substr(w[i], 1, RLENGTH))) wrong("`btkhost " name "` has no option " substr(w[i], 1, RLENGTH))
  }
}
{
  text = $2
  sub(/^[ \t]*#.*/, "", text)
  sub(/[ \t]+#.*/, "", text)
  if (here != "") { if (text == here) here = ""; next }
  if (match(text, /<<'?[A-Za-z_]+/)) { here = substr(text, RSTART, RLENGTH); gsub(/[<']/, "", here) }
  n = split(text, parts, /[ \t]*(\|\||&&|[|;&])[ \t]*/)
  for (p = 1; p <= n; p++) { sub(/>.*/, "", parts[p]); look(parts[p]) }
}
END { exit failed }

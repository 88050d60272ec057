# Is the output the one that a page shows? awk -f same_output.awk SHOWN ACTUAL
# In what is shown, a line "..." stands for any lines and "..." within a line for any text; speeds and seconds are nobody's
# promise. What the program says beside its answer (warnings, progress, files that it saved) may be left out. Prints the first line
# that is not there.
function plain(line) {
  sub(/[ \t]+$/, "", line)
  gsub(/ +[0-9.]+ [kM]?\/s/, " N /s", line)
  gsub(/finished in [0-9.]+ s/, "finished in N s", line)
  return line
}
function pattern(line) {
  line = plain(line)
  gsub(/[][\\.*+?^$(){}|\/]/, "\\\\&", line)
  gsub(/\\\.\\\.\\\./, ".*", line)
  return "^" line "$"
}
function beside(line) { return line ~ /^(warning|info|hint): |^Saved: |^Progress: |finished in N s$/ }
FNR == NR { shown[++wanted] = $0; next }
{ actual[++had] = plain($0) }
END {
  at = 1
  for (i = 1; i <= wanted; i++) {
    if (plain(shown[i]) == "...") { skip = 1; continue }
    if (skip) while (at <= had && actual[at] !~ pattern(shown[i])) at++
    skip = 0
    while (at <= had && actual[at] !~ pattern(shown[i]) && beside(actual[at])) at++
    if (at > had || actual[at] !~ pattern(shown[i])) {
      printf "the page shows:  %s\nthe program says: %s\n", shown[i], (at > had ? "(nothing more)" : actual[at])
      exit 1
    }
    at++
  }
  while (at <= had && beside(actual[at])) at++
  if (!skip && at <= had) { printf "the program says more: %s\n", actual[at]; exit 1 }
}

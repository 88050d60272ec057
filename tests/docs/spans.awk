# Prints the commands that stand within sentences, `btkhost run --json`, as "PAGE:LINE<tab>COMMAND".
FNR == 1 { fenced = 0 }
/^[ \t]*```/ { fenced = !fenced; next }
fenced { next }
{
  rest = $0
  while (match(rest, /`[^`]+`/)) {
    span = substr(rest, RSTART + 1, RLENGTH - 2)
    rest = substr(rest, RSTART + RLENGTH)
    if (span ~ /^(sudo )?(btkhost|\.\/start) /) print FILENAME ":" FNR "\t" span
  }
}

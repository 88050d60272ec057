# Are the fields of a schema those that the page tells? awk -v kind=frame -v fields="a, b, c" -f fields.awk docs/registering.md
# Names of the first column of the first table below "## KIND" are held against the list.
BEGIN { n = split(fields, w, ", "); for (i = 1; i <= n; i++) wanted[w[i]] = 1 }
/^## / { here = $2 == kind; table = 0 }
here && /^\| field / { table = 1; next }
here && table == 1 && !/^\|/ { table = 2 }
here && table == 1 {
  column = $0
  sub(/^\| /, "", column)
  sub(/ \|.*/, "", column)
  while (match(column, /`[a-z_]+`/)) {
    name = substr(column, RSTART + 1, RLENGTH - 2)
    column = substr(column, RSTART + RLENGTH)
    if (!(name in wanted)) { print kind " has no field " name; failed = 1 }
    delete wanted[name]
  }
}
END {
  for (name in wanted) { print "the page has no field " name " of " kind; failed = 1 }
  exit failed || n == 0
}

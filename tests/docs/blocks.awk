# Takes the code blocks out of a Markdown page: awk -v out=FOLDER -f blocks.awk PAGE.md
# Writes FOLDER/001, 002, ... and prints a line "001 LINE LANGUAGE WORDS..." for each, with the words behind the fence.
/^[ \t]*```/ {
  if (inside) { close(file); inside = 0; next }
  inside = FNR; n++
  info = $0
  sub(/^[ \t]*```[ \t]*/, "", info)
  file = sprintf("%s/%03d", out, n)
  printf "" >file
  printf "%03d %d %s\n", n, FNR, info == "" ? "nothing" : info
  next
}
inside { print >file }
END { if (inside) { printf "%s:%d: this block is never closed\n", FILENAME, inside; exit 1 } }

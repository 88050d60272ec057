# Names of unnamed namespaces that more than one of the given files defines, or that one of the given headers has, too:
# "name: file file ...". Headers come first.
#
# A unity build compiles these files as one. Two constants of one name stop it; of two functions of one name it might
# call the other file's without a word, and a local name hides a header's from the files that follow. Aliases may be
# repeated as long as they mean the same.

function note(name, meaning) {
  if (!(name in files)) {
    files[name] = FILENAME
    means[name] = meaning
  } else if (!header && index(" " files[name] " ", " " FILENAME " ") == 0 && !(meaning != "" && meaning == means[name])) {
    files[name] = files[name] " " FILENAME
  }
}

FNR == 1 { inside = 0; header = FILENAME ~ /\.h$/ }
/^namespace \{/ { inside = 1; next }
/^}  \/\/ namespace$/ { inside = 0 }
header == inside || !/^[A-Za-z[]/ || /^(template|namespace|using namespace|static_assert|extern|friend|typedef)/ { next }

/^using / {
  if ($3 == "=") note($2, $0)
  next
}

/^(struct|class|enum) [^;]*$/ {
  name = $2 == "class" ? $3 : $2
  sub(/[^A-Za-z0-9_].*/, "", name)
  note(name, "")
  next
}

/^(inline )?const(expr)? [^(]*[={]/ || /^(thread_local|std::atomic|volatile) / {
  rest = $0
  while (match(rest, /[^A-Za-z0-9_]k[A-Z][A-Za-z0-9_]*(\[[^]]*\])* *[={]/)) {
    name = substr(rest, RSTART + 1, RLENGTH - 1)
    rest = substr(rest, RSTART + RLENGTH)
    sub(/[^A-Za-z0-9_].*/, "", name)
    note(name, "")
  }
  next
}

# A function: the word before the first parenthesis, with a type before it.
/\(/ {
  head = $0
  sub(/^\[\[[^]]*\]\] /, "", head)
  sub(/\(.*/, "", head)
  if (match(head, /[ *&][A-Za-z_][A-Za-z0-9_]*$/)) note(substr(head, RSTART + 1), "")
}

END {
  for (name in files) if (files[name] ~ / /) print name ": " files[name]
}

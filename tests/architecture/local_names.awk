# Names that unnamed namespaces of more than one of the given files define: "name: file file ...".
#
# A unity build compiles these files as one. Two constants of one name stop it; of two functions of one name it might
# call the other file's without a word. Aliases may be repeated as long as they mean the same.

function note(name, meaning) {
  if (name in first) {
    if (index(" " files[name] " ", " " FILENAME " ") == 0 && !(meaning != "" && meaning == means[name])) {
      files[name] = files[name] " " FILENAME
    }
  } else {
    first[name] = 1
    files[name] = FILENAME
    means[name] = meaning
  }
}

FNR == 1 { inside = 0 }
/^namespace \{/ { inside = 1; next }
/^}  \/\/ namespace$/ { inside = 0 }
!inside || !/^[A-Za-z[]/ || /^(template|namespace|using namespace|static_assert|extern)/ { next }

/^using / {
  if ($3 == "=") note($2, $0)
  next
}

/^(struct|class|enum) / {
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

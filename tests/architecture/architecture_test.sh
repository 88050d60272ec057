#!/bin/sh
# Keeps the rooms of the house apart: who may include what, and nothing in the
# repository that belongs to one machine. Usage: architecture_test.sh CHECKOUT
set -u
cd "$1" || exit 2

passed=0
failed=0
# rule SENTENCE OFFENDERS: a rule holds when nobody offends it.
rule() {
  if [ -z "$2" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'broken: %s\n%s\n' "$1" "$2" | sed '2,$s/^/    /'
  fi
}

sources_of() { find "$1" -name '*.h' -o -name '*.cpp'; }
# includes FOLDER: "file:line:#include ..." of every include in it.
includes() { sources_of "$1" | sort | xargs -r grep -HnE '^ *# *include'; }
tracked() { git ls-files 2>/dev/null || find . -path ./.git -prune -o -path ./build -prune -o -path ./dump -prune -o -type f -print; }

# The compiler's own headers of processor instructions have one place.
rule "engine/ includes only its own headers and the C++ standard library" \
  "$(includes engine | grep -vE 'include ("engine/[a-z0-9_/]+\.h"|<[a-z0-9_]+>)|^engine/sha256_rounds.cpp:.*<(cpuid|immintrin)\.h>')"
rule "engine/ has no threads, files, streams or wall clock" \
  "$(includes engine | grep -E '<(thread|mutex|shared_mutex|condition_variable|future|atomic|fstream|iostream|filesystem|ctime)>'
     sources_of engine | xargs -r grep -nE '(system|steady|high_resolution)_clock|\bgetenv *\(')"
rule "lua/ knows neither host/ nor optimizer/" "$(includes lua | grep -E '"(host|optimizer)/')"
rule "lua/ has no sockets and no databases" \
  "$(includes lua | grep -E '<(sys/socket|netinet/|arpa/|netdb|curl/|sqlite3)')"
rule "optimizer/ does not know the command line" "$(includes optimizer | grep -E '"host/cli')"
rule "includes are written from the root" "$(for room in engine lua optimizer host; do includes $room; done | grep -E '"\.\.?/')"
rule "nothing belongs to one machine (paths, package hosts)" \
  "$(tracked | tr '\n' '\0' | xargs -0 grep -InE '/([w]ork|[r]oot|[f]arm)/|\b([r]egistry\.|[d]eb\.debian\.)')"
rule "a test that reads the shared folder carries the tag [shared], so that it can be left out without it" \
  "$(grep -rlE 'test::shared\(|[^:]\bshared\(\)' tests --include='*_test.cpp' | xargs -r grep -L '\[shared\]')"

# shellcheck disable=SC2086  # the list is meant to be split into words
clashes() {
  for room in engine lua optimizer host/net host; do
    list=$(sources_of "$room" | grep '\.cpp$' | grep -vE '^(lua/embed/|host/main\.cpp)' | sort)
    [ "$room" != host ] || list=$(echo "$list" | grep -v '^host/net/')
    [ -n "$list" ] || echo "$room has no sources"
    headers=$(sources_of engine; sources_of "$room")
    headers=$(echo "$headers" | grep '\.h$' | sort -u)
    awk -f tests/architecture/local_names.awk $headers $list </dev/null || echo "local_names.awk failed"
  done
}
rule "names that are local to a file differ from those of the library's other files (local_names.awk says why)" "$(clashes)"

long=$(tracked | grep -E '\.(cpp|h|lua)$' | grep -v '^tests/' | tr '\n' '\0' |
  xargs -0 wc -l | awk '$1 > 400 && $2 != "total" { print "    " $2 ": " $1 " lines" }')
[ -z "$long" ] || printf 'warning: over 400 lines (one idea each?)\n%s\n' "$long"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

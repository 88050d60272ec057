#!/bin/sh
# The manual keeps its word: every code block of README.md and docs/*.md runs or is checked, every command, option,
# function and setting that the pages name exists, every link leads somewhere.
# Usage: docs_test.sh PROGRAM [PAGE...]     (PAGE: docs/series.md; default: all)
#
# The words behind a fence's language say what becomes of the block:
#   lua                 is checked (`btkhost check`), behind a file that registers an exchange
#   lua run [OPTIONS]   is back-tested; without script errors
#   lua signal          is back-tested as a strategy; its comments "-- in get_signal", "-- in on_open" say where lines belong
#   lua test            is run by `btkhost test`
#   lua exec            is executed by `btkhost exec`
#   LANGUAGE file=NAME  is also saved as NAME, for the blocks that follow on the page
#   lua MODE after=NAME has that file of the page in front, instead of one that registers an exchange
#   sh                  runs, from the folder where the block before ended; `paper` and `live` get a fast clock and half an hour
#   sh session          runs while a paper session of strategy.lua is under way
#   sh not-run: WHY     does not run; its commands and options must exist
#   text output         is what the sh block before printed ("...": anything)
#   json, jsonl         are parsed; javascript too, where there is node; text is only shown
# before/PAGE.sh makes the files that a page takes for granted.
case $0 in /*) here=$(dirname -- "$0") ;; *) here=$PWD/$(dirname -- "$0") ;; esac
# shellcheck source=tests/cli/harness.sh
. "$here/../cli/harness.sh"
shift
root=$(cd "$here/../.." && pwd)
top=$PWD
unset BTK_CLOCK

mkdir bin help
# The program as pages call it. A session that nobody would end gets a clock on which an hour passes in a second, each
# session a day of its own.
cat >bin/btkhost <<END
#!/bin/sh
case \${1:-} in
  paper | live)
    case " \$* " in
      *" --help "* | *" --clock "*) ;;
      *)
        day=\$((\$(cat "$top/day" 2>/dev/null || echo 19722) + 1))
        echo "\$day" >"$top/day"
        set -- "\$@" --clock "linear:\$(date +%s%3N),\$((day * 86400000)),3600"
        case " \$* " in *" --to "*) ;; *) set -- "\$@" --to \$((day * 86400000 + 1800000)) ;; esac
        ;;
    esac
    ;;
esac
exec "$program" "\$@"
END
# The launcher as pages call it: the program is built.
cat >bin/start <<END
#!/bin/sh
case \${1:-} in
  demo) shift && exec btkhost run scripts/sma_cross.lua "\$@" ;;
  test | build) exit 0 ;;
  *) exec btkhost "\$@" ;;
esac
END
chmod +x bin/*
PATH=$top/bin:$PATH

# What the program has: help/commands, the options of each in help/NAME, all of them in help/any.
{ "$program" --help | awk '/^  [a-z]/ { print $1 }'; printf 'backtest\nreplay\n'; } >help/commands
"$program" cache --help | awk '/^  [a-z]/ { print "cache_" $1 }' >>help/commands
awk '$2 == "./start" && $3 != "run" { print $3 }' "$root/start" >help/launcher
while read -r command; do
  # shellcheck disable=SC2046  # `cache_warm` is two words
  "$program" $(echo "$command" | tr _ ' ') --help | grep -o -- '--[a-z][a-z-]*' | sort -u >"help/$command"
done <help/commands
{ cat help/*_* help/[a-z]*; echo --version; } | grep '^--' | sort -u >any
mv any help/any

# ran FILE COMMAND...: exit code 0; what was printed is in FILE.
ran() {
  to=$1
  shift
  "$@" >"$to" 2>&1 </dev/null && return 0
  echo "exit code $?: $*"
  tail -n 12 "$to"
  return 1
}

with_btk() { # BLOCK FILE: pages leave out the first line of a script where it is plain
  if grep -q 'require *(*"btk"' "$1"; then cp "$1" "$2"; else { printf 'local btk = require "btk" '; cat "$1"; } >"$2"; fi
}

lua_block() { # BLOCK MODE [OPTION...]
  block=$1 mode=$2
  shift 2
  with_btk "$block" block.lua
  lead=$here/lead.lua
  ! grep -q 'add_exchange' block.lua || lead=
  case ${1:-} in after=*) lead=${1#after=} && shift ;; esac
  case $mode in
    check) ran "$top/said" btkhost check "${lead:-$here/lead.lua}" block.lua ;;
    run) ran "$top/said" btkhost run ${lead:+"$lead"} block.lua --no-report "$@" ;;
    signal)
      awk -f "$here/signal.awk" "$block" >block.lua
      ran "$top/said" btkhost run "$here/lead.lua" block.lua --no-report "$@"
      ;;
    test)
      mkdir -p tests
      cp "$block" tests/block_test.lua
      ran "$top/said" btkhost test tests/block_test.lua
      ;;
    exec) ran "$top/said" btkhost exec ${lead:+"$lead"} block.lua ;;
    *) echo "\`lua $mode\` means nothing to this test" && return 1 ;;
  esac
}

# located FILE PLACE: its lines with the place before them, those that end in a backslash joined with the next.
located() {
  awk -v place="$2" '{ whole = whole $0 } /\\$/ { sub(/\\$/, " ", whole); next } { print place "\t" whole; whole = "" }' "$1"
}

sh_block() { # BLOCK MODE PLACE
  located "$1" "$3" >"$top/commands"
  case $2 in
    not-run:) awk -v help="$top/help" -f "$here/commands.awk" "$top/commands" && return ;;
    run | session)
      awk -v help="$top/help" -v strict=1 -f "$here/commands.awk" "$top/commands" || return
      [ "$2" = run ] || begin_session || return
      answer=0
      ran "$top/output" sh -euc "trap 'pwd >\"$top/cwd\"' EXIT; . \"$1\"" || answer=1
      [ "$2" = run ] || end_session
      cd "$(cat "$top/cwd")" && return "$answer"
      ;;
    *) echo "\`sh $2\` means nothing to this test" ;;
  esac
  return 1
}

# A paper session in this folder, slow enough to be asked.
begin_session() {
  day=$(($(cat "$top/day" 2>/dev/null || echo 19722) + 1))
  echo "$day" >"$top/day"
  "$program" paper strategy.lua --symbols BTCUSDT --clock "linear:$(date +%s%3N),$((day * 86400000)),60" >"$top/session" 2>&1 </dev/null &
  session=$!
  for _ in $(seq 300); do
    "$program" status >/dev/null 2>&1 && return
    sleep 0.1
  done
  cat "$top/session"
  return 1
}
end_session() {
  "$program" stop --detach >/dev/null 2>&1
  wait "$session"
}

json_block() { JSON_FILE=$1 JSON_LINES=$2 ran "$top/said" "$program" exec --unsafe "$here/parse_json.lua"; }
javascript_block() {
  command -v node >/dev/null || return 0
  cp "$1" "$top/block.mjs" && ran "$top/said" node --check "$top/block.mjs"
}

block() { # FILE PLACE LANGUAGE WORDS...
  file=$1 place=$2 language=$3
  shift 3
  name=
  case ${1:-} in file=*) name=${1#file=} && shift ;; esac
  [ -z "$name" ] || cp "$file" "$name" || return
  case $language in
    lua)
      mode=check
      [ $# -eq 0 ] || { mode=$1 && shift; }
      lua_block "$file" "$mode" "$@"
      ;;
    sh) sh_block "$file" "${1:-run}" "$place" ;;
    json) json_block "$file" 0 ;;
    jsonl) json_block "$file" 1 ;;
    javascript) javascript_block "$file" ;;
    text) [ "${1:-}" != output ] || awk -f "$here/same_output.awk" "$file" "$top/output" ;;
    *) echo "a block says what it is in: lua, sh, text, json, jsonl or javascript, not: $language" && return 1 ;;
  esac
}

page() { # PAGE
  mkdir -p "$top/pages/$1" "$top/blocks/$1"
  cd "$top/pages/$1" || return
  ln -s "$top/bin/start" start
  script=$here/before/$(basename "$1" .md).sh
  [ ! -e "$script" ] || ok "$1: its files can be made" ran "$top/said" sh -eu "$script" "$root"
  ok "$1: every block has an end" awk -v out="$top/blocks/$1" -f "$here/blocks.awk" "$root/$1"
  cp ok.out "$top/list"
  while read -r number line language words; do
    # shellcheck disable=SC2086  # words
    ok "$1:$line ($language $words)" block "$top/blocks/$1/$number" "$1:$line" $language $words
  done <"$top/list"
  cd "$top" || exit 1
}

cd "$root" || exit 1
all=$(ls README.md docs/*.md)
pages=${*:-$(echo "$all" | grep -v '^docs/reference.md$')}
cd "$top" || exit 1
for each in $pages; do page "$each"; done
in_root() { (cd "$root" && "$@"); }
"$program" eval -e 'btk.get_default_config()' >settings
# shellcheck disable=SC2086  # lists of files
{
  in_root awk -f "$here/spans.awk" $pages >spans
  ok "commands and options within sentences exist" awk -v help="$top/help" -f "$here/commands.awk" spans
  ok "functions and settings that pages name exist" in_root awk -v settings="$top/settings" -v options="$top/help/any" -f "$here/names.awk" docs/reference.md $pages
  ok "links lead somewhere" in_root awk -f "$here/links.awk" $all
}
for kind in exchange frame strategy risk sizing action walker sweep optimizer; do
  # The program names all fields when none is like the one that was given.
  fields=$("$program" eval -e "btk.add_$kind { qqqqqqqqqqqqqqqq = 1 }" 2>&1 | sed -n 's/.*; it has //p')
  ok "the page of schemas tells the fields of $kind" awk -v kind="$kind" -v fields="$fields" -f "$here/fields.awk" "$root/docs/registering.md"
done
ok "the page of settings is that of this program" ends 0 definitions --settings settings.md
ok "... word for word" same settings.md "$root/docs/settings.md"
ok "the page of functions is that of this program" ends 0 definitions --manual reference.md
ok "... word for word" same reference.md "$root/docs/reference.md"
verdict

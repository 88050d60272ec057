#!/bin/sh
# btkhost init: every template runs, tests and paper-trades at once; nothing is overwritten. Also exec, eval, ta, completion.
. "$(dirname -- "$0")/harness.sh"
top=$PWD

# fast: a clock that shows midnight of the first day now; an hour passes in a second.
fast() { echo "linear:$(date +%s%3N),1704067200000,3600"; }

# tried TEMPLATE SCRIPT...: a project of the template; every script is checked, run and traded on paper.
tried() {
  template=$1
  shift
  ok "init makes a project ($template)" ends 0 init "$template" --template "$template"
  ok "and says what to do next" says out "btkhost test"
  ok "... for the editor, too" says out "btkhost definitions ."
  ok "... as its README does" grep -q '^btkhost definitions \.' "$template/README.md"
  cd "$template" || return
  ok "its tests pass ($template)" ends 0 test
  for script in "$@"; do
    ok "$template/$script is sound" ends 0 check "$script"
    ok "$template/$script runs" ends 0 run "$script" --symbols BTCUSDT --from 2024-02-01 --to 2024-02-03 --no-report
    ok "$template/$script trades on paper" ends 0 paper "$script" --symbols BTCUSDT --clock "$(fast)" --to 2024-01-01T00:30:00Z --no-report --out "paper-$script"
  done
  cd "$top" || exit 1
}
tried basic strategy.lua
tried walker trend.lua reversion.lua
tried optimizer strategy.lua
tried full strategy.lua trend.lua

ok "the optimizer of a project is sound" ends 0 check optimizer/optimizer.lua
ok "and registered" says out "ideas"
ok "what a model would be asked is shown" ends 0 optimize optimizer/optimizer.lua --dry-run
ok "... as a text, not as a document" refuses 'give --dry-run or --json' optimize optimizer/optimizer.lua --dry-run --json
ok "init of an optimizer" ends 0 init ideas --template optimizer
ok "... names that command" says out 'btkhost optimize optimizer.lua --dry-run'
ok "... and so does its README" grep -q '^btkhost optimize optimizer.lua --dry-run' ideas/README.md
ok "strategies of a project are compared" ends 0 walker walker/trend.lua walker/reversion.lua --symbols BTCUSDT --from 2024-02-01 --to 2024-02-03
ok "the files that begin with a dot are there" [ -f full/.gitignore ]
# enters NAME: the line with cd takes a shell into the folder.
enters() { ends 0 init "$1" && sh -c "$(grep '^  cd ' out) && [ -f strategy.lua ]"; }
ok "a folder with a space is quoted" enters 'my strat ü'
ok "... in single quotes" grep -qx "  cd 'my strat ü'" out
ok "one with quotes, too" enters 'my "strat"$HOME'
ok "... also a single one" enters "it's mine"
ok "a plain name" ends 0 init my-strat_2.0/x
ok "... stands as it is" grep -qx "  cd my-strat_2.0/x" out
ok "also of the settings" [ -f full/.env.example ]
ok "a folder with something in it is refused" ends 1 init basic
ok "... in one line" sh -c '[ "$(cat err)" = "Directory \"basic\" already exists and is not empty." ] && [ ! -s out ]'
echo x >plain
ok "so is a file" ends 1 init plain
ok "... by name" says err "is not a folder"
ok "and nothing in it was touched" [ "$(cat plain)" = x ]
ok "a template that is none is named with the nearest" refuses 'did you mean "walker"?' init new --template waker
ok "then nothing is made" [ ! -e new ]
mkdir -p repository/.git
ok "a new repository counts as empty" ends 0 init repository

echo 'print(require("btk").ta.sma({ 1, 2, 3 }, 3))' >tool.lua
ok "exec executes a script" ends 0 exec tool.lua
ok "what it prints goes to stdout" [ "$(cat out)" = 2 ]
echo 'local btk = require "btk" print(os.date("!%Y") >= "2024", #btk.crypto.random_bytes(4), pcall(btk.http.get, "http://127.0.0.1:1/"))' >now.lua
ok "exec lives in the present" ends 0 exec now.lua
ok "... and may ask the world" grep -q '^true.4.false.*127.0.0.1' out
ok "exec needs a file" refuses "script file is required" exec
echo 'error("no")' >bad.lua
ok "a script that fails is refused with its line" refuses "bad.lua:1: no" exec bad.lua
ok "eval prints the value of an expression" ends 0 eval -e 'btk.ta.sma({ 1, 2, 3, 4 }, 2)'
ok "as a number" [ "$(cat out)" = 3.5 ]
ok "and tables as JSON" sh -c "'$program' eval -e '{ a = 1 }' | grep -q '\"a\": 1'"
ok "eval executes statements" sh -c "[ \"\$('$program' eval -e 'local x = 5 print(x)')\" = 5 ]"
ok "an error is told with the line of the code" refuses "(eval):1: frame schema has no field" eval -e 'btk.add_frame { start = 1 }'
ok "eval says what is wrong with the code" refuses "(eval)" eval -e 'x ='

ok "ta prints the columns of an indicator" ends 0 ta full/bands.lua --interval 1h --limit 24
ok "a header and a line per candle" [ "$(wc -l <out)" -eq 25 ]
ok "with the names" sh -c 'head -n 1 out | grep -q "time.*close.*middle"'
ok "ta as CSV" ends 0 ta full/bands.lua --limit 30 --format csv
ok "starts with the names" sh -c 'head -n 1 out | grep -q "^time,close,"'
echo 'require("btk").add_exchange { exchange_name = "made", driver = "synthetic" } return function(candles) local up = {} for i, c in ipairs(candles) do up[i] = c.close + 1 end return { close = up } end' >full/up.lua
ok "ta with a column that is called close" ends 0 ta full/up.lua --when 2024-01-02 --limit 5 --format csv
ok "has it once" [ "$(head -n 1 out)" = 'time,close' ]
ok "ta needs a function" refuses "returns a function" ta full/trend.lua

ok "completion for bash" ends 0 completion bash
cp out completion.bash
ok "is a script that bash takes" bash -n completion.bash
complete_words() { bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _btkhost; printf "%s\n" "${COMPREPLY[@]}"' x "$@"; }
ok "it completes commands" sh -c "bash -c '. ./completion.bash; COMP_WORDS=(btkhost wal); COMP_CWORD=1; _btkhost; echo \${COMPREPLY[*]}' | grep -qx walker"
# Every option that --help tells is completed.
for command in run paper live walker test init check ta exec; do
  "$program" $command --help | grep -o -- '--[a-z][a-z-]*' | sort -u >told
  complete_words btkhost $command -- | sort -u >completed
  ok "every option of $command is completed" sh -c '[ -s told ] && for o in $(cat told); do grep -qx -- "$o" completed || [ "$o" = --to ] || { echo "$o"; exit 1; }; done'
done
complete_words btkhost cache warm --ba >completed
ok "parts of commands have their own" grep -qx -- --base-url completed
ok "completion for zsh" ends 0 completion zsh
ok "a shell that is none is refused" refuses "there are bash and zsh" completion fish
verdict

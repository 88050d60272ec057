#!/bin/sh
# Words on the command line: help, version, typos, names that are not registered.
# Usage: usage_test.sh PROGRAM VERSION
. "$(dirname -- "$0")/harness.sh"
version=$2

ok "--version prints the project's version" ends 0 --version
ok "... and nothing else" test "$(cat out)" = "btkhost $version"
ok "--help lists the commands" ends 0 --help
ok "... with an example" says out "Example: btkhost init"
for command in run check; do
  ok "$command --help exits with 0" ends 0 $command --help
  ok "... and shows an example" says out "Example: btkhost $command"
done

ok "an unknown command is named" refuses 'unknown command "chek" (did you mean "check"?)' chek
ok "an unknown option of the program is named" refuses 'did you mean "--version"?' --versoin
candles A.csv
strategy s.lua 'return long(price)'
ok "an unknown option of a command is named with the nearest" \
  refuses 'btkhost run: unknown option --simbols (did you mean "--symbols"?)' run s.lua --simbols A
ok "a script file is required" refuses 'btkhost run: script file is required' run
ok "a missing file is named" refuses 'cannot open strategy.lua: No such file or directory' run strategy.lua

echo 'local btk = require "btk"' >empty.lua
cp empty.lua none.lua
ok "without strategy" refuses 'Strategy not specified: empty.lua registers none; call btk.add_strategy{...} in it' run empty.lua --symbols A
ok "... of several files" refuses 'Strategy not specified: empty.lua and none.lua register none; call btk.add_strategy{...} in one of them' \
  run empty.lua none.lua --symbols A
ok "... on paper" refuses 'Strategy not specified: empty.lua registers none' paper empty.lua --symbols A
echo 'btk.add_strategy { strategy_name = "s", get_signal = function() end }' >>empty.lua
ok "without exchange" refuses 'Exchange not specified' run empty.lua --symbols A
echo 'btk.add_exchange { exchange_name = "e", driver = "synthetic" }' >>empty.lua
ok "without frame" refuses 'call btk.add_frame{...} in it, or give --from and --to' run empty.lua --symbols A
ok "with both ends no frame is needed" ends 0 run empty.lua --symbols A --from 2024-01-01 --to 2024-01-01
ok "... but with one end it is" refuses 'Frame not specified' run empty.lua --symbols A --from 2024-01-01

ok "an unknown strategy is named with the nearest" \
  refuses 'strategy "sew" is not registered (did you mean "saw"?)' run s.lua --symbols A --strategy sew
ok "one that is like none, with those that are there" \
  refuses 'strategy "zz" is not registered; there is saw' run s.lua --symbols A --strategy zz
ok "an unknown setting is named with the nearest" refuses 'CC_PERCENT_FEE' run s.lua --set CC_PERCENT_FE=1
ok "an empty list of symbols is refused" refuses 'the list of symbols is empty' run s.lua --symbols ' , '

ok "check prints what is registered" ends 0 check s.lua
ok "... exchange" says out 'files (driver csv)'
ok "... strategy" says out 'saw (every 15m)'
ok "check refuses what run refuses" refuses 'cannot open' check nowhere.lua

ok "help of a command by name" ends 0 help run
cp out named
ok "... is the command's own" sh -c '"$1" run --help | cmp - named' sh "$program"
ok "... of one that is none" refuses 'unknown command "rnu" (did you mean "run"?)' help rnu
ok "an option without its value" refuses 'btkhost run: --symbols needs a value' run s.lua --symbols
ok "an option given twice" refuses 'btkhost run: --symbols is given more than once' run s.lua --symbols A --symbols B
ok "an option in the place of a value" refuses 'btkhost run: --symbol needs a value (got the option --no-report)' run s.lua --symbol --no-report
ok "... makes no folder" refuses 'btkhost run: --out needs a value (got the option --json)' run s.lua --symbols A --out --json
ok "-- ends the options" ends 0 run --symbols A --no-report -- s.lua
ok "a date without dashes" refuses '--from 20240101: as Unix milliseconds that is 1970-01-01T05:37' run s.lua --symbols A --from 20240101
ok "a device is no script" refuses 'cannot read /dev/null: it is no regular file' run /dev/null
ok "nor is nothing" refuses 'btkhost run: the name of a script file is empty' run ''
ok "a word where a number belongs" refuses 'btkhost run: --capital abc: give a number' run s.lua --capital abc
ok "... a whole one" refuses 'btkhost test: --jobs 1.5: give a whole number' test --jobs 1.5
ok "a switch with a value" refuses 'btkhost run: --json is a switch and takes no value' run s.lua --json=perhaps
ok "a seed below zero is refused by run" refuses '--seed -1: give a whole number from 0' run s.lua --seed -1
ok "... and by test" refuses '--seed -1: give a whole number from 0' test . --seed -1
for command in run sweep walker optimize; do
  ok "help of $command" ends 0 $command --help
  ok "... has no notation of the library" sh -c '! grep -E "[{](true|false)[}]|[A-Z]:[A-Z]" out'
done
ok "... bounds of a number are shown" sh -c '"$1" walker --help | grep -q -- "--prove-starts 0[.][.]\|0[.][.]100000"' sh "$program"

export CC_SYMBOL_LIST=' ;'
ok "an empty CC_SYMBOL_LIST is refused where symbols are meant" refuses 'CC_SYMBOL_LIST' run s.lua
ok "... and not read by check" ends 0 check s.lua
ok "... nor by eval" ends 0 eval -e 1
unset CC_SYMBOL_LIST
export CC_PERCENT_FE=5 CC_OF_ANOTHER_PROGRAM=1
ok "a setting that is mistyped in the environment" ends 0 check s.lua
ok "... is a warning" says err 'warning: environment: there is no setting CC_PERCENT_FE, it changes nothing; did you mean CC_PERCENT_FEE?'
ok "... so is a name that is like none" says err 'warning: environment: there is no setting CC_OF_ANOTHER_PROGRAM, it changes nothing unless a script reads it'
ok "... and that is all" test "$(wc -l <err)" -eq 2
unset CC_PERCENT_FE CC_OF_ANOTHER_PROGRAM
echo 'CC_FOOBAR=3' >.env
ok "a name of nothing in .env" ends 0 check s.lua
ok "... likewise" says err 'there is no setting CC_FOOBAR'
printf 'CC_%s=x\n' TELEGRAM_TOKEN TELEGRAM_API_URL LLM_MODEL WWWROOT_HOST QUICKCHART_HOST MCP_PORT WEBHOOK_URL SYMBOL_LIST ENABLE_DEBUG >.env
printf 'CC_BAZ=\n' >>.env
ok "names that backtest-kit's other parts have, and an empty one" ends 0 check s.lua
ok "... are passed over" silent err
printf 'CC_%s=x\n' REDIS_HOST MONGO_CONNECTION_STRING POSTGRES_URL MINIO_KEY >.env
ok "database servers" ends 0 check s.lua
ok "... are told that SQLite serves" says err 'warning: environment: no database server is used, SQLite serves in its place:'
ok "... in one line" test "$(cat err)" = "$(grep 'CC_MINIO_KEY, CC_MONGO_CONNECTION_STRING, CC_POSTGRES_URL, CC_REDIS_HOST changes nothing' err)"
rm .env
echo 'CC_PERCENT_SLIPAGE=0' >.env
ok "so is one in .env" ends 0 run s.lua --symbols A --no-report --quiet
ok "... also for a quiet run" says err 'did you mean CC_PERCENT_SLIPPAGE?'
echo 'CC_PERCENT_FEE=abc' >.env
ok "a bad value in .env is told with the file" refuses '.env: CC_PERCENT_FEE' run s.lua --symbols A
cat s.lua - >named.lua <<'END'
btk.set_symbols { "A" }
END
printf 'CC_SYMBOL_LIST=\nCC_PERCENT_FEE=\n' >.env
ok "empty variables are none" ends 0 run named.lua --no-report --json
ok "... the script's symbols count" says out '"symbol":"A"'
rm .env
mkdir .env
ok "a folder .env" ends 0 check s.lua
ok "... is a warning" says err 'warning: .env is a folder: no variables are read from it'
rmdir .env

ok "the old spelling works" ends 0 --backtest s.lua --symbols A
ok "... with a hint" says err 'hint: write "btkhost run"'
ok "... of other commands, too" ends 0 --main s.lua
ok "... with a hint" says err 'hint: write "btkhost exec" instead of "btkhost --main"'
ok "... before or behind other words" ends 0 --entry --backtest s.lua --symbols A --no-report
ok "... each with a hint" test "$(grep -c '^hint: ' err)" -eq 2
ok "... also behind the script" ends 0 s.lua --backtest --symbols A --no-report
ok "--entry of another command" ends 0 --entry --walker s.lua --symbols A --no-prove
ok "... is told to be needless" says err 'hint: --entry is not needed any more'
ok "--entry alone is nothing" refuses 'btkhost: unknown option "--entry"' --entry s.lua
ok "a script without a command" refuses 'unknown command "s.lua"; to run a script write btkhost run s.lua' s.lua --symbols A
ok "so does the alias" ends 0 backtest s.lua --symbols A
ok "what the reference calls flushing and caching needs no option" ends 0 run s.lua --noFlush --noCache --cacheInterval 1m,4h --symbols A --no-report
ok "... each with a hint" test "$(grep -c '^hint: --.* is not needed any more: ' err)" -eq 3
# The examples of --help, as they are printed. Scripts are those of the repository, as the examples name them.
cp -R "$tools/../../scripts" scripts
"$program" init full --template full >init.out 2>&1
example() { "$program" "$1" --help | sed -n 's/^Example: btkhost //p' | sed 's/ *(in a folder of .*//'; }
works() { sh -c "\"\$0\" $(example "$1")" "$program" >out 2>err </dev/null; }
for command in run walker sweep check test dump pnldebug exec eval definitions init completion; do
  ok "the example of $command works as printed" works "$command"
done
ok "that of ta works where it says" sh -c "cd full && \"\$0\" $(example ta)" "$program"
# These need an exchange, or a session that was recorded.
names_files() { for word in $(example "$1"); do case $word in *.lua) [ -f "$word" ] || { echo "there is no $word"; return 1; } ;; esac; done; }
for command in paper live brokerdebug optimize replay; do ok "that of $command names files that are there" names_files "$command"; done
verdict

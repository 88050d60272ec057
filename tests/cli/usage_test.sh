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
ok "without strategy" refuses 'Strategy not specified' run empty.lua --symbols A
echo 'btk.add_strategy { strategy_name = "s", get_signal = function() end }' >>empty.lua
ok "without exchange" refuses 'Exchange not specified' run empty.lua --symbols A
echo 'btk.add_exchange { exchange_name = "e", driver = "synthetic" }' >>empty.lua
ok "without frame" refuses 'Frame not specified' run empty.lua --symbols A
ok "with both ends no frame is needed" ends 0 run empty.lua --symbols A --from 2024-01-01 --to 2024-01-01
ok "... but with one end it is" refuses 'Frame not specified' run empty.lua --symbols A --from 2024-01-01

ok "an unknown strategy is named with the nearest" \
  refuses 'strategy "sew" is not registered (did you mean "saw"?)' run s.lua --symbols A --strategy sew
ok "an unknown setting is named with the nearest" refuses 'CC_PERCENT_FEE' run s.lua --set CC_PERCENT_FE=1
ok "an empty list of symbols is refused" refuses 'the list of symbols is empty' run s.lua --symbols ' , '

ok "check prints what is registered" ends 0 check s.lua
ok "... exchange" says out 'files (driver csv)'
ok "... strategy" says out 'saw (every 15m)'
ok "check refuses what run refuses" refuses 'cannot open' check nowhere.lua

ok "the old spelling works" ends 0 --backtest s.lua --symbols A
ok "... with a hint" says err 'hint: write "btkhost run"'
ok "so does the alias" ends 0 backtest s.lua --symbols A
verdict

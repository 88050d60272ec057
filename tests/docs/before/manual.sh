for name in sma rsi; do sed "s/\"sma\"/\"$name\"/" "$1/tests/docs/before/strategy.lua" >$name.lua; done
cat sma.lua "$1/tests/docs/before/broker.lua" >my_strategy.lua
{ cat sma.lua; sed -n '/add_strategy/,$p' rsi.lua; } >both.lua

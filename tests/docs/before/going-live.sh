cat "$1/tests/docs/before/strategy.lua" "$1/tests/docs/before/broker.lua" >strategy.lua

cp "$1/tests/docs/before/strategy.lua" my_strategy.lua

cp "$1/tests/docs/before/strategy.lua" .

-- Upvalues and registry by debug.
-- expect: forbidden
print(debug.getregistry(), debug.getupvalue(require("btk").get_candles, 1))

-- Is no Lua.
-- expect: syntax
this is not Lua

LJ
-- Compiled Lua in place of text.
-- expect: syntax

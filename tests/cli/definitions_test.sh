#!/bin/sh
# btkhost definitions: what an editor reads.
# Usage: definitions_test.sh PROGRAM
. "$(dirname -- "$0")/harness.sh"
ok "definitions are printed" ends 0 definitions
ok "... as Lua for the language server" says out "---@meta btk"
cp out printed.lua
mkdir project
ok "they are installed in a folder" ends 0 definitions project
ok "... the same" same printed.lua project/.luals/btk.lua
ok "... those of btk.test, too" grep -q '^function test.describe(name, fn) end$' project/.luals/btk/test.lua
ok "... with settings" grep -q '"workspace.library": \[".luals"\]' project/.luarc.json
ok "again" ends 0 definitions project
ok "... writes nothing" silent err
echo '{ "runtime.version": "LuaJIT" }' >project/.luarc.json
ok "settings that were there" ends 0 definitions project
ok "... stay, with a hint" says err 'add ".luals" to its workspace.library'
ok "... as they were" grep -q '^{ "runtime.version": "LuaJIT" }$' project/.luarc.json
ok "a folder that is not there is refused" refuses "is no folder" definitions nowhere
ok "the reference page is written" ends 0 definitions --manual page.md
ok "... with every function" grep -q '^### `btk.commit_trailing_stop(symbol, percent_shift, price)`' page.md
ok "a folder and a page at once are refused" refuses 'not both' definitions project --settings settings.md
ok "... the other page, too" refuses 'not both' definitions project --manual page.md
ok "--check beside a page is refused" refuses 'give it alone' definitions --check --settings settings.md
ok "... and nothing was written" test ! -e settings.md
ok "both pages at once are written" ends 0 definitions --manual page.md --settings settings.md
ok "... the settings, too" grep -q '^# Settings' settings.md
verdict

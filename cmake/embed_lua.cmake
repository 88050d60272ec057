# Writes OUTPUT, a C++ source with the text of every file in MODULES, found by
# its name without folder and ending.
set(body "// Made by cmake/embed_lua.cmake.\n#include \"lua/embedded.h\"\n\nnamespace btk::lua {\nnamespace {\n")
set(table "")
foreach(path IN LISTS MODULES)
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND body "const unsigned char k_${name}[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", {reinterpret_cast<const char*>(k_${name}), sizeof k_${name} - 1}},\n")
endforeach()
string(APPEND body "const EmbeddedModule kModules[] = {\n${table}};\n}  // namespace\n\n")
string(APPEND body "std::span<const EmbeddedModule> embedded_modules() { return kModules; }\n\n}  // namespace btk::lua\n")
file(WRITE ${OUTPUT} "${body}")

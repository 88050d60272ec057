// A tool of the build: embed_modules OUTPUT MODULE.lua... writes a C++ source with the text and the bytecode of the Lua half
// of the btk module (lua/embedded.h). A module that does not compile ends the build, with its line.
#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <lua.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// string.dump(load(text), true): without line numbers, as lua/embedded.h says. The order of entries in constant tables follows
/// LuaJIT's random seed of text hashes, so two builds differ in bytes that mean the same.
std::string compiled(const std::string& name, const std::string& text) {
  const std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), lua_close);
  if (state == nullptr) throw std::runtime_error("not enough memory for a Lua state");
  lua_State* L = state.get();
  luaL_openlibs(L);
  lua_getglobal(L, "string");
  lua_getfield(L, -1, "dump");
  bool good = luaL_loadbuffer(L, text.data(), text.size(), fmt::format("=[btk]/{}.lua", name).c_str()) == 0;
  if (good) {
    lua_pushboolean(L, 1);
    good = lua_pcall(L, 2, 1, 0) == 0;
  }
  if (!good) throw std::runtime_error(lua_tostring(L, -1));
  std::size_t size = 0;
  const char* bytes = lua_tolstring(L, -1, &size);
  return {bytes, size};
}

/// As a string literal: compilers read it many times faster than a list of numbers.
std::string literal(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    if (c == '\n') {
      out += "\\n\"\n\"";
    } else if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?') {
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 3) throw std::runtime_error("usage: embed_modules OUTPUT MODULE.lua...");
    std::string modules;
    for (int i = 2; i < count; ++i) {
      const std::string name = fs::path(arguments[i]).stem().string(), text = read(arguments[i]), code = compiled(name, text);
      modules += fmt::format("{{\"{}\", {{{}, {}}}, {{{}, {}}}}},\n", name, literal(text), text.size(), literal(code), code.size());
    }
    std::ofstream file(arguments[1]);
    file << "// Made by lua/embed/embed_modules.cpp.\n#include \"lua/embedded.h\"\n\nnamespace btk::lua {\nnamespace {\n"
         << "const EmbeddedModule kModules[] = {\n" << modules << "};\n}  // namespace\n\n"
         << "std::span<const EmbeddedModule> embedded_modules() { return kModules; }\n"
         << "std::string_view embedded_for() { return \"" << LUAJIT_VERSION << "\"; }\n\n}  // namespace btk::lua\n";
    if (!file.flush()) throw std::runtime_error(fmt::format("cannot write {}", arguments[1]));
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "embed_modules: {}\n", e.what());
    return 1;
  }
}

// Optimizers: the part of Script that `btkhost optimize` uses.
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

std::string pop_text(lua_State* L) {
  std::string text = text_arg(L, -1);
  lua_pop(L, 1);
  return text;
}

}  // namespace

std::string Script::optimizer_name(const std::string& wanted) {
  push_text(isolate_->state(), wanted);
  call_module("optimizer_name", 1, 1);
  return pop_text(isolate_->state());
}

std::string Script::optimize(const std::string& symbol, const std::string& settings) {
  push_text(isolate_->state(), symbol);
  push_text(isolate_->state(), settings);
  call_module("optimize", 2, 1);
  return pop_text(isolate_->state());
}

}  // namespace btk::lua

#include "lua/det_math.h"

#include <sleef.h>

#include <array>

namespace btk::lua {
namespace {

using Unary = double (*)(double);
using Binary = double (*)(double, double);

/// SLEEF declares its results `const`, which is part of a function's type.
template <auto Function>
double one(double x) {
  return Function(x);
}
template <auto Function>
double two(double x, double y) {
  return Function(x, y);
}

template <class Function>
struct Named {
  const char* name;
  Function function;
};

constexpr std::array<Named<Unary>, 12> kUnary{{
    {"exp", one<Sleef_cinz_expd1_u10purec>},
    {"log", one<Sleef_cinz_logd1_u10purec>},
    {"log10", one<Sleef_cinz_log10d1_u10purec>},
    {"sin", one<Sleef_cinz_sind1_u10purec>},
    {"cos", one<Sleef_cinz_cosd1_u10purec>},
    {"tan", one<Sleef_cinz_tand1_u10purec>},
    {"asin", one<Sleef_cinz_asind1_u10purec>},
    {"acos", one<Sleef_cinz_acosd1_u10purec>},
    {"atan", one<Sleef_cinz_atand1_u10purec>},
    {"sinh", one<Sleef_cinz_sinhd1_u10purec>},
    {"cosh", one<Sleef_cinz_coshd1_u10purec>},
    {"tanh", one<Sleef_cinz_tanhd1_u10purec>},
}};
constexpr std::array<Named<Binary>, 2> kBinary{{
    {"atan2", two<Sleef_cinz_atan2d1_u10purec>},
    {"pow", two<Sleef_cinz_powd1_u10purec>},
}};

template <class Table>
void push_addresses(lua_State* L, const Table& table) {
  lua_createtable(L, 0, static_cast<int>(table.size()));
  for (const auto& [name, function] : table) {
    lua_pushlightuserdata(L, reinterpret_cast<void*>(function));
    lua_setfield(L, -2, name);
  }
}

}  // namespace

void push_det_math(lua_State* L) {
  push_addresses(L, kUnary);
  push_addresses(L, kBinary);
}

}  // namespace btk::lua

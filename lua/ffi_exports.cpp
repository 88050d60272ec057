#include "lua/ffi_exports.h"

#include "lua/run.h"

extern "C" {

// What the engine throws here would be a defect: a bad command raises where it is given. Ending the program
// (noexcept) beats running on with a half-taken step.
[[gnu::visibility("default")]] std::int32_t btk_advance(void* drive) noexcept {
  return static_cast<std::int32_t>(static_cast<btk::lua::Drive*>(drive)->advance());
}

}

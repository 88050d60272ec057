// Texts of numbers and dates for the Lua libraries (lua/btk/json.lua, date.lua, mathx.lua), reached by FFI.
// They hand over what the engine does, so that scripts, reports and the run hash write the same number the
// same way. Nothing is thrown; the functions may be called from any thread.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
extern "C" {

/// Writes btk::shortest(value) into `out`, which holds `size` bytes; the length, or -1 when it does not fit.
int32_t btk_text_shortest(double value, char* out, int32_t size);

/// Writes btk::fixed(value, digits), 0 <= digits <= 100, in the same way. 500 bytes are always enough.
int32_t btk_text_fixed(double value, int32_t digits, char* out, int32_t size);

/// Reads an ISO-8601 date as btk::parse_date does (a bare date is its first minute); milliseconds since 1970,
/// NaN when the text is no date.
double btk_text_parse_date(const char* text, int32_t size);

}  // extern "C"
#pragma GCC visibility pop

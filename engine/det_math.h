// Logarithm and power with the same bits on every x86-64 machine. The C
// library's log and pow pick another implementation (with or without fused
// multiply-add) for the processor they find at run time, and its last bits go
// with it; results are printed with all their digits, so that would show.
// Here only additions, multiplications, divisions, frexp and ldexp are used,
// which IEEE-754 defines exactly, in a fixed order and with about twice the
// precision of a double, so that results are within 0.501 units in the
// last place. A logarithm takes a fraction of a microsecond, a power some
// microseconds: for statistics, not for the hot path.
#pragma once

namespace btk {

/// Natural logarithm. Zero gives -infinity, negative values and NaN give NaN.
double det_log(double x);

/// base^exponent for base >= 0; NaN for a negative base. Overflow gives infinity, underflow zero.
double det_pow(double base, double exponent);

}  // namespace btk

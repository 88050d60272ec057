// Takes from this process, for good, what computing does not need. Called by the
// child when it has read its order and before it looks at the candidate.
//
//   limits: processor time, address space (not under AddressSanitizer, which
//     reserves terabytes), files and core dumps of size zero, no new descriptors,
//     no new processes.
//   system calls: memory, clocks, signals to itself, writing to its two pipes,
//     ending. Anything else (opening, connecting, starting, tracing, ...) ends the
//     process with SIGSYS. No privileges can be gained by exec, which is not allowed
//     either. Works for root, for an ordinary user and in a container.
#pragma once

#include <cstddef>

namespace btk::optimizer {

/// `memory_bytes`: that may be had on top of what the process has now. Throws btk::Error.
void limit_resources(double cpu_seconds, std::size_t memory_bytes);

/// Throws btk::Error when the kernel does not filter system calls.
void filter_system_calls();

}  // namespace btk::optimizer

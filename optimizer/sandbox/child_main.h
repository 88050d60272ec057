// The child's side: what btkhost does when it is started as a sandbox.
//
// Descriptors: 0 the order, 1 the answer, 2 complaints (a crash's last words),
// 3 the candles. The environment is empty.
#pragma once

#include <string_view>

namespace btk::optimizer {

/// The only word on the command line of a child. Not a command: without descriptors 0 and 3 it does nothing.
inline constexpr std::string_view kSandboxChild = "--sandbox-child";

/// Returns the exit code: 0 with an answer written, else none was.
int sandbox_child();

}  // namespace btk::optimizer

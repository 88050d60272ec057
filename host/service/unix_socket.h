// Descriptors of unix domain sockets that are named by a path, however long it is.
#pragma once

#include <filesystem>

#include "host/net/descriptor.h"

namespace btk::host {

/// Connected to `path`, or nothing; errno says why.
net::Descriptor connect_unix(const std::filesystem::path& path);
/// Bound to `path` with mode 0600, or nothing; errno says why.
net::Descriptor bind_unix(const std::filesystem::path& path);

}  // namespace btk::host

// The options of a proof against look-ahead, for every command that makes one.
#pragma once

#include <CLI/CLI.hpp>

#include "host/prove/proof_options.h"

namespace btk::host {

/// --prove-moments and --prove-entries
void add_proof_options(CLI::App& app, ProofOptions& options);
/// Throws UsageError when a proof that is asked for would cut nothing.
void check_proof_options(const ProofOptions& options);

}  // namespace btk::host

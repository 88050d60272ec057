#include "host/cli/proof_options.h"

namespace btk::host {

void add_proof_options(CLI::App& app, ProofOptions& options) {
  app.add_option("--prove-moments", options.moments, "random moments at which a proof cuts the candles; default 10")
      ->check(CLI::Range(0, 100000));
  app.add_option("--prove-entries", options.entries, "entries at most at which a proof cuts the candles; default 20")
      ->check(CLI::Range(0, 1000000));
}

}  // namespace btk::host

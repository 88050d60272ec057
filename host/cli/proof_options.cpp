#include "host/cli/proof_options.h"

#include "host/cli/usage_error.h"

namespace btk::host {

void add_proof_options(CLI::App& app, ProofOptions& options) {
  app.add_option("--prove-moments", options.moments, "random moments at which a proof cuts the candles; default 10")
      ->check(CLI::Range(0, 100000));
  app.add_option("--prove-entries", options.entries, "entries at most at which a proof cuts the candles; default 20")
      ->check(CLI::Range(0, 1000000));
}

void check_proof_options(const ProofOptions& options) {
  if (options.moments == 0 && options.entries == 0) {
    throw UsageError("--prove-moments 0 --prove-entries 0: a proof that cuts nothing proves nothing; leave the proof out, or give one of them");
  }
}

}  // namespace btk::host

// A failure of a candle source that is this machine's and not the exchange's: what was fetched cannot be kept. To ask again
// would not help.
#pragma once

#include "engine/error.h"

namespace btk::lua {

class WriteFailure : public Error {
 public:
  using Error::Error;
};

}  // namespace btk::lua

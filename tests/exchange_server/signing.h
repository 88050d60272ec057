// Is this request signed by who may trade? The rules of the exchange: the key in
// a header, HMAC-SHA256 with the secret over query and body without the
// signature, a timestamp near the exchange's own time.
#pragma once

#include <string>
#include <string_view>

#include "engine/time.h"
#include "tests/exchange_server/web.h"

namespace btk::exchange_server {

struct Keys {
  std::string key, secret;
};

/// Lower-case hexadecimal HMAC-SHA256.
std::string hmac_sha256(std::string_view key, std::string_view text);

/// Throws ApiError when the request may not be served.
void check_signature(const WebRequest& request, const Keys& keys, Timestamp now);

}  // namespace btk::exchange_server

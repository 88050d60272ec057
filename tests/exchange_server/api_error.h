// A refusal in the exchange's own form: an HTTP status and {"code", "msg"}.
#pragma once

#include <stdexcept>
#include <string>

namespace btk::exchange_server {

struct ApiError : std::runtime_error {
  ApiError(int http_status, int api_code, const std::string& message)
      : std::runtime_error(message), status(http_status), code(api_code) {}
  int status;
  int code;
};

}  // namespace btk::exchange_server

#include "tests/exchange_server/signing.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

#include "tests/exchange_server/api_error.h"

namespace btk::exchange_server {
namespace {

// Everything but the parameter "signature", in the order it was sent.
std::string without_signature(std::string_view text) {
  std::string rest;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.starts_with("signature=")) continue;
    if (!rest.empty()) rest += '&';
    rest += part;
  }
  return rest;
}

Timestamp number(const WebRequest& request, std::string_view name, Timestamp otherwise) {
  const std::string text = request.get(name);
  Timestamp value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size())) {
    throw ApiError(400, -1100, fmt::format("Illegal characters found in parameter '{}'.", name));
  }
  return value;
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

void check_signature(const WebRequest& request, const Keys& keys, Timestamp now) {
  if (request.api_key.empty()) throw ApiError(401, -2014, "API-key format invalid.");
  if (request.api_key != keys.key) {
    throw ApiError(401, -2015, "Invalid API-key, IP, or permissions for action.");
  }
  for (const char* name : {"timestamp", "signature"}) {
    if (request.get(name).empty()) {
      throw ApiError(
          400, -1102,
          fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name));
    }
  }
  const Timestamp sent = number(request, "timestamp", 0);
  const Timestamp window = number(request, "recvWindow", 5000);
  if (window > 60'000) throw ApiError(400, -1131, "recvWindow must be less than 60000.");
  if (sent > now + 1000) {
    throw ApiError(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (now - sent > window) {
    throw ApiError(400, -1021, "Timestamp for this request is outside of the recvWindow.");
  }
  const std::string signed_text = without_signature(request.query) + without_signature(request.body);
  if (request.get("signature") != hmac_sha256(keys.secret, signed_text)) {
    throw ApiError(400, -1022, "Signature for this request is not valid.");
  }
}

}  // namespace btk::exchange_server

// Requests and cryptography (lua/btk/http.lua, lua/btk/crypto.lua).
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"

namespace btk::lua {
namespace {

int answer_text(lua_State* L, std::string_view text) {
  push_text(L, text);
  return 1;
}

// http(method, url, headers or nil, body, timeout or nil): status, headers, body.
int http(lua_State* L, Script& script) {
  if (!script.options().http) throw Error("this program makes no requests");
  HttpRequest request;
  request.method = text_arg(L, 1);
  request.url = text_arg(L, 2);
  if (lua_istable(L, 3)) {
    for (lua_pushnil(L); lua_next(L, 3) != 0; lua_pop(L, 1)) {
      lua_pushvalue(L, -1);  // tolstring would change a number in the script's own table
      request.headers.emplace_back(text_arg(L, -3), text_arg(L, -1));
      lua_pop(L, 1);
    }
  }
  request.body = text_arg(L, 4);
  if (lua_isnumber(L, 5)) request.timeout_ms = static_cast<int>(lua_tonumber(L, 5));
  const HttpResponse response = script.options().http(request);
  lua_createtable(L, 0, 3);
  set_field(L, "status", static_cast<double>(response.status));
  lua_createtable(L, 0, static_cast<int>(response.headers.size()));
  for (const auto& [name, value] : response.headers) set_field(L, name.c_str(), std::string_view(value));
  lua_setfield(L, -2, "headers");
  set_field(L, "body", std::string_view(response.body));
  return 1;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

const EVP_MD* hash_named(const std::string& name) { return name == "SHA512" ? EVP_sha512() : EVP_sha256(); }
const unsigned char* bytes_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// digest(hash, text), hmac(hash, key, text): lower-case hex.
int digest(lua_State* L, Script&) {
  const std::string text = text_arg(L, 2);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), sum, &size, hash_named(text_arg(L, 1)), nullptr) != 1) throw Error("the hash could not be made");
  return answer_text(L, hex({reinterpret_cast<char*>(sum), size}));
}

int hmac(lua_State* L, Script&) {
  const std::string key = text_arg(L, 2), text = text_arg(L, 3);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(hash_named(text_arg(L, 1)), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), sum, &size) == nullptr) {
    throw Error("the signature could not be made");
  }
  return answer_text(L, hex({reinterpret_cast<char*>(sum), size}));
}

int to_hex(lua_State* L, Script&) { return answer_text(L, hex(text_arg(L, 1))); }

int base64_encode(lua_State* L, Script&) {
  const std::string bytes = text_arg(L, 1);
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes), static_cast<int>(bytes.size()));
  return answer_text(L, std::string_view(out).substr(0, static_cast<std::size_t>(size)));
}

int base64_decode(lua_State* L, Script&) {
  const std::string text = text_arg(L, 1);
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size = text.size() % 4 != 0 ? -1
                                        : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text),
                                                          static_cast<int>(text.size()));
  if (size < 0) throw Error("crypto.base64_decode: this is no base64 text");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return answer_text(L, std::string_view(out).substr(0, static_cast<std::size_t>(size) - padding));
}

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// ed25519_sign(key, text): 64 bytes.
int ed25519_sign(lua_State* L, Script&) {
  const std::string key = text_arg(L, 1), text = text_arg(L, 2);
  std::unique_ptr<EVP_PKEY, KeyFree> loaded;
  if (key.size() == 32) {
    loaded.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(key), key.size()));
  } else {
    const std::unique_ptr<BIO, BioFree> file(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
    // An encrypted key would ask at the terminal; an empty pass phrase fails instead.
    if (file) loaded.reset(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, const_cast<char*>("")));
  }
  if (!loaded || EVP_PKEY_base_id(loaded.get()) != EVP_PKEY_ED25519) {
    throw Error("crypto.ed25519_sign: the key is neither an Ed25519 private key as PEM nor its 32 bytes");
  }
  const std::unique_ptr<EVP_MD_CTX, ContextFree> context(EVP_MD_CTX_new());
  unsigned char signature[64];
  std::size_t size = sizeof signature;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) != 1 ||
      EVP_DigestSign(context.get(), signature, &size, bytes_of(text), text.size()) != 1) {
    throw Error("crypto.ed25519_sign: the signature could not be made");
  }
  return answer_text(L, {reinterpret_cast<char*>(signature), size});
}

int random_bytes(lua_State* L, Script&) {
  std::vector<unsigned char> bytes(static_cast<std::size_t>(lua_tonumber(L, 1)));
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw Error("crypto.random_bytes: the system gave none");
  return answer_text(L, {reinterpret_cast<char*>(bytes.data()), bytes.size()});
}

constexpr NamedBinding kNetBindings[] = {
    {"http", bound<http>},
    {"digest", bound<digest>},
    {"hmac", bound<hmac>},
    {"to_hex", bound<to_hex>},
    {"base64_encode", bound<base64_encode>},
    {"base64_decode", bound<base64_decode>},
    {"ed25519_sign", bound<ed25519_sign>},
    {"random_bytes", bound<random_bytes>},
};

}  // namespace

std::span<const NamedBinding> net_bindings() { return kNetBindings; }

}  // namespace btk::lua

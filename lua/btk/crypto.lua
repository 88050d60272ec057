-- btk.crypto: hashes and signatures, as exchanges ask for them. Deterministic, so back-tests have it too; only
-- random_bytes is not there.
local core = ...
local host, raise = core.host, core.raise
local type, format = type, core.raw_format

local crypto = {}

local function texts(who, ...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) ~= "string" then raise(format("crypto.%s: argument %d must be a text, got %s", who, i, type(value))) end
  end
end

--- SHA-256 (SHA-512) of a text, lower-case hex.
function crypto.sha256(text) texts("sha256", text) return host.digest("SHA256", text) end
--- SHA-512 of a text, as raw bytes.
--- @return string
function crypto.sha512(text) texts("sha512", text) return host.digest("SHA512", text) end
--- HMAC of a text under a key, lower-case hex.
function crypto.hmac_sha256(key, text) texts("hmac_sha256", key, text) return host.hmac("SHA256", key, text) end
--- HMAC with SHA-512, as raw bytes.
--- @return string
function crypto.hmac_sha512(key, text) texts("hmac_sha512", key, text) return host.hmac("SHA512", key, text) end
--- Bytes as hex digits, and back.
function crypto.to_hex(bytes) texts("to_hex", bytes) return host.to_hex(bytes) end
--- Raw bytes of hexadecimal text.
--- @return string
function crypto.from_hex(digits)
  texts("from_hex", digits)
  if #digits % 2 == 1 or digits:find("[^0-9a-fA-F]") then raise("crypto.from_hex needs an even number of hex digits") end
  return (digits:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
end
--- Base64 with padding (RFC 4648), and back.
function crypto.base64_encode(bytes) texts("base64_encode", bytes) return host.base64_encode(bytes) end
--- Raw bytes of Base64 text.
--- @return string
function crypto.base64_decode(text) texts("base64_decode", text) return host.base64_decode(text) end
--- Ed25519 signature (64 bytes) of a text; the private key as PEM or as its 32 bytes.
function crypto.ed25519_sign(key, text) texts("ed25519_sign", key, text) return host.ed25519_sign(key, text) end
--- `count` bytes that nobody can guess. Not in a back-test: it could not be repeated.
function crypto.random_bytes(count)
  if not host.may_reach_out() then raise("btk.crypto.random_bytes works in paper and live runs, not in a back-test") end
  if type(count) ~= "number" or count < 1 or count > 65536 or count % 1 ~= 0 then
    raise("crypto.random_bytes needs a whole number from 1 to 65536")
  end
  return host.random_bytes(count)
end

return crypto

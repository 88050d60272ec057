// Keys and passwords must not be seen in anything that the program writes. The
// values of environment variables whose names end in KEY, SECRET, TOKEN, PASSWORD,
// PASSPHRASE, SESSION, API_HASH, PASSWORD_HASH, PASS, CREDENTIAL or CREDENTIALS are secrets when they
// have at least 6 bytes and are no path of a file that is there; so are passwords
// in addresses (scheme://user:password@host) of any variable. Their occurrences in
// a text are cut down to the first three characters and "***".
// Found are also their forms inside JSON and URLs, each line of a value that has
// several, and the beginning of one that was cut off (12 bytes or more).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace btk::host {

class Secrets {
 public:
  /// None.
  Secrets() = default;
  /// Variables by name and value.
  explicit Secrets(const std::vector<std::pair<std::string, std::string>>& variables);
  /// Those of this process, as they are now.
  static Secrets from_environment();

  bool empty() const { return forms_.empty(); }
  /// Any thread.
  std::string mask(std::string_view text) const;

 private:
  struct Form {
    std::string text, shown;
    std::size_t telling;  ///< so much of the text's beginning is no chance
  };

  /// `secret` where it stands behind `before`, with `shown` left of it.
  void add(std::string_view before, std::string_view secret, std::string_view shown);
  void add_url_passwords(std::string_view value);
  std::pair<std::size_t, const Form*> found_at(std::string_view text) const;

  std::vector<Form> forms_;
  std::array<bool, 256> begins_{};  ///< first bytes of the forms
};

}  // namespace btk::host

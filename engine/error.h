// What went wrong because of something the user can change. The text is one
// sentence that says what, where and what to do; the command line prints it as
// it is, without a C++ stack.
#pragma once

#include <stdexcept>
#include <string>

namespace btk {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& sentence) : std::runtime_error(sentence) {}
};

/// What was given cannot be used (a file that is missing or damaged, a wrong word): nothing can begin with it.
class InputError : public Error {
 public:
  using Error::Error;
};

}  // namespace btk

#include "host/cli/parser.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/cli/usage_error.h"

namespace btk::host {

Parser::Parser(const std::string& name, const std::string& what, std::string example)
    : app_(what, "btkhost " + name), name_(name), example_(std::move(example)) {
  app_.allow_extras();
  app_.set_help_flag();
  app_.add_flag("-h,--help", help_, "this text");
}

bool Parser::parse(Words words, Console& console) {
  if (words.size() == 1 && words.front() == kListOptions) {
    list_options(console);
    return false;
  }
  std::reverse(words.begin(), words.end());  // the library takes them from the back
  try {
    app_.parse(words);
  } catch (const CLI::ParseError& e) {
    const std::string sentence = e.what();
    throw UsageError(fmt::format("btkhost {}: {}", name_, sentence.substr(0, sentence.find('\n'))));
  }
  for (const std::string& extra : app_.remaining()) reject(extra);
  if (!help_) return true;
  console.print(app_.help() + "Example: " + example_ + "\n");
  return false;
}

void Parser::list_options(Console& console) const {
  for (const CLI::Option* option : app_.get_options()) {
    if (option->get_positional()) continue;
    std::string names;
    for (const std::string& name : option->get_lnames()) names += (names.empty() ? "--" : ",--") + name;
    console.print(fmt::format("{}\t{}\t{}\n", names, option->get_expected_max() > 0 ? "VALUE" : "", option->get_description()));
  }
}

void Parser::reject(const std::string& given) const {
  const std::string option = given.substr(0, given.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* known : app_.get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  throw UsageError(fmt::format("btkhost {}: unknown option {}{}", name_, option, suggestion(option, views)));
}

}  // namespace btk::host

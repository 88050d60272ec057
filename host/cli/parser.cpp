#include "host/cli/parser.h"

#include <algorithm>
#include <memory>
#include <regex>
#include <utility>
#include <vector>

#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

constexpr std::string_view kEndOfOptions = "--";

/// The library's help without its own notation.
class Help : public CLI::Formatter {
 public:
  // "--prove,--no-prove{false}"
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    return std::regex_replace(CLI::Formatter::make_option_name(option, positional), std::regex(R"(\{(true|false)\})"), "");
  }
  // "UINT:INT in [0 - 100]"
  std::string make_option_opts(const CLI::Option* option) const override {
    return std::regex_replace(CLI::Formatter::make_option_opts(option), std::regex(R"([A-Z]+:[A-Z]+ in \[(\S+) - (\S+)\])"), "$1..$2");
  }
};

/// The library's sentence about wrong words in ours.
std::string plain_sentence(const CLI::App& app, const std::string& theirs) {
  const std::string sentence = theirs.substr(0, theirs.find('\n'));
  std::smatch part;
  if (std::regex_match(sentence, part, std::regex(R"((\S+): \d+ required .* missing)"))) return fmt::format("{} needs a value", part[1].str());
  if (std::regex_match(sentence, part, std::regex(R"((\S+): At Most 1 required.*)"))) return fmt::format("{} is given more than once", part[1].str());
  if (std::regex_match(sentence, part, std::regex(R"((\S+): (Should be true/false or a number|too many inputs for a flag))"))) {
    return fmt::format("{} is a switch and takes no value", part[1].str());
  }
  if (std::regex_match(sentence, part, std::regex(R"(Could not convert: (\S+) = (.*))"))) {
    const CLI::Option* option = app.get_option_no_throw(part[1].str());
    if (option != nullptr && option->get_expected_max() == 0) return fmt::format("{} is a switch and takes no value", part[1].str());
    const std::string type = option != nullptr ? option->get_type_name() : "";
    const bool whole = type.find("INT") != std::string::npos;
    return fmt::format("{} {}: give a {}number{}", part[1].str(), part[2].str(), whole ? "whole " : "", type.starts_with("UINT") ? ", 0 or above" : "");
  }
  return sentence;
}

/// " (did you mean "--symbols"?)", or nothing.
std::string near_option(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::Option* known : app.get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return suggestion(option, views);
}

// An option in the place of a value is a value that was forgotten, or an empty variable of a shell. The library would
// take it for the value.
void check_values(const CLI::App& app, const std::string& command, const Words& words) {
  const auto known = [&](const std::string& word) -> const CLI::Option* {
    return word.size() > 1 && word.front() == '-' ? app.get_option_no_throw(word) : nullptr;
  };
  const auto mistyped = [&](const std::string& word) { return word.starts_with("--") && !near_option(app, word).empty(); };
  for (std::size_t i = 0; i + 1 < words.size() && words[i] != kEndOfOptions; ++i) {
    const CLI::Option* option = known(words[i]);
    if (option == nullptr || option->get_items_expected_min() == 0) continue;
    const std::string& given = words[i];
    const std::string& value = words[++i];
    if (value == kEndOfOptions) throw UsageError(fmt::format("btkhost {}: {} needs a value (got {})", command, given, value));
    const std::string name = value.substr(0, value.find('='));
    if (known(name) == nullptr && !mistyped(name)) continue;
    throw UsageError(fmt::format("btkhost {}: {} needs a value (got the option {})", command, given, name));
  }
}

}  // namespace

Parser::Parser(const std::string& name, const std::string& what, std::string example)
    : app_(what, "btkhost " + name), name_(name), example_(std::move(example)) {
  app_.allow_extras();
  app_.formatter(std::make_shared<Help>());
  app_.set_help_flag();
  app_.add_flag("-h,--help", help_, "this text");
}

bool Parser::parse(Words words, Console& console) {
  if (words.size() == 1 && words.front() == kListOptions) {
    list_options(console);
    return false;
  }
  check_values(app_, name_, words);
  std::reverse(words.begin(), words.end());  // the library takes them from the back
  try {
    app_.parse(words);
  } catch (const CLI::ParseError& e) {
    throw UsageError(fmt::format("btkhost {}: {}", name_, plain_sentence(app_, e.what())));
  }
  for (const std::string& extra : app_.remaining()) {
    if (extra != kEndOfOptions) reject(extra);
  }
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
  throw UsageError(fmt::format("btkhost {}: unknown option {}{}", name_, option, near_option(app_, option)));
}

}  // namespace btk::host

// Typing mistakes of one letter in the options of every command: each error
// names the right one.
#include <catch2/catch.hpp>

#include <cstdio>
#include <memory>
#include <random>
#include <regex>
#include <set>

#include "host/cli/commands.h"
#include "host/cli/usage_error.h"

using namespace btk;
using namespace btk::host;

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The long options of a command, from its --help.
std::set<std::string> options_of(const Command& command) {
  const std::unique_ptr<std::FILE, Close> out(std::tmpfile());
  Console console(out.get(), out.get());
  command.call({"--help"}, console);
  console.flush();
  std::rewind(out.get());
  std::string text(100'000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), out.get()));
  std::set<std::string> names;
  const std::regex option("--[a-z][a-z-]+");
  const std::string list = text.substr(0, text.find("Example:"));
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    // Options stand at the head of a line, before their words.
    const std::string head = line.substr(0, 30);
    if (head.find_first_not_of(' ') == std::string::npos || head[head.find_first_not_of(' ')] != '-') continue;
    for (std::sregex_iterator it(head.begin(), head.end(), option), end; it != end; ++it) names.insert(it->str());
  }
  return names;
}

std::string typo(const std::string& name, std::mt19937& random) {
  std::string wrong = name;
  const std::size_t at = 2 + random() % (name.size() - 2);
  const char letter = static_cast<char>('a' + random() % 26);
  switch (random() % 4) {
    case 0: wrong.insert(at, 1, letter); break;
    case 1: wrong.erase(at, 1); break;
    case 2: wrong[at] = letter; break;
    default:
      if (at + 1 < wrong.size()) std::swap(wrong[at], wrong[at + 1]);
  }
  return wrong;
}

/// One mistake apart.
bool near(const std::string& a, const std::string& b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const std::string x = a.substr(i), y = b.substr(i);
  const auto rest = [](const std::string& s, std::size_t n) { return s.size() < n ? std::string() : s.substr(n); };
  return x == y || rest(x, 1) == y || x == rest(y, 1) || rest(x, 1) == rest(y, 1) ||
         (x.size() > 1 && y.size() > 1 && x[0] == y[1] && x[1] == y[0] && rest(x, 2) == rest(y, 2));
}

}  // namespace

TEST_CASE("Every typing mistake in an option is told with the right option", "[typos]") {
  std::mt19937 random(20240101);
  int tried = 0;
  for (const Command& command : kCommands) {
    if (command.name == "cache") continue;  // its options belong to its own commands
    const std::set<std::string> known = options_of(command);
    INFO(command.name);
    std::vector<std::string> long_ones;
    for (const std::string& name : known) {
      if (name.size() >= 7) long_ones.push_back(name);
    }
    if (long_ones.empty()) continue;
    for (int i = 0; i < 60; ++i) {
      const std::string& name = long_ones[random() % long_ones.size()];
      const std::string wrong = typo(name, random);
      if (known.contains(wrong)) continue;
      const std::unique_ptr<std::FILE, Close> out(std::tmpfile());
      Console console(out.get(), out.get());
      std::string message;
      try {
        command.call({wrong}, console);
      } catch (const UsageError& e) {
        message = e.what();
      }
      CAPTURE(wrong, name, message);
      bool told = false;
      for (const std::string& right : known) told = told || (near(right, wrong) && message.find("\"" + right + "\"") != std::string::npos);
      CHECK(told);
      ++tried;
    }
  }
  CHECK(tried > 300);
}

// btkhost completion: what a shell needs to complete commands and options. Every command is asked for its options by the
// parser that reads them (kListOptions), so the answer is never out of date.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include <fmt/ranges.h>

#include "host/cli/commands.h"
#include "host/cli/parser.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

struct ShownOption {
  std::vector<std::string> names;
  bool takes_value = false;
  std::string purpose;
};

/// A command, or one part of it ("cache warm").
struct ShownCommand {
  std::string name, part;
  std::vector<ShownOption> options;
};

std::vector<std::string> split_at(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, at)) {
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  parts.push_back(text.substr(at));
  return parts;
}

/// What the command prints when it is asked for its options.
std::string listed(const Command& command) {
  char* text = nullptr;
  std::size_t size = 0;
  const auto give_back = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(give_back)> stream(open_memstream(&text, &size), give_back);
  if (!stream) throw Error("btkhost completion: there is not enough memory");
  {
    Console console(stream.get(), stream.get());
    command.call({std::string(kListOptions)}, console);
  }
  stream.reset();
  const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
  return {text, size};
}

std::vector<ShownCommand> shown_commands() {
  std::vector<ShownCommand> out;
  for (const Command& command : kCommands) {
    out.push_back({std::string(command.name), {}, {}});
    for (const std::string& line : split_at(listed(command), '\n')) {
      if (line.starts_with("+")) {
        if (!out.back().options.empty() || !out.back().part.empty()) out.push_back({std::string(command.name), {}, {}});
        out.back().part = line.substr(1);
      } else if (const auto fields = split_at(line, '\t'); fields.size() == 3) {
        out.back().options.push_back({split_at(fields[0], ','), !fields[1].empty(), fields[2]});
      }
    }
  }
  return out;
}

std::string command_names() {
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, " "));
}

std::string bash_text() {
  std::string cases, parts;
  for (const ShownCommand& command : shown_commands()) {
    std::string options, values;
    for (const ShownOption& option : command.options) {
      options += fmt::format("{}{}", options.empty() ? "" : " ", fmt::join(option.names, " "));
      if (option.takes_value) values += fmt::format(" {}", fmt::join(option.names, " "));
    }
    if (!command.part.empty()) parts += (parts.empty() ? "" : " ") + command.part;
    cases += fmt::format("    \"{}\") options=\"{}\" values=\"{} \" ;;\n",
                         command.part.empty() ? command.name : command.name + " " + command.part, options, values);
  }
  return fmt::format(R"(# Completion of btkhost for bash, made by `btkhost completion bash`.
_btkhost() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} options= values=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{} --help --version" -- "$word"))
    return
  fi
  if [ "$command" = cache ]; then
    if [ "$COMP_CWORD" -eq 2 ]; then
      COMPREPLY=($(compgen -W "{}" -- "$word"))
      return
    fi
    command="cache ${{COMP_WORDS[2]}}"
  fi
  case $command in
{}  esac
  case $values in
    *" $before "*) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -X '!*.lua' -- "$word") $(compgen -d -- "$word")) ;;
  esac
}}
complete -o filenames -F _btkhost btkhost
)",
                     command_names(), parts, cases);
}

/// Inside '...[...]' of zsh's _arguments.
std::string zsh_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

/// Serves both ways: read by `source`, or found as a file _btkhost of the fpath, where zsh calls the whole text as a function.
std::string zsh_text() {
  std::string names, cases, parts;
  for (const Command& command : kCommands) names += fmt::format("    '{}:{}'\n", command.name, zsh_escaped(std::string(command.purpose)));
  for (const ShownCommand& command : shown_commands()) {
    std::string options;
    for (const ShownOption& option : command.options) {
      for (const std::string& name : option.names) {
        options += fmt::format("        '{}[{}]{}' \\\n", name, zsh_escaped(option.purpose), option.takes_value ? ":value:_files" : "");
      }
    }
    if (!command.part.empty()) parts += (parts.empty() ? "" : " ") + command.part;
    cases += fmt::format("    ({})\n      _arguments \\\n{}        '*:script:_files -g \"*.lua(-.)\"' ;;\n",
                         command.part.empty() ? command.name : command.name + "\\ " + command.part, options);
  }
  return fmt::format(R"(#compdef btkhost
# Completion of btkhost for zsh, made by `btkhost completion zsh`.
_btkhost() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  if [[ $command == cache ]]; then
    if (( CURRENT == 3 )); then
      compadd {}
      return
    fi
    command="cache $words[3]"
  fi
  case $command in
{}  esac
}}
if [ "$funcstack[1]" = _btkhost ]; then
  _btkhost "$@"
else
  compdef _btkhost btkhost
fi
)",
                     names, parts, cases);
}

}  // namespace

int completion_command(const Words& words, Console& console) {
  Parser parser("completion", "Prints the completion of commands and options for a shell: bash or zsh.",
                "source <(btkhost completion bash)");
  std::string shell;
  parser.app().add_option("shell", shell, "bash or zsh");
  if (!parser.parse(words, console)) return 0;
  if (shell != "bash" && shell != "zsh") {
    constexpr std::string_view kShells[] = {"bash", "zsh"};
    throw UsageError(shell.empty() ? "btkhost completion: say for which shell: bash or zsh"
                                   : fmt::format("btkhost completion: there is no completion for \"{}\"{}; there are bash and zsh", shell,
                                                 suggestion(shell, kShells)));
  }
  console.print(shell == "bash" ? bash_text() : zsh_text());
  return 0;
}

}  // namespace btk::host

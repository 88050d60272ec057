#include "tests/live/kit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "host/net/http_client.h"

namespace btk::test {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& condition, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Process::Process(const Setup& setup) {
  const auto open_for = [](const std::filesystem::path& file, int how) {
    return ::open(file.empty() ? "/dev/null" : file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0644);
  };
  const int out = open_for(setup.out, O_TRUNC), err = open_for(setup.err, O_APPEND);
  // Everything that allocates is done before the fork.
  std::vector<char*> words;
  for (const std::string& word : setup.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::map<std::string, std::string> environment = setup.environment;
  environment.emplace("NO_PROXY", "127.0.0.1");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (!setup.folder.empty() && ::chdir(setup.folder.c_str()) != 0) ::_exit(126);
    if (setup.before) setup.before();
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(out);
  ::close(err);
  if (pid_ < 0) throw std::runtime_error("no process could be made");
}

Process::~Process() {
  if (ended()) return;
  send(SIGKILL);
  wait();
}

void Process::send(int signal) const {
  if (!end_) ::kill(pid_, signal);
}

std::optional<Process::End> Process::ended() {
  int status = 0;
  if (!end_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    end_ = End{WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0};
  }
  return end_;
}

std::optional<Process::End> Process::wait(double seconds) {
  eventually([this] { return ended().has_value(); }, seconds);
  return end_;
}

Exchange::Exchange(const TempFolder& folder, const Words& options) {
  Process::Setup setup;
  setup.words = {EXCHANGE_SERVER_PROGRAM};
  setup.words.insert(setup.words.end(), options.begin(), options.end());
  setup.out = folder / "exchange.out";
  setup.err = folder / "exchange.err";
  process_.emplace(setup);
  const std::string_view begin = "listening on ";
  const bool listens = eventually([&] {
    const std::string said = read_text(setup.out);
    if (!said.starts_with(begin) || !said.ends_with('\n')) return process_->ended().has_value();
    url_ = said.substr(begin.size(), said.size() - begin.size() - 1);
    return true;
  });
  if (!listens || url_.empty()) throw std::runtime_error("the exchange does not listen: " + read_text(setup.err));
}

std::map<std::string, std::string> Exchange::environment() const {
  return {{"BINANCE_BASE_URL", url_}, {"BINANCE_API_KEY", "test-key"}, {"BINANCE_API_SECRET", "test-secret"}};
}

std::string Exchange::ask(const char* method, const std::string& path, const std::string& body) const {
  net::HttpClient client;
  net::HttpRequest request;
  request.method = method;
  request.url = url_ + path;
  request.body = body;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.timeout_ms = 60'000;
  net::HttpResponse answer = client.send(request);
  if (answer.status != 200) throw std::runtime_error(std::string(method) + " " + path + ": " + answer.body);
  return std::move(answer.body);
}

Json Exchange::get(const std::string& path) const { return Json::parse(ask("GET", path, "")); }
Json Exchange::post(const std::string& path, const Json& body) const {
  return Json::parse(ask("POST", path, body.dump()));
}
Json Exchange::remove(const std::string& path) const { return Json::parse(ask("DELETE", path, "")); }

void copy_scripts(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  fs::create_directories(folder);
  for (const fs::path& from : {fs::path(SOURCE_FOLDER) / "scripts", fs::path(SOURCE_FOLDER) / "tests" / "live"}) {
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      if (entry.path().extension() != ".lua") continue;
      const fs::path to = folder / fs::relative(entry.path(), from);
      fs::create_directories(to.parent_path());
      fs::copy_file(entry.path(), to, fs::copy_options::overwrite_existing);
    }
  }
}

Words btkhost(const Words& arguments) {
  Words words = {BTKHOST_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace btk::test

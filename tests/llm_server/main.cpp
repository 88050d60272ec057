// llm_server: a language-model server for tests, see server.h.
//
//   llm_server [PORT]     prints "listening on http://127.0.0.1:PORT", serves until SIGTERM or SIGINT
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/llm_server/server.h"

int main(int argc, char** argv) {
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const btk::llm_server::LlmServer server(argc > 1 ? std::atoi(argv[1]) : 0);
    std::printf("listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    int got = 0;
    sigwait(&stops, &got);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "llm_server: %s\n", e.what());
    return 2;
  }
}

#include "optimizer/sandbox/confine.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::optimizer {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// A limit that is lower already stays.
void limit(int what, rlim_t soft, rlim_t hard, const char* name) {
  const auto resource = static_cast<__rlimit_resource>(what);
  rlimit present{};
  getrlimit(resource, &present);
  const rlimit value{std::min(soft, present.rlim_max), std::min(hard, present.rlim_max)};
  if (setrlimit(resource, &value) != 0)
    throw Error(fmt::format("the limit of {} cannot be set: {}", name, std::strerror(errno)));
}

std::size_t address_space() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"), std::fclose);
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1)
    throw Error("/proc/self/statm cannot be read: the sandbox needs /proc");
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS), seccomp_release) {
    if (!context_) throw Error("the filter of system calls cannot be made: there is not enough memory");
  }
  void allow(int call) { check(seccomp_rule_add(context_.get(), SCMP_ACT_ALLOW, call, 0)); }
  void allow(int call, scmp_arg_cmp condition) {
    check(seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call, 1, &condition));
  }
  void load() { check(seccomp_load(context_.get())); }

 private:
  static void check(int code) {
    if (code != 0)
      throw Error(fmt::format("the kernel does not filter system calls here: {}; generated files can be tried with "
                              "--isolate in_process, which trusts LuaJIT more",
                              std::strerror(-code)));
  }
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

}  // namespace

void limit_resources(double cpu_seconds, std::size_t memory_bytes) {
  const auto seconds = static_cast<rlim_t>(std::ceil(cpu_seconds)) + 1;
  limit(RLIMIT_CPU, seconds, seconds + 1, "processor time");
  if (!kSanitized) {
    const rlim_t space = address_space() + memory_bytes;
    limit(RLIMIT_AS, space, space, "address space");
  }
  limit(RLIMIT_CORE, 0, 0, "core dumps");
  limit(RLIMIT_FSIZE, 0, 0, "file sizes");
  limit(RLIMIT_NPROC, 0, 0, "processes");
  limit(RLIMIT_NOFILE, 0, 0, "open files");
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void filter_system_calls() {
  Filter filter;
  // Memory. Files cannot be mapped: no descriptor is left that could be.
  for (const int call : {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise), SCMP_SYS(brk)})
    filter.allow(call);
  filter.allow(SCMP_SYS(mmap), SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
  // Clocks, the budget's timer, signals to itself.
  for (const int call : {SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
                         SCMP_SYS(timer_delete), SCMP_SYS(setitimer), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
                         SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid),
                         SCMP_SYS(restart_syscall), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getrandom)})
    filter.allow(call);
  filter.allow(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())));
  // The answer.
  filter.allow(SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO));
  filter.allow(SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO));
  filter.allow(SCMP_SYS(exit));
  filter.allow(SCMP_SYS(exit_group));
  if (kSanitized) {
    // What the sanitizers ask of the system while they run.
    for (const int call : {SCMP_SYS(prlimit64), SCMP_SYS(sched_getaffinity), SCMP_SYS(readlink)}) filter.allow(call);
  }
  filter.load();
}

}  // namespace btk::optimizer

// What a killed process, a full disk and a folder that may not be written leave of a journal.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "engine/error.h"
#include "host/cli/usage_error.h"
#include "tests/host/journal_places.h"

using namespace btk;
using namespace btk::host;
using namespace btk::test;

namespace {

const TraderKey kBtc{"BTCUSDT", "sma", "binance"};
constexpr int kSteps = 5;

std::vector<StepData> story() {
  RandomStates random(21);
  std::vector<StepData> steps;
  for (int i = 0; i < kSteps; ++i) {
    steps.push_back(random_step(random));
    steps.back().decisions += "step " + std::to_string(i) + "\n";
    steps.back().inputs.push_back(random.input());
    steps.back().state.warmup_ticks = i;
  }
  // A limit order becomes a position: the two rows never exist both, nor neither.
  steps[2].state.order = random.signal();
  steps[2].state.position.reset();
  steps[3].state.order.reset();
  steps[3].state.position = steps[2].state.order;
  return steps;
}

// What a journal in which the first `count` steps were saved tells.
std::string expected_after(const std::vector<StepData>& steps, std::size_t count) {
  Journal model(std::make_unique<MemoryJournal>());
  const std::string id = model.start_session(session_of({kBtc})).session.id;
  for (std::size_t i = 0; i < count; ++i) steps[i].save(model, kBtc);
  return bits(model.load(kBtc)) + all_of(model, id, kBtc);
}

struct Child {
  int acknowledged = 0;  // bytes that it wrote
  int status = 0;
};

// Runs `work` in a process of its own; it gets a function to call after each deed that is done for good.
Child run_child(const std::function<void(const std::function<void()>&)>& work) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    int code = 0;
    try {
      work([&] {
        if (::write(pipe[1], "x", 1) != 1) ::_exit(3);
      });
    } catch (const std::exception&) {
      code = 2;
    }
    ::_exit(code);
  }
  ::close(pipe[1]);
  Child result;
  char byte = 0;
  while (::read(pipe[0], &byte, 1) == 1) ++result.acknowledged;
  ::close(pipe[0]);
  REQUIRE(::waitpid(child, &result.status, 0) == child);
  return result;
}

bool was_killed(const Child& child) { return WIFSIGNALED(child.status) && WTERMSIG(child.status) == SIGKILL; }
int exit_code(const Child& child) { return WIFEXITED(child.status) ? WEXITSTATUS(child.status) : -1; }

// Saves steps [from, kSteps) in a child that `prepare` has armed.
Child save_in_child(JournalPlace& place, const std::vector<StepData>& steps, FaultPlan faults,
                    const std::function<void()>& prepare = {}) {
  return run_child([&](const std::function<void()>& done) {
    if (prepare) prepare();
    Journal journal(place.backend(faults));
    journal.start_session(session_of({kBtc}));
    done();
    for (const StepData& step : steps) {
      step.save(journal, kBtc);
      done();
    }
  });
}

// After a crash: all of the acknowledged steps, perhaps the one under way, nothing of any other; and going on
// from there ends where an undisturbed run ends.
void check_left_over(JournalPlace& place, const std::vector<StepData>& steps, const Child& child) {
  Journal& journal = place.reopen();
  const std::string id = journal.start_session(session_of({kBtc})).session.id;
  CHECK(id == "20230301T000000Z-paper");
  const std::string found = bits(journal.load(kBtc)) + all_of(journal, id, kBtc);
  const auto saved = static_cast<std::size_t>(std::max(child.acknowledged - 1, 0));
  const bool old_step = found == expected_after(steps, saved);
  const bool new_step = saved < steps.size() && found == expected_after(steps, saved + 1);
  REQUIRE((old_step || new_step));
  for (std::size_t i = saved + (old_step ? 0 : 1); i < steps.size(); ++i) steps[i].save(journal, kBtc);
  Journal& again = place.reopen();
  again.start_session(session_of({kBtc}));
  CHECK(bits(again.load(kBtc)) + all_of(again, id, kBtc) == expected_after(steps, steps.size()));
}

// Kills the process at its n-th write to a file, half of the write being done: SQLite asks through a table of
// system calls that a test may change.
long writes_left = 0;

void count_write(int file, const void* bytes, size_t size, off_t at) {
  if (--writes_left > 0) return;
  if (at < 0) {
    if (::write(file, bytes, size / 2) < 0) ::_exit(3);
  } else {
    if (::pwrite(file, bytes, size / 2, at) < 0) ::_exit(3);
  }
  ::kill(::getpid(), SIGKILL);
}

ssize_t counted_write(int file, const void* bytes, size_t size) {
  count_write(file, bytes, size, -1);
  return ::write(file, bytes, size);
}

ssize_t counted_pwrite(int file, const void* bytes, size_t size, off_t at) {
  count_write(file, bytes, size, at);
  return ::pwrite(file, bytes, size, at);
}

void kill_at_sqlite_write(long n) {
  writes_left = n;
  sqlite3_vfs* const files = sqlite3_vfs_find(nullptr);
  files->xSetSystemCall(files, "write", reinterpret_cast<sqlite3_syscall_ptr>(&counted_write));
  for (const char* name : {"pwrite", "pwrite64"}) {
    files->xSetSystemCall(files, name, reinterpret_cast<sqlite3_syscall_ptr>(&counted_pwrite));
  }
}

// As a user for whom permissions count.
void leave_root() {
  if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(4);
}

}  // namespace

TEST_CASE("killed at any write, a journal holds the old step or the new one", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json");
  const std::vector<StepData> steps = story();
  for (long n = 1;; ++n) {
    INFO(kind << ", killed at point " << n);
    JournalPlace place(kind);
    const Child child = save_in_child(place, steps, FaultPlan(n));
    if (!was_killed(child)) {
      REQUIRE(exit_code(child) == 0);
      REQUIRE(n > 5 * kSteps);
      break;
    }
    check_left_over(place, steps, child);
  }
}

TEST_CASE("killed in the middle of what SQLite writes, the journal holds the old step or the new one",
          "[journal]") {
  const std::vector<StepData> steps = story();
  for (long n = 1;; ++n) {
    INFO("killed at write " << n);
    JournalPlace place("sqlite");
    const Child child = save_in_child(place, steps, {}, [&] { kill_at_sqlite_write(n); });
    if (!was_killed(child)) {
      REQUIRE(exit_code(child) == 0);
      REQUIRE(n > 2 * kSteps);
      break;
    }
    check_left_over(place, steps, child);
  }
}

TEST_CASE("a full disk stops the journal with one sentence, and nothing is half-written", "[journal]") {
  const std::string kind = GENERATE("sqlite", "json");
  INFO(kind);
  std::vector<StepData> steps = story();
  for (int limit_kb = 70; limit_kb <= 110; limit_kb += 20) {
    INFO(limit_kb);
    JournalPlace place(kind);
    {
      Journal& journal = place.reopen();
      journal.start_session(session_of({kBtc}));
    }
    std::vector<StepData> many;
    for (int i = 0; i < 60; ++i) many.push_back(steps[static_cast<std::size_t>(i) % steps.size()]);
    const Child child = run_child([&](const std::function<void()>& done) {
      ::signal(SIGXFSZ, SIG_IGN);
      const auto bytes = static_cast<rlim_t>(limit_kb) * 1024;
      const rlimit limit{bytes, bytes};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(4);
      Journal journal(place.backend());
      journal.start_session(session_of({kBtc}));
      done();
      std::string first;
      for (const StepData& step : many) {
        try {
          step.save(journal, kBtc);
        } catch (const Error& problem) {
          if (!std::string_view(problem.what()).starts_with("cannot write state: ")) ::_exit(5);
          if (!first.empty()) ::_exit(first == problem.what() ? 0 : 6);  // the same again, and no more
          first = problem.what();
          continue;
        }
        if (!first.empty()) ::_exit(7);
        done();
      }
      ::_exit(8);
    });
    REQUIRE(exit_code(child) == 0);
    REQUIRE(child.acknowledged > 0);
    check_left_over(place, many, child);
  }
}

TEST_CASE("a folder that may not be written is told before anything is sent", "[journal]") {
  const TempFolder folder;
  ::chmod(folder.path().c_str(), 0755);
  const Child child = run_child([&](const std::function<void()>& done) {
    if (::geteuid() != 0) ::chmod(folder.path().c_str(), 0555);
    leave_root();
    try {
      SqliteJournal(folder / "live.sqlite", Database::Mode::create);
    } catch (const Error& problem) {
      if (std::string_view(problem.what()).find("cannot be opened: check the folder") !=
          std::string_view::npos)
        done();
    }
    try {
      FolderStore(folder / "live", true);
    } catch (const Error& problem) {
      if (std::string_view(problem.what()).find("cannot be made") != std::string_view::npos) done();
    }
    ::_exit(0);
  });
  ::chmod(folder.path().c_str(), 0755);
  CHECK(child.acknowledged == 2);
}

TEST_CASE("a folder that becomes read-only stops the json journal with one sentence", "[journal]") {
  const TempFolder folder;
  ::chmod(folder.path().c_str(), 0777);
  const Child child = run_child([&](const std::function<void()>& done) {
    leave_root();
    const auto root = folder / "live";
    Journal journal(std::make_unique<DocumentJournal>(std::make_unique<FolderStore>(root, true)));
    journal.start_session(session_of({kBtc}));
    const std::vector<StepData> steps = story();
    steps[0].save(journal, kBtc);
    done();
    ::chmod((root / "strategy/BTCUSDT_sma_binance").c_str(), 0555);
    try {
      steps[1].save(journal, kBtc);
    } catch (const Error& problem) {
      if (std::string_view(problem.what()).starts_with("cannot write state: ")) done();
    }
    Journal other(std::make_unique<DocumentJournal>(std::make_unique<FolderStore>(root, false)));
    if (bits(other.load(kBtc)->state) == bits(steps[0].state)) done();
    ::chmod((root / "strategy/BTCUSDT_sma_binance").c_str(), 0755);
    ::_exit(0);
  });
  CHECK(child.acknowledged == 3);
}

TEST_CASE("BTK_FAULT has one form", "[journal]") {
  ::setenv("BTK_FAULT", "journal:x", 1);
  CHECK_THROWS_AS(FaultPlan::from_environment(), UsageError);
  ::setenv("BTK_FAULT", "journal:1000000", 1);
  CHECK_NOTHROW(FaultPlan::from_environment().point());
  ::unsetenv("BTK_FAULT");
  CHECK_NOTHROW(FaultPlan::from_environment().point());
}

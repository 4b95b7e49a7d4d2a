//===- RobustTest.cpp - Signals that interrupt, and processes that fork ---===//

#include "Net.h"

#include <csignal>
#include <sys/time.h>
#include <sys/wait.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

std::atomic<int> interrupts{0};

/// A signal every 200 us, without SA_RESTART: every call that can fail with EINTR does.
struct Storm {
  Storm() {
    struct sigaction action{};
    action.sa_handler = [](int) { ++interrupts; };
    sigaction(SIGALRM, &action, &before);
    const itimerval often{{0, 200}, {0, 200}};
    setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~Storm() {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before, nullptr);
  }
  struct sigaction before{};
};

task<> exchange(unsigned port, int times) {
  connection c = co_await open_connection("127.0.0.1", port);
  const std::string message(100000, 'x');
  for (int i = 0; i < times; ++i) {
    c.writer.write(message);
    EXPECT_EQ(co_await c.reader.read_exactly(message.size()), message);
  }
  co_await c.aclose();
}

TEST(Robust, InterruptedCallsAreMadeAgain) {
  loop l;
  const Storm storm;
  interrupts = 0;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    for (int i = 0; i < 20 || interrupts < 20; ++i)
      co_await exchange(s.port(), 5);
    process p = create_subprocess_exec({"sleep", "0.05"});
    EXPECT_EQ(co_await p.wait(), 0);
    co_await s.aclose();
  };
  l.run_until_complete(main());
  EXPECT_GE(interrupts, 20);
}

TEST(Robust, AChildAfterForkMayExitWithoutHarm) {
  loop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    connection c = co_await open_connection("127.0.0.1", s.port());
    const pid_t child = ::fork();
    if (child == 0)
      ::_exit(3); // what a fork may do with a loop: nothing
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 3);
    c.writer.write("still here");
    EXPECT_EQ(co_await c.reader.read_exactly(10), "still here");
    co_await c.aclose();
    co_await s.aclose();
  };
  l.run_until_complete(main());
}

TEST(Robust, WithoutDescriptorsErrorsAreThrownAndNothingIsLost) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    connection before = co_await open_connection("127.0.0.1", s.port());
    rlimit old{};
    getrlimit(RLIMIT_NOFILE, &old);
    rlimit none = old;
    none.rlim_cur = static_cast<rlim_t>(owned_fd(::dup(0)).get());
    setrlimit(RLIMIT_NOFILE, &none);
    int refused = 0;
    try {
      co_await open_connection("127.0.0.1", s.port());
    } catch (const os_error &thrown) {
      refused += thrown.code().value() == EMFILE;
    }
    try {
      create_subprocess_exec({"true"}, {.out = redirect::pipe()});
    } catch (const os_error &thrown) {
      refused += thrown.code().value() == EMFILE;
    }
    try {
      open_datagram({.local = local()});
    } catch (const os_error &thrown) {
      refused += thrown.code().value() == EMFILE;
    }
    setrlimit(RLIMIT_NOFILE, &old);
    EXPECT_EQ(refused, 3);
    before.writer.write("x");
    EXPECT_EQ(co_await before.reader.read(1), "x");
    co_await before.aclose();
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Robust, ACallbackThatThrowsDisturbsNoStream) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    for (int i = 0; i < 3; ++i)
      running_loop().call_soon([] { throw std::runtime_error("oops"); });
    co_await exchange(s.port(), 3);
    co_await s.aclose();
  };
  l.run(main());
  EXPECT_EQ(l.reports.size(), 3u);
}

} // namespace
} // namespace abide::test

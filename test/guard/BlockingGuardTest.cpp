//===- BlockingGuardTest.cpp - Blocking calls on the thread of a loop -----===//

#include "gtest/gtest.h"
#include <abide/blocking_guard.hpp>
#include <abide/loop.hpp>
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <abide/thread_future.hpp>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <netdb.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

bool has(const std::string &text, const std::string &part) { return text.find(part) != text.npos; }

class BlockingGuard : public testing::Test {
protected:
  BlockingGuard() { set_blocking_guard(on_blocking::report); }
  ~BlockingGuard() override { set_blocking_guard(on_blocking::report); }

  /// What is reported while `body` runs in a task.
  template <class F> std::vector<std::string> reports_of(F body) {
    std::vector<std::string> all;
    abide::loop loop;
    loop.set_exception_handler(
        [&](abide::loop &, const report &what) { all.push_back(to_string(what)); });
    auto main = [](F call) -> task<> {
      call();
      co_await sleep(0s);
    };
    loop.run_until_complete(main(std::move(body)));
    return all;
  }
  template <class F> void expect_one(const std::string &call, F body) {
    const auto all = reports_of(std::move(body));
    ASSERT_EQ(all.size(), 1u) << call;
    EXPECT_EQ(all[0].find(call + "() blocks the thread of the loop"), 0u) << all[0];
  }
};

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

TEST_F(BlockingGuard, ReportsSleepsWithTheCallsAndTheTask) {
  expect_one("usleep", [] { ::usleep(10); });
  const timespec moment{0, 1000};
  expect_one("nanosleep", [&] { ::nanosleep(&moment, nullptr); });
  expect_one("clock_nanosleep", [&] { ::clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr); });
  const auto all = reports_of([] { std::this_thread::sleep_for(1us); });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(has(all[0], "#0 nanosleep")) << all[0];
  EXPECT_TRUE(has(all[0], "ReportsSleepsWithTheCallsAndTheTask")) << all[0];
  EXPECT_TRUE(has(all[0], "<task 'Task-1'")) << all[0];
  EXPECT_TRUE(has(all[0], "check: async-blocking-call")) << all[0];
}

TEST_F(BlockingGuard, ReportsIoThatWouldBlock) {
  Pipe p;
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(::write(p.ends[1], "x", 1), 1);
  });
  char byte = 0;
  expect_one("read", [&] { EXPECT_EQ(::read(p.ends[0], &byte, 1), 1); });
  later.join();
}

TEST_F(BlockingGuard, IsSilentForIoThatDoesNotBlock) {
  Pipe p;
  char byte = 0;
  const auto all = reports_of([&] {
    EXPECT_EQ(::write(p.ends[1], "x", 1), 1);
    EXPECT_EQ(::read(p.ends[0], &byte, 1), 1);
    EXPECT_EQ(fcntl(p.ends[0], F_SETFL, O_NONBLOCK), 0);
    EXPECT_EQ(::read(p.ends[0], &byte, 1), -1);
    pollfd asked{p.ends[1], POLLOUT, 0};
    EXPECT_EQ(::poll(&asked, 1, 1000), 1);
    EXPECT_EQ(::poll(nullptr, 0, 0), 0);
  });
  EXPECT_TRUE(all.empty()) << all[0];
}

TEST_F(BlockingGuard, ReportsTheOtherCalls) {
  Pipe p;
  expect_one("poll", [&] {
    pollfd asked{p.ends[0], POLLIN, 0};
    EXPECT_EQ(::poll(&asked, 1, 1), 0);
  });
  expect_one("select", [] {
    timeval moment{0, 1000};
    EXPECT_EQ(::select(0, nullptr, nullptr, nullptr, &moment), 0);
  });
  expect_one("fsync", [&] { ::fsync(p.ends[0]); });
  expect_one("fdatasync", [&] { ::fdatasync(p.ends[0]); });
  expect_one("flock", [&] { ::flock(p.ends[0], LOCK_EX); });
  expect_one("getaddrinfo", [] {
    addrinfo *found = nullptr;
    if (::getaddrinfo("localhost", "80", nullptr, &found) == 0)
      ::freeaddrinfo(found);
  });
  expect_one("waitpid", [] { ::waitpid(-1, nullptr, 0); });
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const timeval moment{0, 1000};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
  char byte = 0;
  expect_one("recv", [&] { EXPECT_EQ(::recv(ends[0], &byte, 1, 0), -1); });
  EXPECT_TRUE(reports_of([&] { ::recv(ends[0], &byte, 1, MSG_DONTWAIT); }).empty());
  close(ends[0]);
  close(ends[1]);
}

TEST_F(BlockingGuard, ReportsWaitsForThreads) {
  std::mutex lock;
  std::condition_variable never;
  const auto all = reports_of([&] {
    std::unique_lock guard(lock);
    never.wait_for(guard, 1ms);
  });
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].find("pthread_cond_"), 0u) << all[0];
  expect_one("pthread_join", [] { std::thread([] { std::this_thread::sleep_for(30ms); }).join(); });
}

TEST_F(BlockingGuard, CanRefuse) {
  set_blocking_guard(on_blocking::raise);
  bool refused = false;
  const auto all = reports_of([&] {
    const auto before = clock::now();
    try {
      std::this_thread::sleep_for(10s);
    } catch (const blocking_call_error &e) {
      refused = has(e.what(), "nanosleep() would block the thread of the loop");
    }
    EXPECT_LT(clock::now() - before, 5s);
  });
  EXPECT_TRUE(refused);
  EXPECT_TRUE(all.empty());
}

TEST_F(BlockingGuard, CanBeToldToAllow) {
  EXPECT_TRUE(reports_of([] {
                const allow_blocking briefly;
                ::usleep(1);
              }).empty());
  set_blocking_guard(on_blocking::allow);
  EXPECT_TRUE(reports_of([] { ::usleep(1); }).empty());
}

TEST_F(BlockingGuard, LeavesOtherThreadsAndTheLoopItselfAlone) {
  std::vector<std::string> all;
  abide::loop loop;
  loop.set_exception_handler(
      [&](abide::loop &, const report &what) { all.push_back(to_string(what)); });
  auto main = []() -> task<int> {
    co_await sleep(5ms);
    auto job = [] {
      ::usleep(1000);
      return 7;
    };
    co_return co_await to_thread(job);
  };
  EXPECT_EQ(loop.run_until_complete(main()), 7);
  loop.run_until_complete(loop.shutdown_default_executor());
  EXPECT_TRUE(all.empty()) << all[0];
}

} // namespace
} // namespace abide::test

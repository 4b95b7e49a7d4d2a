//===- WatchdogTest.cpp - Loops that are stuck, seen from outside ---------===//

#include "Told.h"
#include "gtest/gtest.h"
#include <abide/run.hpp>
#include <abide/sleep.hpp>
#include <fcntl.h>
#include <regex>
#include <semaphore>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {

// Not static, so that their names are known in every build.
[[gnu::noinline]] void slow_parse() {
  timespec left{0, 250'000'000};
  while (nanosleep(&left, &left) < 0) // the watchdog's signal ends it early
    ;
  asm volatile("");
}

[[gnu::noinline]] void compute_for(std::chrono::milliseconds time) {
  const auto end = clock::now() + time;
  while (clock::now() < end)
    asm volatile("");
}

[[gnu::noinline]] void read_slowly(int fd) {
  char byte = 0;
  while (::read(fd, &byte, 1) < 0)
    ;
  asm volatile("");
}

namespace {

/// The report and the final line of the one stall of `block`.
template <class F> std::pair<std::string, std::string> reports_of(F block) {
  Told told;
  const watchdog dog(told.options());
  auto main = [](F body) -> task<> {
    co_await sleep(1ms);
    body();
    co_await sleep(1ms);
  };
  auto naming = [&](F body) -> task<> {
    co_await create_task(main(std::move(body)), {.name = "the culprit"});
  };
  abide::run(naming(std::move(block)));
  const std::vector<report> all = told.until_over();
  if (all.size() < 2)
    return {"", ""};
  return {to_string(all.front()), to_string(all.back())};
}

double seconds_in(const std::string &text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex("([0-9.]+) s")) ? std::stod(found.str(1)) : -1;
}

TEST(Watchdog, SeesTheBlockingCallBelowLibcWhileItBlocks) {
  const auto [during, after] = reports_of([] { slow_parse(); });
  EXPECT_TRUE(has(during, "the loop has been blocked for")) << during;
  EXPECT_TRUE(has(during, "nanosleep(), called by abide::test::slow_parse()")) << during;
  EXPECT_TRUE(has(during, "the culprit")) << during;
  EXPECT_TRUE(has(during, "check: async-blocking-call, see docs/checks/blocking-call.md"))
      << during;
  EXPECT_LT(seconds_in(during), 0.25);
  EXPECT_TRUE(has(after, "in all")) << after;
  EXPECT_GE(seconds_in(after), 0.19) << after;
}

TEST(Watchdog, SeesABusyLoop) {
  const auto [during, after] = reports_of([] { compute_for(250ms); });
  EXPECT_TRUE(has(during, "compute_for")) << during;
  EXPECT_TRUE(has(after, "in all")) << after;
}

[[gnu::noinline]] void naps() {
  std::this_thread::sleep_for(200ms);
  asm volatile("");
}

TEST(Watchdog, NamesWhoCalledTheStandardLibrary) {
  const std::string during = reports_of([] { naps(); }).first;
  EXPECT_TRUE(has(during, "nanosleep(), called by ")) << during;
  EXPECT_EQ(during.substr(0, during.find('\n')).find("sleep_for"), std::string::npos) << during;
  EXPECT_TRUE(has(during, "\n  last co_await in ")) << during;
}

TEST(Watchdog, NamesNoCoAwaitOfATaskThatHasSeenNone) {
  Told told;
  const watchdog dog(told.options());
  abide::run([]() -> task<> {
    naps();
    co_return;
  }());
  EXPECT_FALSE(has(to_string(told.wait_for(1)[0]), "co_await")) << to_string(told.wait_for(1)[0]);
}

TEST(Watchdog, SeesARead) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::thread writer([&] {
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(::write(ends[1], "x", 1), 1);
  });
  const std::string during = reports_of([&] { read_slowly(ends[0]); }).first;
  writer.join();
  // A sanitizer puts a function of its own between.
  EXPECT_TRUE(has(during, std::string_view(ABIDE_SANITIZE) == ""
                              ? "read(), called by abide::test::read_slowly(int)"
                              : "in read(), called by"))
      << during;
  close(ends[0]);
  close(ends[1]);
}

TEST(Watchdog, SeesALockOfThreads) {
  std::mutex held;
  std::binary_semaphore taken(0);
  std::thread holder([&] {
    const std::lock_guard guard(held);
    taken.release();
    std::this_thread::sleep_for(300ms);
  });
  taken.acquire();
  const std::string during = reports_of([&] { const std::lock_guard guard(held); }).first;
  holder.join();
  EXPECT_TRUE(has(during, "lock")) << during;
  EXPECT_TRUE(has(during, ", called by ")) << during;
}

TEST(Watchdog, WorksWhileAnExceptionIsInFlight) {
  struct slow_to_die {
    ~slow_to_die() { slow_parse(); }
  };
  const std::string during = reports_of([] {
                               try {
                                 const slow_to_die local;
                                 throw std::runtime_error("spam");
                               } catch (const std::runtime_error &e) {
                                 EXPECT_STREQ(e.what(), "spam");
                               }
                             }).first;
  EXPECT_TRUE(has(during, "called by abide::test::slow_parse()")) << during;
}

TEST(Watchdog, RepeatsWithDoublingAndCountsWhatItLeavesOut) {
  Told told;
  watchdog_options options = told.options(20ms);
  options.per_minute = 2;
  const watchdog dog(std::move(options));
  auto main = []() -> task<> {
    compute_for(300ms);
    co_return;
  };
  abide::run(main());
  const auto all = told.wait_for(3);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_GE(seconds_in(all[1].message), 2 * 0.02);
  EXPECT_TRUE(has(all[2].message, "in all"));
}

TEST(Watchdog, IsSilentForALoopThatWaitsOrWorks) {
  Told told;
  {
    const watchdog dog(told.options(400ms));
    auto main = []() -> task<> {
      co_await sleep(800ms);
      for (int i = 0; i < 100; ++i) {
        compute_for(8ms);
        co_await sleep(0s);
      }
    };
    abide::run(main());
    abide::loop idle; // one that does not run
    std::this_thread::sleep_for(500ms);
  }
  for (const report &one : told.wait_for(0))
    ADD_FAILURE() << to_string(one);
}

volatile std::sig_atomic_t urgent = 0;
void on_urgent(int) { urgent = urgent + 1; }

TEST(Watchdog, PassesForeignSignalsOnAndRestoresTheHandler) {
  struct sigaction mine{}, before{}, now{};
  mine.sa_handler = on_urgent;
  sigaction(SIGURG, &mine, &before);
  {
    Told told;
    const watchdog dog(told.options());
    raise(SIGURG);
    EXPECT_EQ(urgent, 1);
    auto main = []() -> task<> {
      compute_for(150ms);
      co_return;
    };
    abide::run(main());
    told.wait_for(2);
    EXPECT_EQ(urgent, 1) << "its own signals are its own";
  }
  sigaction(SIGURG, nullptr, &now);
  EXPECT_EQ(now.sa_handler, on_urgent);
  sigaction(SIGURG, &before, nullptr);
}

TEST(Watchdog, WithoutASignalThereIsNoStack) {
  Told told;
  watchdog_options options = told.options();
  options.signal = 0;
  const watchdog dog(std::move(options));
  auto main = []() -> task<> {
    compute_for(150ms);
    co_return;
  };
  abide::run(main());
  EXPECT_TRUE(has(to_string(told.wait_for(2)[0]), "no stack"));
}

TEST(Watchdog, IsTheOnlyOneAndWantsAThreshold) {
  const watchdog dog;
  EXPECT_THROW(watchdog(), invalid_state);
  EXPECT_THROW(watchdog({.threshold = 10us}), invalid_argument);
  EXPECT_THROW(watchdog({.signal = 1000}), invalid_argument);
}

TEST(Watchdog, AHandlerThatThrowsIsNotFatal) {
  std::atomic<int> calls{0};
  watchdog_options options{.threshold = 20ms};
  options.handler = [&](const report &) {
    ++calls;
    throw std::runtime_error("no");
  };
  {
    const watchdog dog(std::move(options));
    auto main = []() -> task<> {
      compute_for(150ms);
      co_return;
    };
    abide::run(main());
  }
  EXPECT_GE(calls, 2);
}

// The child has no threads of the watchdog: it begins anew with the child's first loop.
TEST(Watchdog, WorksInAChild) {
  Told told;
  const watchdog dog(told.options());
  const pid_t child = fork();
  if (child == 0) {
    auto main = []() -> task<> {
      slow_parse();
      co_return;
    };
    abide::run(main());
    _exit(has(to_string(told.wait_for(2)[0]), "slow_parse") ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// --- foreign loops --------------------------------------------------------------

/// A loop of somebody else: a thread that runs what is posted.
class foreign {
public:
  foreign() : thread_([this] { serve(); }) {}
  ~foreign() {
    post([this] { over_ = true; });
    thread_.join();
  }
  void post(std::function<void()> job) {
    const std::lock_guard guard(lock_);
    jobs_.push_back(std::move(job));
    more_.notify_one();
  }

private:
  void serve() {
    while (!over_) {
      std::unique_lock guard(lock_);
      more_.wait(guard, [this] { return !jobs_.empty(); });
      const auto job = std::move(jobs_.front());
      jobs_.erase(jobs_.begin());
      guard.unlock();
      job();
    }
  }
  std::mutex lock_;
  std::condition_variable more_;
  std::vector<std::function<void()>> jobs_;
  bool over_ = false;
  std::thread thread_;
};

TEST(WatchdogAttach, SeesAForeignLoopThatIsStuck) {
  Told told;
  foreign loop;
  watchdog dog(told.options());
  const auto attached = dog.attach([&](auto job) { loop.post(std::move(job)); }, "the kitchen");
  std::this_thread::sleep_for(100ms);
  loop.post([] { slow_parse(); });
  const auto all = told.wait_for(2);
  ASSERT_GE(all.size(), 2u);
  EXPECT_TRUE(has(to_string(all[0]), "called by abide::test::slow_parse()")) << to_string(all[0]);
  EXPECT_TRUE(has(to_string(all[0]), "the kitchen")) << to_string(all[0]);
}

TEST(WatchdogAttach, DetachedItIsLeftAlone) {
  Told told;
  watchdog dog(told.options());
  std::atomic<int> posts{0};
  {
    foreign loop;
    const auto attached = dog.attach([&](auto job) {
      ++posts;
      loop.post(std::move(job));
    });
    std::this_thread::sleep_for(150ms);
  }
  const int before = posts;
  EXPECT_GT(before, 0);
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(posts, before);
}

TEST(WatchdogAttach, ALoopThatHasNotBegunIsNotStuck) {
  Told told;
  {
    watchdog dog(told.options(20ms));
    const auto attached = dog.attach([](const auto &) {});
    std::this_thread::sleep_for(150ms);
  }
  EXPECT_TRUE(told.wait_for(0).empty());
}

} // namespace
} // namespace abide::test

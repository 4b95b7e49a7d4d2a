//===- DebugTest.cpp - Reports, levels, origins ---------------------------===//

#include "LogPipe.h"
#include "Process.h"
#include "Virtual.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace abide::test {
namespace {

using namespace std::chrono_literals;

report sample() {
  report what{severity::error, "it \"broke\"\n", "<thing>",
              std::make_exception_ptr(std::runtime_error("why")), report_kind::lost_exception};
  what.task = "Task-7";
  what.suspended.push_back(std::source_location::current());
  what.made.push_back({"task 'Task-7'", std::source_location::current(), stack::capture(), {}});
  return what;
}

// --- levels -----------------------------------------------------------------

TEST(DebugLevel, IsABoolOrANumberAndComesFromTheEnvironment) {
  EXPECT_EQ(debug_level(true).value(), 1);
  EXPECT_EQ(debug_level(false).value(), 0);
  EXPECT_EQ(debug_level(-1).value(), 0);
  EXPECT_EQ(debug_level(9).value(), 3);
  const char *known = std::getenv("ABIDE_DEBUG");
  const std::string before = known ? known : "";
  for (const auto &[text, level] : {std::pair("", 0), {"0", 0}, {"1", 1}, {"3", 3}, {"yes", 1}}) {
    setenv("ABIDE_DEBUG", text, 1);
    EXPECT_EQ(loop().get_debug_level(), level) << text;
  }
  setenv("ABIDE_DEBUG", before.c_str(), 1);
  VirtualLoop l;
  l.loop.set_debug(2);
  EXPECT_EQ(l.loop.get_debug_level(), 2);
  auto main = []() -> task<int> { co_return running_loop().get_debug_level(); };
  EXPECT_EQ(abide::run(main(), {.debug = 3}), 3);
}

TEST(DebugLevel, KeepsStacksAsLongAsALoopWantsThem) {
  const unsigned before = detail::loops_with_stacks;
  {
    VirtualLoop l;
    l.loop.set_debug(false);
    EXPECT_EQ(detail::loops_with_stacks, before);
    l.loop.set_debug(2);
    l.loop.set_debug(3);
    EXPECT_EQ(detail::loops_with_stacks, before + 1);
    l.loop.close();
    EXPECT_EQ(detail::loops_with_stacks, before);
  }
  EXPECT_EQ(detail::loops_with_stacks, before);
}

// --- the text -----------------------------------------------------------------

TEST(Report, SaysEverythingThatItKnows) {
  const std::string text = to_string(sample());
  EXPECT_TRUE(has(text, "subject: <thing>")) << text;
  EXPECT_TRUE(has(text, "exception: std::runtime_error: why")) << text;
  EXPECT_TRUE(has(text, "::sample at DebugTest.cpp:")) << text;
  EXPECT_TRUE(has(text, "made: task 'Task-7', spawned in ")) << text;
  EXPECT_TRUE(has(text, "    #")) << text;
  EXPECT_TRUE(has(text, "check: async-unretrieved-exception, see "
                        "docs/checks/unretrieved-exception.md"))
      << text;
}

TEST(Report, IsOneLineOfJson) {
  const std::string line = to_json(sample());
  EXPECT_EQ(line.find('\n'), line.npos);
  const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_EQ(json["kind"], "lost_exception");
  EXPECT_EQ(json["level"], "error");
  EXPECT_EQ(json["message"], "it \"broke\"\n");
  EXPECT_EQ(json["exception"], "std::runtime_error: why");
  EXPECT_EQ(json["task"], "Task-7");
  EXPECT_TRUE(has(json["suspended"][0]["function"], "sample"));
  EXPECT_FALSE(json["made"][0]["stack"].empty());
  EXPECT_EQ(json["page"], "docs/checks/unretrieved-exception.md");
}

TEST(Report, NamesChecksThatExist) {
  for (std::size_t kind = 0; kind < report_kinds; ++kind) {
    const std::string_view check = check_of(static_cast<report_kind>(kind));
    if (check.empty())
      continue;
    const std::string page = std::string(ABIDE_SOURCE_DIR) + "/docs/checks/" +
                             std::string(check.substr(check.find('-') + 1)) + ".md";
    EXPECT_EQ(::access(page.c_str(), R_OK), 0) << page;
  }
}

// --- the log ------------------------------------------------------------------

TEST(Log, WritesTextOrJsonFromALevelOn) {
  LogPipe pipe;
  log_report({severity::info, "too low", "", nullptr});
  log_report({severity::warning, "in words", "", nullptr});
  EXPECT_EQ(pipe.text(), "abide: warning: in words\n");
  log_settings other = get_log_settings();
  other.as = log_settings::format::json;
  other.least = severity::error;
  set_log_settings(other);
  log_report({severity::warning, "too low", "", nullptr});
  log_report({severity::error, "as data", "", nullptr});
  EXPECT_EQ(pipe.text(), "{\"level\":\"error\",\"kind\":\"custom\",\"message\":\"as data\"}\n");
}

TEST(Log, NeverWaitsForAFullPipeAndCountsWhatIsLost) {
  LogPipe pipe;
  log_settings all = get_log_settings();
  all.per_second = 0;
  set_log_settings(all);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5000; ++i)
    log_report({severity::error, std::string(1000, 'x'), "", nullptr});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_FALSE(flush_log(50ms)); // nobody reads
  EXPECT_TRUE(has(pipe.text(), "reports were dropped: they came faster than they were written"));
}

TEST(Log, SuppressesAFloodOfOneKindAndCountsIt) {
  LogPipe pipe;
  for (int i = 0; i < 1000; ++i)
    log_report({severity::error, "again", "", nullptr, report_kind::slow_callback});
  log_report({severity::error, "of another kind", "", nullptr});
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "more reports of the kind slow_callback were suppressed")) << text;
  EXPECT_TRUE(has(text, "of another kind"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 200);
}

TEST(Log, WorksInAChildOfFork) {
  LogPipe pipe;
  log_report({severity::error, "of the parent", "", nullptr});
  EXPECT_EQ(pipe.text(), "abide: error: of the parent\n");
  const pid_t child = ::fork();
  if (child == 0) {
    log_report({severity::error, "of the child", "", nullptr});
    ::_exit(flush_log() ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(pipe.text(), "abide: error: of the child\n");
}

struct ReportsAtItsEnd {
  ~ReportsAtItsEnd() { log_report({severity::error, "at the end", "", nullptr}); }
};

TEST(Log, WorksInAThreadWithoutALoopWhileAnExceptionIsInFlight) {
  LogPipe pipe;
  std::thread([] {
    try {
      const ReportsAtItsEnd reports;
      throw 1;
    } catch (int) {
    }
  }).join();
  EXPECT_EQ(pipe.text(), "abide: error: at the end\n");
}

TEST(LogDeathTest, WorksWhileStaticObjectsAreDestroyed) {
  EXPECT_EXIT(
      {
        static const ReportsAtItsEnd reports;
        log_settings ours = get_log_settings();
        ours.fatal = false;
        set_log_settings(ours);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "at the end");
}

TEST(LogDeathTest, EndsTheProcessWhenReportsAreFatal) {
  log_settings fatal = get_log_settings();
  fatal.fatal = true;
  EXPECT_DEATH(
      {
        set_log_settings(fatal);
        log_report({severity::error, "the last words", "", nullptr});
      },
      "the last words");
}

// --- origins ------------------------------------------------------------------

task<> fails() {
  throw std::runtime_error("lost");
  co_return;
}
task<> spawns(std::string name) {
  create_task(fails(), {.name = name});
  co_return;
}
task<> calls_spawns() {
  co_await sleep(0s);
  co_await spawns("lost one");
}

TEST(Origin, OfALostExceptionNamesWhoSpawnedWhomAtWhichAwait) {
  for (const int level : {1, 2}) {
    VirtualLoop l;
    l.loop.set_debug(level);
    l.loop.create_task(calls_spawns(), {.name = "maker"});
    l.rounds(4);
    ASSERT_EQ(l.reports.size(), 1u);
    const report &lost = l.reports[0];
    EXPECT_EQ(lost.kind, report_kind::lost_exception);
    EXPECT_EQ(lost.task, "lost one");
    ASSERT_EQ(lost.made.size(), 2u);
    EXPECT_EQ(lost.made[0].what, "task 'lost one'");
    EXPECT_NE(lost.made[0].spawned.line(), 0u);
    ASSERT_EQ(lost.made[0].awaits.size(), 1u);
    EXPECT_TRUE(has(to_string(lost.made[0].awaits[0]), "calls_spawns"));
    EXPECT_EQ(lost.made[0].stack.empty(), level < 2);
    EXPECT_EQ(lost.made[1].what, "task 'maker'");
    EXPECT_TRUE(lost.made[1].awaits.empty());
    if (level == 2) {
      EXPECT_TRUE(has(lost.made[0].stack.to_string(), "fails")) << to_string(lost);
    }
  }
}

TEST(Origin, OfATaskSpawnedAfterAnAwaitDoesNotNameThatAwait) {
  VirtualLoop l;
  l.loop.set_debug(1);
  auto main = []() -> task<> {
    co_await sleep(0s); // over
    create_task(fails());
  };
  l.run(main());
  l.rounds(2);
  ASSERT_EQ(l.reports.size(), 1u);
  ASSERT_EQ(l.reports[0].made.size(), 2u);
  EXPECT_TRUE(l.reports[0].made[0].awaits.empty()) << to_string(l.reports[0]);
}

TEST(Origin, SaysThatTheMakerMayHaveGoneOn) {
  VirtualLoop l;
  l.loop.set_debug(1);
  auto main = []() -> task<> {
    co_await sleep(0s);
    make_future().set_exception(std::runtime_error("lost"));
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 1u);
  const std::string text = to_string(l.reports[0]);
  EXPECT_TRUE(has(text, "\n    while its maker was in ")) << text;
  EXPECT_TRUE(has(text, " or later\n  by task 'Task-1'")) << text;
}

TEST(Origin, OfFuturesAndCallbacks) {
  VirtualLoop l;
  l.loop.set_debug(2);
  auto main = []() -> task<> {
    co_await sleep(0s);
    make_future().set_exception(std::runtime_error("lost"));
    running_loop().call_soon([] { throw std::runtime_error("thrown"); });
  };
  l.loop.create_task(main(), {.name = "maker"});
  l.rounds(4);
  ASSERT_EQ(l.reports.size(), 2u);
  for (const report &one : l.reports) {
    ASSERT_EQ(one.made.size(), 2u) << to_string(one);
    EXPECT_FALSE(one.made[0].stack.empty());
    EXPECT_EQ(one.made[0].awaits.size(), 1u);
    EXPECT_EQ(one.made[1].what, "task 'maker'");
  }
}

TEST(Origin, StandsInTheDescriptionOfAHandle) {
  VirtualLoop l;
  l.loop.set_debug(1);
  auto main = []() -> task<std::vector<std::string>> {
    co_await sleep(0s);
    handle soon = running_loop().call_soon([] {});
    handle later = running_loop().call_later(1s, [] {});
    later.cancel();
    co_return list(soon.describe(), later.describe());
  };
  const auto texts = l.run(main());
  EXPECT_TRUE(has(texts[0], "<callback, made while in ")) << texts[0];
  EXPECT_TRUE(has(texts[1], "<callback at 1.000000 s, made while in ")) << texts[1];
  EXPECT_TRUE(has(texts[1], ", cancelled>")) << texts[1];
}

task<> successor(int left) {
  co_await sleep(0s);
  if (left > 0)
    create_task(successor(left - 1));
  else
    create_task(fails());
}

TEST(Origin, KeepsTheLastMakersOfALongChain) {
  VirtualLoop l;
  l.loop.set_debug(1);
  l.loop.create_task(successor(1000));
  l.rounds(3100);
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_GE(l.reports[0].made.size(), 9u);
  EXPECT_LE(l.reports[0].made.size(), 17u);
}

[[gnu::noinline]] void lets_go_of(spawned<> &failed) {
  failed = spawned<>();
  asm volatile("");
}

TEST(LostException, SaysWhereItWasDropped) {
  VirtualLoop l;
  l.loop.set_debug(2);
  auto main = []() -> task<> {
    auto failed = create_task(fails());
    co_await sleep(0s);
    lets_go_of(failed);
    create_task(fails()); // of which the loop lets go
  };
  l.run(main());
  l.rounds(2);
  ASSERT_EQ(l.reports.size(), 2u);
  const std::string by_the_program = to_string(l.reports[0]);
  EXPECT_TRUE(has(by_the_program, "\n  dropped:\n    #0 ")) << by_the_program;
  EXPECT_TRUE(has(by_the_program, "lets_go_of")) << by_the_program;
  EXPECT_TRUE(has(by_the_program, "\n  made: task ")) << by_the_program;
  const std::string by_the_loop = to_string(l.reports[1]);
  EXPECT_FALSE(has(by_the_loop, "dropped:")) << by_the_loop;
}

// --- coroutines that never ran ------------------------------------------------

TEST(NeverAwaited, IsReportedWithTheFunctionAndItsCaller) {
  VirtualLoop l;
  l.loop.set_debug(2);
  l.loop.call_soon([] { (void)fails(); });
  l.once();
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::never_awaited);
  const std::string text = to_string(l.reports[0]);
  EXPECT_TRUE(has(text, "a coroutine was never awaited")) << text;
  EXPECT_TRUE(has(text, "fails")) << text;
  EXPECT_TRUE(has(text, "made: coroutine\n    #0 ")) << text;
}

TEST(NeverAwaited, IsSilentForWhatGoesWithAFailureOrACancellation) {
  VirtualLoop l;
  auto takes = [](task<> given) -> task<> { co_await std::move(given); };
  auto unwinds = [&]() -> task<> {
    try {
      auto kept = fails();
      throw std::logic_error("first");
    } catch (const std::logic_error &) {
    }
    co_return;
  };
  l.run(unwinds());
  l.loop.create_task(takes(fails())).cancel();
  l.rounds(2);
  l.loop.create_task(takes(fails()));
  l.loop.close();
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::pending_task);
}

TEST(NeverAwaited, OutsideOfALoopGoesToTheLog) {
  LogPipe pipe;
  (void)fails();
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "abide: warning: a coroutine was never awaited")) << text;
}

// --- time ---------------------------------------------------------------------

struct Clocked {
  explicit Clocked(std::unique_ptr<virtual_poller> owned) : time(*owned), loop(std::move(owned)) {
    loop.set_debug(true);
    loop.set_slow_callback_duration(100ms);
    loop.set_exception_handler([this](abide::loop &, const report &r) { reports.push_back(r); });
  }
  Clocked() : Clocked(std::make_unique<virtual_poller>()) {}
  void once() {
    loop.stop();
    loop.run_forever();
  }
  virtual_poller &time;
  std::vector<report> reports;
  abide::loop loop;
};

TEST(Slow, StepSaysWhereTheTaskIsSuspendedNow) {
  Clocked c;
  auto slow = [&]() -> task<> {
    c.time.advance(150ms);
    co_await sleep(1s);
  };
  const auto kept = c.loop.create_task(slow(), {.name = "sluggard"});
  c.once();
  ASSERT_EQ(c.reports.size(), 1u);
  EXPECT_EQ(c.reports[0].kind, report_kind::slow_callback);
  EXPECT_EQ(c.reports[0].task, "sluggard");
  EXPECT_EQ(c.reports[0].suspended.size(), 1u);
  c.loop.run_until_complete(kept);
}

TEST(Slow, RoundOfManyQuickCallbacksIsReportedOnce) {
  Clocked c;
  for (int i = 0; i < 10; ++i)
    c.loop.call_soon([&] { c.time.advance(20ms); });
  c.once();
  ASSERT_EQ(c.reports.size(), 1u);
  EXPECT_EQ(c.reports[0].kind, report_kind::long_iteration);
  EXPECT_EQ(c.reports[0].message,
            "a round took 0.200000 s for 10 callbacks, none of them slow by itself");
}

/// Comes back too late.
class late_poller final : public poller {
public:
  time_point now() noexcept override { return real_.now(); }
  void add(int fd, interest what, watcher &who) override { real_.add(fd, what, who); }
  void modify(int fd, interest what, watcher &who) override { real_.modify(fd, what, who); }
  void remove(int fd) noexcept override { real_.remove(fd); }
  void wait(std::optional<time_point> deadline) override {
    real_.wait(deadline);
    real_.advance(300ms);
  }
  void wake() noexcept override { real_.wake(); }

private:
  virtual_poller real_;
};

TEST(Slow, PollIsReported) {
  loop l(std::make_unique<late_poller>());
  std::vector<report> reports;
  l.set_exception_handler([&](loop &, const report &what) { reports.push_back(what); });
  l.set_debug(true);
  l.set_slow_callback_duration(100ms);
  l.call_later(1s, [&] { l.stop(); });
  l.run_forever();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].kind, report_kind::slow_poll);
  EXPECT_EQ(reports[0].message, "the poller came back 0.300000 s too late");
}

// --- threads --------------------------------------------------------------------

TEST(WrongThread, IsRefusedByNameOfBothThreads) {
  VirtualLoop l;
  l.loop.set_debug(true);
  const auto future = l.loop.create_future();
  std::vector<std::string> refused;
  auto attempt = [&](auto call) {
    try {
      call();
    } catch (const wrong_loop &e) {
      refused.push_back(e.what());
    }
  };
  l.loop.call_soon([&] {
    std::thread([&] {
      ::pthread_setname_np(::pthread_self(), "stranger");
      attempt([&] { l.loop.call_soon([] {}); });
      attempt([&] { future.set_result(); });
      attempt([&] { future.cancel(); });
      attempt([&] { future.add_done_callback([] {}); });
      attempt([&] { l.loop.add_reader(0, [] {}); });
    }).join();
  });
  l.once();
  ASSERT_EQ(refused.size(), 5u);
  for (const std::string &text : refused) {
    EXPECT_TRUE(has(text, "this is the thread 'stranger' (")) << text;
    EXPECT_TRUE(has(text, "(" + std::to_string(::getpid()) + ")")) << text;
  }
  EXPECT_FALSE(future.done());
}

TEST(WrongThread, IsReportedWhereNothingCanBeThrown) {
  LogPipe pipe;
  VirtualLoop l;
  l.loop.set_debug(true);
  event set;
  auto waits = [&]() -> task<> { co_await set.wait(); };
  const auto waiting = l.loop.create_task(waits());
  l.once();
  l.loop.call_soon([&] { std::thread([&] { set.set(); }).join(); });
  l.run([](auto done) -> task<> { co_await done; }(waiting));
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "abide: error: abide: the loop runs in the thread")) << text;
}

// --- results --------------------------------------------------------------------

TEST(SetTwice, SaysWhereTheFutureWasMade) {
  VirtualLoop l;
  l.loop.set_debug(1);
  auto main = []() -> task<std::string> {
    co_await sleep(0s);
    const auto once = make_future();
    once.set_result();
    try {
      once.set_result();
    } catch (const invalid_state &e) {
      co_return e.what();
    }
    co_return "";
  };
  const std::string text = l.run(main());
  EXPECT_TRUE(has(text, "is set already: ask done() first\n  made while in ")) << text;
}

// --- what is left open ------------------------------------------------------------

TEST(Unclosed, GeneratorAtTheEndOfItsLoop) {
  VirtualLoop l;
  l.loop.set_debug(2);
  auto numbers = []() -> async_generator<int> {
    co_yield 1;
    co_yield 2;
  };
  auto all = numbers();
  l.run([](auto &open) -> task<> { co_await open.next(); }(all));
  l.loop.close();
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::unclosed);
  EXPECT_TRUE(has(l.reports[0].message, "before an async generator"));
  EXPECT_FALSE(l.reports[0].made.empty());
}

TEST(Unclosed, LoopThatIsDestroyedWithWorkLeft) {
  std::vector<report> reports;
  auto keep = [&](loop &, const report &what) { reports.push_back(what); };
  const char *known = std::getenv("ABIDE_DEBUG");
  const std::string before = known ? known : "";
  setenv("ABIDE_DEBUG", "2", 1);
  {
    loop l;
    l.set_exception_handler(keep);
    l.call_later(1h, [] {});
    l.call_soon([] {});
    l.call_soon([] {});
  }
  setenv("ABIDE_DEBUG", before.c_str(), 1);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].kind, report_kind::unclosed);
  EXPECT_EQ(reports[0].message, "a loop was destroyed without close()");
  EXPECT_EQ(reports[0].details, "left: 2 callbacks, 1 timer");
  ASSERT_EQ(reports[0].made.size(), 1u);
  EXPECT_TRUE(has(to_string(reports[0]), "LoopThatIsDestroyedWithWorkLeft"))
      << to_string(reports[0]);
}

TEST(Unclosed, LoopThatHasNothingLeftOrWasClosedIsNot) {
  VirtualLoop idle;
  {
    loop l;
    l.set_debug(2);
    l.set_exception_handler([&](loop &, const report &what) { idle.reports.push_back(what); });
    l.run_until_complete([]() -> task<> { co_await sleep(1ms); }());
  }
  {
    loop l;
    l.set_debug(2);
    l.set_exception_handler([&](loop &, const report &what) { idle.reports.push_back(what); });
    l.call_later(1h, [] {});
    l.close();
  }
  EXPECT_TRUE(idle.reports.empty()) << to_string(idle.reports.front());
}

/// A coroutine that runs without any loop.
struct loopless {
  struct promise_type {
    loopless get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

TEST(Generator, BegunWhereNoLoopRunsIsReported) {
  LogPipe pipe;
  auto numbers = []() -> async_generator<int> { co_yield 7; };
  auto all = numbers();
  int got = 0;
  [](auto &from, int &into) -> loopless { into = *co_await from.next(); }(all, got);
  EXPECT_EQ(got, 7);
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "an async generator was begun where no loop runs")) << text;
}

TEST(Generator, BegunAfterShutdownIsReported) {
  VirtualLoop l;
  l.run(l.loop.shutdown_asyncgens());
  auto numbers = []() -> async_generator<int> { co_yield 7; };
  auto all = numbers();
  l.run([](auto &open) -> task<> {
    co_await open.next();
    co_await open.aclose();
  }(all));
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::generator);
}

TEST(Generator, DroppedInAForeignThreadAfterItsLoopIsReported) {
  LogPipe pipe;
  std::optional<async_generator<int>> all;
  {
    VirtualLoop l;
    auto numbers = []() -> async_generator<int> {
      for (;;)
        co_yield 7;
    };
    all.emplace(numbers());
    l.run([](auto &open) -> task<> { co_await open.next(); }(*all));
    l.loop.close();
  }
  std::thread([&] { all.reset(); }).join();
  const std::string text = pipe.text();
  EXPECT_TRUE(has(text, "dropped in a foreign thread after its loop was closed")) << text;
}

// --- dumps and deadlocks ------------------------------------------------------------

TEST(Dump, ShowsWhoWaitsForWhomAndWhere) {
  VirtualLoop l;
  mutex lock;
  l.loop.set_debug(1);
  auto holds = [&]() -> task<> {
    const auto held = co_await lock.lock();
    co_await sleep(1h);
  };
  auto wants = [&]() -> task<> { const auto held = co_await lock.lock(); };
  auto outer = [&]() -> task<> { co_await create_task(wants(), {.name = "wants"}); };
  l.loop.create_task(holds(), {.name = "holds"});
  l.loop.create_task(outer(), {.name = "outer"});
  l.rounds(3);
  const std::string text = l.loop.dump_tasks();
  EXPECT_TRUE(has(text, "3 tasks\n")) << text;
  EXPECT_TRUE(has(text, "task 'outer' waits for <task 'wants', pending")) << text;
  EXPECT_TRUE(has(text, "  task 'wants' waits for <mutex, locked, 1 waiting>")) << text;
  EXPECT_TRUE(has(text, "    task 'holds' waits for sleep()")) << text;
  for (const any_task &one : l.loop.all_tasks())
    one.cancel();
  l.rounds(5);
}

TEST(Dump, OfManyAwaitsAndOfNoTask) {
  VirtualLoop l;
  EXPECT_EQ(l.loop.dump_tasks(), "0 tasks\n");
  auto inner = []() -> task<> { co_await make_future(); };
  auto outer = [&]() -> task<> { co_await inner(); };
  auto main = [&]() -> task<std::string> {
    const auto pending = create_task(outer(), {.name = "lost"});
    co_await sleep(0s);
    std::string text = dump_tasks();
    pending.cancel();
    co_return text;
  };
  const std::string text = l.run(main());
  EXPECT_TRUE(has(text, "2 tasks\ntask 'Task-1' runs\n")) << text;
  EXPECT_TRUE(has(text, "waits for <future, pending>, which nobody can end any more")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6) << text;
}

/// Runs until the loop has reported something.
std::vector<report> first_reports(VirtualLoop &l) {
  std::vector<report> got;
  l.loop.set_exception_handler([&](loop &running, const report &what) {
    got.push_back(what);
    running.stop();
  });
  l.loop.run_forever();
  l.loop.set_exception_handler([](loop &, const report &) {});
  return got;
}

TEST(Deadlock, OfTwoLocksNamesTheCircleFirst) {
  mutex a, b; // The loop goes first, and its tasks with what they hold.
  VirtualLoop l;
  l.loop.set_debug(1);
  auto both = [](mutex &first, mutex &second) -> task<> {
    const auto one = co_await first.lock();
    co_await sleep(0s);
    const auto two = co_await second.lock();
  };
  l.loop.create_task(both(a, b), {.name = "ab"});
  l.loop.create_task(both(b, a), {.name = "ba"});
  const auto got = first_reports(l);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].kind, report_kind::deadlock);
  EXPECT_EQ(got[0].message, "deadlock: 2 tasks wait for each other in a circle");
  EXPECT_TRUE(has(got[0].details, "task 'ab' waits for <mutex, locked, 1 waiting>"));
  EXPECT_TRUE(has(got[0].details, "task 'ba' waits for <mutex, locked, 1 waiting>"));
}

TEST(Deadlock, OfAFutureThatNobodyHolds) {
  VirtualLoop l;
  l.loop.set_debug(1);
  auto waits = []() -> task<> { co_await make_future(); };
  l.loop.create_task(waits(), {.name = "forlorn"});
  const auto got = first_reports(l);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].kind, report_kind::never_resumed);
  EXPECT_TRUE(has(got[0].details, "task 'forlorn' waits for <future, pending>"));
}

TEST(Deadlock, OfAnEventThatNobodySets) {
  VirtualLoop l;
  l.loop.set_debug(1);
  event never;
  auto waits = [&]() -> task<> { co_await never.wait(); };
  l.loop.create_task(waits());
  const auto got = first_reports(l);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].message,
            "deadlock: nothing is ready, no timer, descriptor or job is left, and tasks wait");
}

TEST(Deadlock, IsNotClaimedWhileAThreadMayHelp) {
  VirtualLoop l;
  l.loop.set_debug(1);
  const auto answer = l.loop.create_future<int>();
  std::thread helper([&] {
    std::this_thread::sleep_for(50ms);
    l.loop.call_soon_threadsafe([&] { answer.set_result(42); });
  });
  EXPECT_EQ(l.loop.run_until_complete(answer), 42);
  helper.join();
  EXPECT_TRUE(l.reports.empty());
}

TEST(Locks, HeldLongWhileOthersWaitAreReported) {
  VirtualLoop l;
  l.loop.set_debug(1);
  l.loop.set_lock_hold_limit(20ms);
  l.loop.set_slow_callback_duration(1h);
  mutex lock;
  auto holds = [&]() -> task<> {
    const auto held = co_await lock.lock();
    co_await sleep(0s);
    std::this_thread::sleep_for(30ms);
  };
  auto wants = [&]() -> task<> { const auto held = co_await lock.lock(); };
  l.loop.create_task(holds());
  l.loop.create_task(wants());
  l.rounds(4);
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].kind, report_kind::lock_held);
  EXPECT_TRUE(has(l.reports[0].message, "while 1 waited")) << l.reports[0].message;
  EXPECT_TRUE(has(l.reports[0].details, "locked in ")) << l.reports[0].details;
}

} // namespace
} // namespace abide::test

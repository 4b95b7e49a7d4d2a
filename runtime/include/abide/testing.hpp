// GoogleTest: a test fails when it leaks tasks, drops exceptions or blocks the loop. For programs
// that have GoogleTest.
#pragma once

#include <abide/loop.hpp>
#include <abide/watchdog.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <vector>

namespace abide {

/// What a loop_checker looks for.
struct loop_checks {
  bool tasks = true;   // tasks that are pending at its end
  bool reports = true; // all reports: lost exceptions, exceptions in callbacks, ...
  /// One callback for longer. Zero or less: not looked for, nor when the program has a watchdog.
  duration blocked = std::chrono::milliseconds(100);
};

/// Takes over the exception handler of a loop, and closes the loop at its end: each thing that is
/// wrong is a failure of the running test, a leaked task at the line of its create_task().
class loop_checker {
public:
  explicit loop_checker(loop &checked, loop_checks checks = {}) : loop_(checked), checks_(checks) {
    loop_.set_exception_handler([this](loop &, const report &what) { keep(what); });
    if (checks_.blocked <= duration::zero())
      return;
    try {
      watchdog_.emplace(watchdog_options{
          .threshold = checks_.blocked,
          .handler = [this](const report &what) { keep(what); },
      });
    } catch (const invalid_state &) { // the program has one
    }
  }
  ~loop_checker() {
    watchdog_.reset(); // has told all afterwards
    if (checks_.tasks)
      fail_for_tasks();
    if (!loop_.is_closed())
      loop_.close();
    loop_.set_exception_handler(nullptr);
    if (checks_.reports)
      for (const report &one : take_reports())
        ADD_FAILURE() << to_string(one);
  }
  loop_checker(const loop_checker &) = delete;
  loop_checker &operator=(const loop_checker &) = delete;

  /// The reports so far, which fail the test no more.
  std::vector<report> take_reports() {
    const std::lock_guard guard(lock_);
    return std::exchange(reports_, {});
  }

private:
  // On the thread of the loop, or of the watchdog.
  void keep(const report &what) {
    const std::lock_guard guard(lock_);
    reports_.push_back(what);
  }
  // Closing would report them once more, as destroyed.
  void fail_for_tasks() {
    const std::vector<any_task> left =
        loop_.is_closed() ? std::vector<any_task>() : loop_.all_tasks();
    for (const any_task &one : left)
      ADD_FAILURE_AT(one.spawned_at().file_name(), static_cast<int>(one.spawned_at().line()))
          << "the test leaks " << to_string(one);
    if (!left.empty())
      loop_.set_exception_handler([](loop &, const report &) {});
  }

  loop &loop_;
  loop_checks checks_;
  std::mutex lock_;
  std::vector<report> reports_;
  std::optional<watchdog> watchdog_;
};

/// The base of fixtures: each test has a loop of its own, checked at the end of the test.
class loop_fixture : public ::testing::Test {
protected:
  explicit loop_fixture(loop_checks checks = {}, std::unique_ptr<poller> waits = nullptr)
      : loop(std::move(waits)) {
    checker_.emplace(loop, checks);
  }
  void TearDown() override { checker_.reset(); }

  template <class T> T run(task<T> main) { return loop.run_until_complete(std::move(main)); }
  /// The reports so far, which fail the test no more.
  std::vector<report> take_reports() { return checker_->take_reports(); }

  abide::loop loop;

private:
  std::optional<loop_checker> checker_;
};

} // namespace abide

// From main() into a task, and back.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/gather.hpp>
#include <abide/loop.hpp>

#include <optional>

namespace abide {

class trace;

struct run_options {
  std::optional<debug_level> debug = {};         // none: as ABIDE_DEBUG says
  std::unique_ptr<poller> waits = nullptr;       // none: an epoll_poller
  std::optional<schedule_options> schedule = {}; // none: as ABIDE_SCHEDULE_SEED says
};

/// Runs main tasks, one after the other, on a loop of its own, and closes it in order: what tasks
/// are left is cancelled and awaited, their exceptions reported; async generators are closed; the
/// default executor ends; the loop closes.
///
/// Ctrl-C: if SIGINT has its default action and this is the main thread, the first one cancels the
/// main task; when that ends by it, run() throws keyboard_interrupt. A second one leaves run() with
/// keyboard_interrupt at once; and when the loop is stuck in a callback, it ends the process.
class runner {
public:
  explicit runner(run_options options = {});
  /// Closes; what that throws is reported.
  ~runner();
  runner(const runner &) = delete;
  runner &operator=(const runner &) = delete;

  /// Throws what main throws; loop_running inside of a running loop, invalid_state after close().
  template <class T> ABIDE_IS(sync_wait) T run(task<T> main) {
    check_run();
    const interrupts guard(*this, get_loop().create_task(std::move(main)));
    try {
      return loop_->run_until_complete(spawned<T>(guard.main()));
    } catch (const cancelled_error &) {
      guard.check();
      throw;
    }
  }
  /// Nothing happens the second time.
  void close();
  /// The loop, made when first needed. Throws invalid_state after close().
  loop &get_loop();

private:
  /// The SIGINT handler, as long as main runs.
  class interrupts {
  public:
    interrupts(runner &whose, any_task main);
    ~interrupts();
    interrupts(const interrupts &) = delete;
    interrupts &operator=(const interrupts &) = delete;
    detail::ref<detail::future_state> main() const {
      return detail::ref<detail::future_state>(&main_.state());
    }
    /// Main was cancelled: throws keyboard_interrupt when that was Ctrl-C's doing.
    void check() const;

  private:
    void interrupted();
    loop &loop_;
    any_task main_;
    bool installed_ = false;
    unsigned count_ = 0;
  };

  void check_run() const;
  void cancel_leftovers();
  void write_trace() noexcept;

  run_options options_;
  std::unique_ptr<loop> loop_;
  std::unique_ptr<trace> trace_; // with ABIDE_TRACE
  bool closed_ = false;
};

/// The way from main() into a task: a runner for one use.
template <class T> ABIDE_IS(sync_wait) T run(task<T> main, run_options options = {}) {
  runner only(std::move(options));
  if constexpr (std::is_void_v<T>) {
    only.run(std::move(main));
    only.close();
  } else {
    T result = only.run(std::move(main));
    only.close();
    return static_cast<T &&>(result);
  }
}

} // namespace abide

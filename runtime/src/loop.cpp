#include <abide/loop.hpp>

#include <abide/blocking_guard.hpp>
#include <abide/detail/descriptors.hpp>
#include <abide/detail/origin.hpp>
#include <abide/detail/signals.hpp>
#include <abide/epoll.hpp>
#include <abide/log.hpp>
#include <abide/sleep.hpp>

#include <cstdlib>

namespace abide {

loop::loop(std::unique_ptr<poller> waits)
    : core_(detail::ref<detail::loop_core>::adopt(new detail::loop_core(
          *this, waits ? std::move(waits) : std::make_unique<epoll_poller>()))) {
  set_debug(debug_level::from_environment());
  if (core_->debug >= 2)
    core_->made = detail::calls_here();
  if (const char *limit = std::getenv("ABIDE_SLOW_CALLBACK")) {
    const double seconds = std::atof(limit);
    if (seconds > 0)
      set_slow_callback_duration(to_duration(std::chrono::duration<double>(seconds)));
  }
  if (const auto schedule = schedule_options::from_environment())
    set_schedule(*schedule);
}

loop::~loop() {
  core_->tell_unclosed();
  core_->close();
  core_->default_executor.reset();
  core_->owner = nullptr;
  core_->exception_handler = nullptr;
}

std::vector<any_task> loop::all_tasks() const {
  std::vector<any_task> result;
  core_->tasks.each([&](detail::task_core &pending) {
    result.emplace_back(detail::ref<detail::future_state>(&pending));
  });
  return result;
}

void loop::add_reader(int fd, std::function<void()> call) {
  core_->fds().set(fd, interest::read, std::move(call));
}

void loop::add_writer(int fd, std::function<void()> call) {
  core_->fds().set(fd, interest::write, std::move(call));
}

void loop::add_signal_handler(int signal, std::function<void()> call) {
  core_->signal_handlers().add(signal, std::move(call));
}

bool loop::remove_signal_handler(int signal) {
  detail::signals *handlers = core_->signal_handlers_if_any();
  return handlers && handlers->remove(signal);
}

executor &loop::default_executor() {
  if (!core_->default_executor)
    core_->default_executor = std::make_shared<thread_pool>();
  return *core_->default_executor;
}

void loop::set_default_executor(std::shared_ptr<executor> on) {
  if (!on)
    throw invalid_argument("abide: set_default_executor() needs an executor, not null");
  core_->default_executor = std::move(on);
}

task<void> loop::shutdown_default_executor(duration patience) {
  const std::shared_ptr<executor> closing = core_->default_executor;
  if (!closing)
    co_return;
  // The waiting blocks, so it has a thread of its own. The job has a name because g++ 12 destroys
  // twice what a lambda captures within the expression of a co_await.
  std::optional<thread_pool> helper(std::in_place, 1);
  auto job = [closing, patience] { return closing->shutdown(patience); };
  const bool over = co_await run_in_executor(&*helper, std::move(job));
  {
    const allow_blocking until_its_thread_ends;
    helper.reset();
  }
  if (!over)
    call_exception_handler({severity::warning,
                            "the default executor has not ended its jobs in time", "<executor>",
                            nullptr, report_kind::shutdown});
}

void loop::set_exception_handler(exception_handler handler) {
  core_->exception_handler = std::move(handler);
}

void loop::default_exception_handler(const report &what) noexcept { log_report(what); }

loop *running_loop_if_any() noexcept {
  return detail::running_core ? detail::running_core->owner : nullptr;
}

loop &running_loop() { return *detail::require_running("running_loop()").owner; }

namespace detail {

void sleep_awaiter::begin() { task_->core().arm(*this, delay_); }

void sleep_awaiter::withdraw() noexcept { task_->core().disarm(*this); }

void run_until_done(loop_core &core, future_state &awaited) {
  core.check_open();
  if (&awaited.core() != &core)
    throw wrong_loop("abide: " + awaited.describe_future() +
                     " belongs to another loop: run it there");
  // When something fatal ends the run, the callback may be on its way, and must not stop the next.
  const auto mine = std::make_shared<bool>(true);
  const any_future future{ref<future_state>(&awaited)};
  struct end {
    const any_future &future;
    bool &mine;
    callback_id stopping;
    ~end() {
      mine = false;
      future.remove_done_callback(stopping);
    }
  } ending{future, *mine, future.add_done_callback([&core, mine] {
             if (*mine)
               core.stop();
           })};
  core.run_forever();
  if (!awaited.done())
    throw invalid_state("abide: the loop was stopped before " + awaited.describe_future() +
                        " was done");
}

} // namespace detail
} // namespace abide

// Threads for what would block a loop.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/time.hpp>

#include <functional>
#include <memory>

namespace abide {

/// Runs functions on threads that are not a loop's. Derive to bring your own.
class ABIDE_IS(blocking_pool) executor {
public:
  virtual ~executor() = default;
  /// Runs `job` some time, on some thread. May be called from any thread. The job throws nothing.
  virtual void submit(std::function<void()> job) = 0;
  /// No jobs come any more. Waits for the running ones until `patience` is over (not at all for
  /// zero); false when some still run.
  ABIDE_IS(blocking) virtual bool shutdown(duration patience) = 0;
};

/// A pool that starts a thread only when a job finds none idle, up to a maximum.
class ABIDE_IS(blocking_pool) thread_pool final : public executor {
public:
  /// Zero means as asyncio does: the number of processors plus 4, at most 32.
  explicit thread_pool(unsigned max_threads = 0);
  /// Waits for the running jobs; those that wait in the queue are dropped.
  ~thread_pool() override;
  thread_pool(const thread_pool &) = delete;
  thread_pool &operator=(const thread_pool &) = delete;

  /// Throws invalid_state after shutdown().
  void submit(std::function<void()> job) override;
  ABIDE_IS(blocking) bool shutdown(duration patience) override;

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace abide

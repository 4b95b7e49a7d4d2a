// What each task did, and when, as a picture.
#pragma once

#include <abide/loop.hpp>

#include <iosfwd>
#include <memory>

namespace abide {

/// While it lives, the steps of the tasks of one loop are written down: who spawned whom and where,
/// when a task ran, on what and at which co_await it was suspended, how it ended; and what the loop
/// and the watchdog report about it. Made and destroyed on the
/// thread of the loop, before the loop is; one per loop. A traced step costs two looks at the clock
/// and about 200 bytes.
class trace {
public:
  /// What comes after `max_events` is only counted. Throws invalid_state when there is a trace.
  explicit trace(loop &traced, std::size_t max_events = 1'000'000);
  ~trace();
  trace(const trace &) = delete;
  trace &operator=(const trace &) = delete;

  /// Puts one more report into the picture. Any thread.
  ABIDE_IS(thread_safe) void add(const report &what);

  /// The trace so far in the JSON format of Chrome's about:tracing, for ui.perfetto.dev: each
  /// task is a track. On the thread of the loop.
  void write(std::ostream &to) const;

private:
  detail::ref<detail::loop_core> core_;
  std::unique_ptr<detail::tracer> tracer_;
  time_point begin_;
};

} // namespace abide

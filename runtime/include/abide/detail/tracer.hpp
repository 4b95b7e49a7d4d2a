// What a loop writes down while it is traced.
#pragma once

#include <abide/time.hpp>

#include <cstdint>
#include <map>
#include <source_location>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace abide::detail {

class task_core;

/// Called on the thread of the loop only.
class tracer {
public:
  enum class step : std::uint8_t { spawned, resumed, suspended, finished, failed, cancelled };
  struct event {
    step what;
    std::uint64_t task;
    std::uint64_t other = 0; // spawned: by which task; suspended: on which task. 0: none
    time_point at;
    std::source_location where{};       // of the create_task() or the co_await
    const std::type_info *on = nullptr; // suspended: on what; null: it gave way
    const std::vector<std::source_location> *awaits = nullptr; // suspended: more than `where`
  };

  explicit tracer(std::size_t max_events) : limit_(max_events) {}

  void spawned(const task_core &task, const task_core *by);
  void resumed(const task_core &task) { note({step::resumed, number(task), 0, clock::now()}); }
  void suspended(const task_core &task);
  void ended(const task_core &task, step how) { note({how, number(task), 0, clock::now()}); }

  const std::vector<event> &events() const noexcept { return events_; }
  const std::string &name_of(std::uint64_t task) const;
  std::size_t dropped() const noexcept { return dropped_; }

private:
  static std::uint64_t number(const task_core &task) noexcept;
  const std::vector<std::source_location> *kept(std::vector<std::source_location> awaits);
  void note(event what) {
    if (events_.size() < limit_)
      events_.push_back(what);
    else
      ++dropped_;
  }

  std::vector<event> events_;
  std::unordered_map<std::uint64_t, std::string> names_;
  // Each chain of co_awaits once, by its functions and lines: tasks come back to the same few.
  std::map<std::vector<std::pair<const char *, unsigned>>, std::vector<std::source_location>>
      chains_;
  std::size_t limit_;
  std::size_t dropped_ = 0;
};

} // namespace abide::detail

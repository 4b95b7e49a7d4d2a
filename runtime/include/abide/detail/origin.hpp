// How tasks, futures, callbacks and coroutines came into being, as debug mode keeps it.
#pragma once

#include <abide/detail/pool.hpp>
#include <abide/detail/ref.hpp>
#include <abide/report.hpp>

#include <array>
#include <atomic>
#include <memory>

namespace abide::detail {

class loop_core;
class task_core;

/// The calls that made something: those of who calls this, as deep as asyncio's. Equal ones are
/// kept once, and for the life of the process, so nobody owns them, and what was made by a million
/// calls from one place costs a pointer each. Null when there is no memory, or when there are more
/// than 65536 different ones. Any thread, without a lock.
[[gnu::noinline, gnu::cold]] const stack *calls_here() noexcept;

/// Not 0 as long as there is a loop of debug level 2 or more: then coroutines keep their calls. A
/// coroutine may be made outside of any loop, so this is the process's.
inline constinit std::atomic<unsigned> loops_with_stacks{0};
inline bool keep_stacks() noexcept {
  return loops_with_stacks.load(std::memory_order_relaxed) != 0;
}

/// For the thread of one loop. Level 1 keeps the task that ran and where it stood; level 2 the
/// calls. Chains of makers are cut: at least the last 8 and at most the last 16 are kept, so that
/// tasks that spawn their successors do not pile up.
class origin : public pooled {
public:
  /// What is made now by the task that runs. Null when there is no memory.
  static ref<origin> here(loop_core &core) noexcept;
  /// The same of a task, whose coroutine brings its calls.
  static ref<origin> of_task(loop_core &core, std::uint64_t number, std::source_location where,
                             const stack *made) noexcept;

  void retain() noexcept { ++references_; }
  /// Not inline: most of those who would call it have none.
  [[gnu::cold]] void release() noexcept;
  void set_name(std::string_view name) { name_ = std::make_unique<std::string>(name); }
  /// ", made while in f at x.cpp:7", or nothing.
  std::string place() const;
  /// `what` for the thing itself; its makers are tasks.
  std::vector<birth> births(std::string what) const;

private:
  explicit origin(loop_core &core);
  birth as_birth(std::string what) const;
  std::string task_name() const;
  /// A copy of this and its makers, `left` of them.
  ref<origin> cut(unsigned left) const;
  origin(const origin &other, ref<origin> maker);

  static constexpr unsigned max_makers = 16, kept_makers = 8;

  std::uint32_t references_ = 1;
  std::uint8_t makers_ = 0;
  std::uint8_t depth_ = 0;                     // how many of awaits_
  std::uint64_t number_ = 0;                   // of a task
  ref<origin> maker_;                          // the task that made this; null: none did
  std::source_location spawned_{};             // of a task
  std::array<std::source_location, 4> awaits_; // the innermost co_awaits of the maker at that time
  std::unique_ptr<std::string> name_;          // of a task that has one
  const stack *calls_ = nullptr;               // see calls_here()
};

/// A task or future, and how it came to be, for a report.
report report_on(severity level, report_kind kind, std::string message, class future_state &about);

} // namespace abide::detail

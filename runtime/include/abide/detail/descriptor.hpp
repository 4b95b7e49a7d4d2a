// A descriptor that a loop watches: base of streams, listeners, datagram endpoints and processes.
#pragma once

#include <abide/detail/origin.hpp>
#include <abide/detail/owned_fd.hpp>
#include <abide/detail/wait_list.hpp>

namespace abide::detail {

/// Owns a descriptor in non-blocking mode and notes, edge by edge, what it is ready for. The loop
/// closes it at its own end.
class descriptor : public watcher, public outside_work {
public:
  /// Throws os_error when it cannot be watched; it is closed then.
  descriptor(loop_core &core, owned_fd fd, interest sides);
  descriptor(const descriptor &) = delete;
  descriptor &operator=(const descriptor &) = delete;

  bool open() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }
  loop_core &core() const noexcept { return *core_; }
  /// A report that it was dropped while it was open, with its origin.
  report unclosed(std::string message, std::string subject) const;
  /// Forgets and closes it; calls changed().
  void close() noexcept;
  /// Forgets it and gives it back.
  owned_fd detach() noexcept;

  void ready(interest what) noexcept final;
  void abandon() noexcept override {
    forget();
    changed();
  }

protected:
  ~descriptor();
  /// The flags are new, or it was closed. As ready() of a watcher: schedules, and runs nothing.
  virtual void changed() noexcept = 0;

  bool readable_ = false; // the next read may succeed; who gets EAGAIN clears it
  bool writable_ = true;
  bool ended_ = false; // the other side is gone: read until the end, whatever a short read says

private:
  owned_fd forget() noexcept;
  ref<loop_core> core_;
  ref<origin> origin_; // null without debug mode
  owned_fd fd_;
};

/// A descriptor that tasks wait for: `while (not_yet()) co_await turn(d.readers, had)`.
class awaited_descriptor final : public pooled, public descriptor {
public:
  using descriptor::descriptor;
  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      delete this;
  }
  bool readable() const noexcept { return readable_; }
  bool writable() const noexcept { return writable_; }
  /// The last call has said EAGAIN.
  void not_readable() noexcept { readable_ = false; }
  void not_writable() noexcept { writable_ = false; }

  wait_list readers;
  wait_list writers;

private:
  ~awaited_descriptor() { close(); }
  void changed() noexcept override {
    if (readable_ || !open())
      readers.wake_all();
    if (writable_ || !open())
      writers.wake_all();
  }
  std::uint32_t references_ = 1;
};

/// Keeps a task that never has to wait from starving the others: after 16 steps within one callback
/// it is time to give way.
class stamina {
public:
  bool exhausted(const loop_core &core) noexcept {
    const std::uint64_t now = core.shown.sequence.load(std::memory_order_relaxed);
    if (now != sequence_) {
      sequence_ = now;
      steps_ = 0;
    }
    return ++steps_ > 16;
  }

private:
  std::uint64_t sequence_ = 0;
  unsigned steps_ = 0;
};

/// Sets O_NONBLOCK. Throws os_error.
void make_non_blocking(int fd);

} // namespace abide::detail

#include <abide/asio_tracking.hpp>

#include <abide/detail/watched.hpp>

#include <string>

namespace abide::detail {
namespace {

/// A thread that calls handlers, from its first one to its end.
struct handler_thread {
  handler_thread() : seen(shown, nullptr, [this] { return words(); }) {}

  // Any thread.
  std::string words() const {
    const char *const on = object.load(std::memory_order_relaxed);
    const char *const what = operation.load(std::memory_order_relaxed);
    return std::string("<handler of ") + (on ? on : "an object") + "." +
           (what ? what : "an operation") + ">";
  }

  std::atomic<const char *> object{nullptr}, operation{nullptr};
  int depth = 0;
  pulse shown;
  watched seen;
};

handler_thread &this_handler_thread() {
  thread_local handler_thread one;
  return one;
}

} // namespace

void handler_begins(const tracked_handler &which) {
  handler_thread &here = this_handler_thread();
  here.object.store(which.abide_object, std::memory_order_relaxed);
  here.operation.store(which.abide_operation, std::memory_order_relaxed);
  here.shown.move();
  if (here.depth++ == 0)
    here.shown.parked.store(false, std::memory_order_release);
}

void handler_ends() noexcept {
  handler_thread &here = this_handler_thread();
  if (--here.depth == 0)
    here.shown.parked.store(true, std::memory_order_release);
}

} // namespace abide::detail

// The promise of task<T>, and what every coroutine of this library has in common.
#pragma once

#include <abide/detail/future_state.hpp>

#include <concepts>
#include <coroutine>
#include <source_location>

namespace abide::detail {

enum class progress : std::uint8_t {
  fresh,    // not started
  nested,   // runs inside the await_suspend of who awaits it, or inside the step of its task
  detached, // has suspended: who awaits it is resumed at its end
  done,
};

/// One link of an await chain.
class promise_base : public pooled {
public:
  promise_base() noexcept : made(nullptr) {
    if (keep_stacks()) [[unlikely]]
      made = calls_here();
  }
  promise_base(const promise_base &) = delete;
  promise_base &operator=(const promise_base &) = delete;

  union {
    const stack *made;                    // while fresh: see calls_here(); null without debug mode
    std::coroutine_handle<> continuation; // while detached
  };
  promise_base *awaiting = nullptr; // whom it awaits, while suspended; null: see its task
  promise_base *awaiter;            // who awaits it; set while detached
  std::source_location where{};     // of its last co_await
  std::exception_ptr error;
  progress state = progress::fresh;

  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept { return final_awaiter{}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  /// Notes the line of each co_await; hands back a reference, for a copy would cost.
  template <class A>
  A &&await_transform(A &&awaited,
                      std::source_location here = std::source_location::current()) noexcept {
    where = here;
    return static_cast<A &&>(awaited);
  }

  /// Whom to go on with at the end, or at a co_yield.
  std::coroutine_handle<> hand_back() noexcept {
    const bool detached = state == progress::detached;
    state = progress::done;
    if (!detached)
      return std::noop_coroutine();
    if (awaiter)
      awaiter->awaiting = nullptr;
    return continuation;
  }

  /// It has suspended within the await_suspend of `parent`, which it resumes at its end.
  template <class P> void detach(std::coroutine_handle<P> parent) noexcept {
    continuation = parent;
    state = progress::detached;
    if constexpr (std::derived_from<P, promise_base>) {
      awaiter = &parent.promise();
      awaiter->awaiting = this;
    } else {
      awaiter = nullptr;
    }
  }

private:
  struct final_awaiter {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> ended) noexcept {
      return ended.promise().hand_back();
    }
    void await_resume() noexcept {}
  };
};

/// The address of the function of a coroutine, with which its frame begins.
inline std::uintptr_t code_of(std::coroutine_handle<> frame) noexcept {
  return *static_cast<const std::uintptr_t *>(frame.address());
}

/// To be called by every leaf awaiter: from here on the chain continues in the task.
template <class P> void mark_leaf(std::coroutine_handle<P> suspended) noexcept {
  if constexpr (std::derived_from<P, promise_base>)
    suspended.promise().awaiting = nullptr;
}

template <class T> class promise : public promise_base {
public:
  template <class U = T>
    requires std::constructible_from<T, U &&>
  void return_value(U &&value) {
    result.set(static_cast<U &&>(value));
  }
  slot<T> result;
};
template <class T> class promise<T &> : public promise_base {
public:
  void return_value(T &value) noexcept { result.set(value); }
  slot<T &> result;
};
template <> class promise<void> : public promise_base {
public:
  void return_void() noexcept {}
  slot<void> result;
};

} // namespace abide::detail

// A result that comes later.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/task_core.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace abide {

class any_task;

/// Names a done callback for remove_done_callback().
struct callback_id {
  std::uint64_t number = 0;
};

/// A future of whatever type: it can be waited for and cancelled; `co_await` throws what it ended
/// with and gives nothing. Copies share one state; empty when default-constructed or moved from,
/// and then every call throws invalid_state. Belongs to the thread of its loop, which it may
/// outlive.
class ABIDE_IS(loop_affine) any_future {
public:
  any_future() = default;
  explicit any_future(detail::ref<detail::future_state> state) noexcept
      : state_(std::move(state)) {}

  ABIDE_IS(ready_check) bool done() const { return state().done(); }
  /// Done by cancellation.
  ABIDE_IS(ready_check) bool cancelled() const { return state().cancelled(); }
  /// Ends a pending future as cancelled; asks a task to end (see any_task); forwards to the
  /// children of gather(). False when it is done already: nothing happens then.
  ABIDE_IS(cancels) bool cancel() const {
    state().core().check_thread();
    return state().cancel();
  }
  /// What it ended with, null for a value. Throws invalid_state when pending, cancelled_error when
  /// cancelled. An exception that was asked for is not reported as lost.
  std::exception_ptr exception() const { return state().exception(); }

  /// Calls `call`, with this future or with nothing, in a round after it is done; at once, that
  /// is in the next round, when it is done already. Callbacks run in the order of their addition.
  template <class F> callback_id add_done_callback(F call) const;
  /// False when there is none, or it is on its way already.
  bool remove_done_callback(callback_id id) const { return state().remove_waiter(id.number); }

  /// Whether it names a state.
  explicit operator bool() const noexcept { return static_cast<bool>(state_); }
  friend bool operator==(const any_future &, const any_future &) = default;

  /// For code that extends the library.
  detail::future_state &state() const {
    if (!state_) [[unlikely]]
      throw_empty();
    return *state_;
  }

  auto operator co_await() const;

protected:
  [[noreturn]] static void throw_empty();
  detail::ref<detail::future_state> state_;
};

std::string to_string(const any_future &what);

namespace detail {

std::uint64_t next_token() noexcept;
/// Of what future, if that is known.
std::string describe_done_callback(const future_state *of);

template <class F> class done_callback final : public pooled, public future_waiter {
public:
  done_callback(F call, std::uint64_t token) : call_(std::move(call)), token_(token) {}
  void fired(future_state &source) noexcept override { source_ = ref<future_state>(&source); }
  void run() override {
    const std::unique_ptr<done_callback> keep(this);
    loop_core &core = source_->core();
    try {
      if constexpr (std::invocable<F &, any_future>)
        call_(any_future(source_));
      else
        call_();
    } catch (const fatal &) {
      throw;
    } catch (...) {
      core.tell({severity::error, "exception in a done callback", source_->describe_future(),
                 std::current_exception(), report_kind::callback_failed});
    }
  }
  void drop() noexcept override { delete this; }
  std::string describe() const override { return describe_done_callback(source_.get()); }
  std::uint64_t token() const noexcept override { return token_; }

private:
  F call_;
  std::uint64_t token_;
  ref<future_state> source_;
};

/// Waits for a future; keeps it alive.
class future_waiting {
public:
  explicit future_waiting(ref<future_state> awaited) noexcept : awaited_(std::move(awaited)) {}

  bool await_ready() const {
    if (awaited_->done())
      return true;
    awaited_->check_awaitable();
    return false;
  }
  template <class P> void await_suspend(std::coroutine_handle<P> point) noexcept {
    task_ = awaited_->core().current;
    mark_leaf(point);
    awaited_->add_waiter(*task_);
    task_->suspend(*awaited_, point);
  }

protected:
  /// Throws unless there is a value.
  void resumed() {
    if (task_ && task_->take_cancellation())
      throw cancelled_error();
    awaited_->check_result();
  }
  ref<future_state> awaited_;

private:
  task_core *task_ = nullptr;
};

class completion_awaiter final : public future_waiting {
public:
  using future_waiting::future_waiting;
  void await_resume() { resumed(); }
};

/// co_await on a future by name: the value stays where it is.
template <class T> class shared_awaiter final : public future_waiting {
public:
  using future_waiting::future_waiting;
  decltype(auto) await_resume() {
    resumed();
    if constexpr (std::is_reference_v<T>)
      return static_cast<T>(*static_cast<std::remove_reference_t<T> *>(awaited_->value()));
    else if constexpr (!std::is_void_v<T>)
      return static_cast<const T &>(*static_cast<T *>(awaited_->value()));
  }
};

/// co_await on a temporary: the value leaves, by copy as long as others could still look at it.
template <class T> class taking_awaiter final : public future_waiting {
public:
  using future_waiting::future_waiting;
  T await_resume() {
    resumed();
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*static_cast<std::remove_reference_t<T> *>(awaited_->value()));
    } else if constexpr (!std::is_void_v<T>) {
      T &value = *static_cast<T *>(awaited_->value());
      if constexpr (std::copy_constructible<T>)
        if (!awaited_->unique())
          return value;
      return std::move(value);
    }
  }
};

/// What future<T> and spawned<T> share: the way to the value.
template <class T> class typed_future {
public:
  static decltype(auto) value_of(future_state &state) {
    state.check_result();
    if constexpr (std::is_reference_v<T>)
      return static_cast<T>(*static_cast<std::remove_reference_t<T> *>(state.value()));
    else if constexpr (!std::is_void_v<T>)
      return static_cast<const T &>(*static_cast<T *>(state.value()));
  }
};

} // namespace detail

template <class F> callback_id any_future::add_done_callback(F call) const {
  const callback_id id{detail::next_token()};
  state().core().check_thread();
  auto *added = new detail::done_callback<F>(std::move(call), id.number);
  state().add_waiter(*added);
  return id;
}

inline auto any_future::operator co_await() const {
  return detail::completion_awaiter((state(), state_));
}

/// A result of type T (also void, or a reference), set once by whoever holds the future.
///
/// `co_await f` waits; `co_await` on a future with a name gives `const T&`, on a temporary T. Any
/// number of tasks may wait. A task that is cancelled while it waits cancels the future, unless
/// shield() stands between. A lost exception (nobody asked) is reported when the last copy dies.
/// Cancel safety: after cancelled_error the result, if there is one, is still in the future.
template <class T = void>
class ABIDE_IS(loop_affine) ABIDE_IS(droppable_task) [[nodiscard]] future : public any_future {
public:
  using value_type = T;
  using any_future::any_future;

  /// Throws invalid_state while pending, cancelled_error, or the exception.
  decltype(auto) result() const { return detail::typed_future<T>::value_of(this->state()); }

  /// Ends it with a value. Throws invalid_state when it is done, or is a task.
  template <class... A>
    requires(std::is_void_v<T> ? sizeof...(A) == 0 : sizeof...(A) == 1)
  ABIDE_IS(completes)
  void set_result(A &&...value) const {
    detail::future_state &state = this->state();
    state.check_settable();
    static_cast<detail::value_state<T> &>(state).set(static_cast<A &&>(value)...);
  }
  /// Ends it with an exception, given as such or as std::exception_ptr.
  template <class E> ABIDE_IS(completes) void set_exception(E &&thrown) const {
    if constexpr (std::same_as<std::remove_cvref_t<E>, std::exception_ptr>)
      this->state().set_exception(static_cast<E &&>(thrown));
    else
      this->state().set_exception(std::make_exception_ptr(static_cast<E &&>(thrown)));
  }

  auto operator co_await() const & {
    return detail::shared_awaiter<T>((this->state(), this->state_));
  }
  auto operator co_await() && {
    this->state();
    return detail::taking_awaiter<T>(std::move(this->state_));
  }
};

/// A pending future of the running loop; throws no_running_loop.
template <class T = void> future<T> make_future() {
  return future<T>(detail::ref<detail::future_state>::adopt(
      new detail::value_state<T>(detail::require_running("make_future()"))));
}

} // namespace abide

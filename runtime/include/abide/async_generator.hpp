// A coroutine that gives many values, one at a time, and may wait between them.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/generator.hpp>
#include <abide/task.hpp>

namespace abide {

template <class T, class Sent = void> class async_generator;

namespace detail {

struct nothing {};

template <class T, class Sent> class generator_promise final : public generator_promise_base {
public:
  static constexpr bool sends = !std::is_void_v<Sent>;
  using sent_type = std::conditional_t<sends, Sent, nothing>;

  async_generator<T, Sent> get_return_object() noexcept;
  auto yield_value(T value) {
    current.set(static_cast<T &&>(value));
    return yield_point{*this};
  }
  void return_void() noexcept {}

  slot<T> current;
  std::optional<sent_type> sent;

private:
  struct yield_point {
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return promise.hand_back();
    }
    auto await_resume() {
      promise.check_thrown();
      if constexpr (sends)
        return std::exchange(promise.sent, std::nullopt);
    }
    generator_promise &promise;
  };
};

template <class T, class Sent> class generator_awaiter final : public generator_step {
public:
  using promise = generator_promise<T, Sent>;
  using item = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T> *,
                                  std::optional<std::remove_reference_t<T>>>;

  generator_awaiter(generator_promise_base *of, std::exception_ptr thrown,
                    std::optional<typename promise::sent_type> sent)
      : generator_step(of, std::move(thrown)) {
    if (of && sent)
      static_cast<promise *>(of)->sent = std::move(sent);
  }
  item await_resume() {
    if (!resumed())
      return {};
    T &value = static_cast<promise *>(of())->current.get();
    if constexpr (std::is_reference_v<T>)
      return &value;
    else
      return std::move(value);
  }
};

} // namespace detail

/// What next(), send() and athrow() give; co_await it, once.
template <class T, class Sent> class [[nodiscard]] generator_request {
  using awaiter = detail::generator_awaiter<T, Sent>;
  using sent_type = typename awaiter::promise::sent_type;

public:
  using value_type = typename awaiter::item;
  generator_request(detail::generator_owner &of, std::exception_ptr thrown,
                    std::optional<sent_type> sent = {})
      : of_(&of), thrown_(std::move(thrown)), sent_(std::move(sent)) {}
  awaiter operator co_await() && {
    return awaiter(of_->promise(), std::move(thrown_), std::move(sent_));
  }

private:
  detail::generator_owner *of_;
  std::exception_ptr thrown_;
  std::optional<sent_type> sent_;
};

/// The return type of a coroutine with co_yield, and co_await where it likes:
///
///     while (auto line = co_await lines.next())
///       use(*line);
///
/// next() gives std::optional<T> (a pointer for references), empty at the end; an exception of the
/// body leaves there, after which the generator is at its end. Runs within the task that asks; one
/// at a time. With a second type, `co_yield v` gives the std::optional<Sent> that send() brings.
///
/// The object owns the frame: when it dies, the frame dies at once, and its destructors run, but no
/// handler, for they could wait. Who needs those closes with aclose() or aclosing(). Move-only;
/// belongs to the loop that first ran it; dropped on another thread, the frame dies on its loop's.
/// Cancel safety: cancelled_error arrives inside, and ends the generator unless it is caught there.
template <class T, class Sent>
// NOLINTNEXTLINE(async-missing-task-attributes): as of task
class ABIDE_IS(async_generator) [[nodiscard]] async_generator : public detail::generator_owner {
public:
  using promise_type = detail::generator_promise<T, Sent>;
  using value_type = T;
  using request = generator_request<T, Sent>;

  async_generator() = default;

  /// Runs to the next co_yield. Throws invalid_state while another task does so.
  request next() { return request(*this, nullptr); }
  /// The same; the co_yield where it stands gives `value`.
  request send(typename promise_type::sent_type value)
    requires promise_type::sends
  {
    return request(*this, nullptr, std::move(value));
  }
  /// Throws at the co_yield where it stands, or at once when it has not begun; runs on to the next
  /// co_yield. Takes an exception or a std::exception_ptr.
  template <class E> request athrow(E &&thrown) {
    if constexpr (std::same_as<std::remove_cvref_t<E>, std::exception_ptr>)
      return request(*this, static_cast<E &&>(thrown));
    else
      return request(*this, std::make_exception_ptr(static_cast<E &&>(thrown)));
  }
  /// Ends it: throws generator_exit where it stands. Throws invalid_state when it yields again, or
  /// runs in another task; and what the body throws instead. At its end nothing happens.
  ABIDE_IS(closes) task<void> aclose() { return detail::close_generator(promise()); }

  /// `for (auto it = co_await g.begin(); it != g.end(); co_await ++it)`, with *it.
  class iterator {
  public:
    explicit iterator(async_generator &of) noexcept : of_(&of) {}
    decltype(auto) operator*() const noexcept { return *current_; }
    auto operator->() const noexcept { return &*current_; }
    task<void> operator++() { return advance(*this); }
    bool operator==(std::nullptr_t) const noexcept { return !current_; }

  private:
    friend async_generator;
    static task<void> advance(iterator &self) { self.current_ = co_await self.of_->next(); }
    async_generator *of_;
    mutable typename request::value_type current_{};
  };
  task<iterator> begin() { return begin(*this); }
  std::nullptr_t end() const noexcept { return nullptr; }

private:
  friend promise_type;
  explicit async_generator(promise_type &frame) noexcept : generator_owner(frame) {}
  static task<iterator> begin(async_generator &self) {
    iterator first(self);
    first.current_ = co_await self.next();
    co_return std::move(first);
  }
};

template <class T, class Sent>
async_generator<T, Sent> detail::generator_promise<T, Sent>::get_return_object() noexcept {
  self = std::coroutine_handle<generator_promise>::from_promise(*this);
  return async_generator<T, Sent>(*this);
}

/// Closes a generator, or whatever has an aclose(), behind a body, however that ends:
/// `co_await aclosing(lines()).run([&](auto &all) -> task<> { ... });` gives what the body gives.
template <class Closable> class ABIDE_IS(closing_scope) [[nodiscard]] aclosing {
public:
  explicit aclosing(Closable closed) : closed_(std::move(closed)) {}

  /// What aclose() throws goes before what the body throws. For one use.
  template <class F> std::invoke_result_t<F &, Closable &> run(F body) && {
    return run_body(std::move(closed_), std::move(body));
  }

private:
  template <class F>
  static std::invoke_result_t<F &, Closable &> run_body(Closable closed, F body) {
    using result_type = typename std::invoke_result_t<F &, Closable &>::value_type;
    detail::slot<result_type> result;
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<result_type>)
        co_await body(closed);
      else
        result.set(co_await body(closed));
    } catch (...) {
      thrown = std::current_exception();
    }
    co_await closed.aclose();
    if (thrown)
      std::rethrow_exception(thrown);
    if constexpr (std::is_void_v<result_type>)
      co_return;
    else
      co_return static_cast<result_type &&>(result.get());
  }
  Closable closed_;
};

} // namespace abide

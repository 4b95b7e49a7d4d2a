// Several results together.
#pragma once

#include <abide/detail/ensure_future.hpp>
#include <abide/detail/link.hpp>

#include <tuple>
#include <vector>

namespace abide {

/// The first argument of gather() that wants exceptions as values.
struct return_exceptions_t {};
inline constexpr return_exceptions_t return_exceptions{};

namespace detail {

/// The future of gather(). Cancelling it cancels the children; it ends when they have.
class gathering : public future_state {
public:
  using future_state::future_state;

  bool cancel() noexcept override;
  /// From now on it waits for these, which are all of them; one may come twice.
  void watch(const std::vector<ref<future_state>> &children, bool exceptions_too);
  void child_done(future_state &ended);
  void explain(wait_facts &facts) const override;

protected:
  ~gathering() override;
  /// All children have values (or exceptions, when those are wanted too).
  virtual void assemble() = 0;
  future_state &child(std::size_t index) noexcept { return children_[index]->watched(); }
  std::size_t count() const noexcept { return children_.size(); }

private:
  links<gathering> children_;
  std::size_t left_ = 0;
  bool exceptions_too_ = false;
  bool cancel_requested_ = false;
};

template <class R, class Assemble> class gathering_of final : public gathering {
public:
  gathering_of(loop_core &core, Assemble how) : gathering(core), how_(std::move(how)) {}
  void *value() noexcept override { return slot_.address(); }

private:
  void assemble() override {
    slot_.set(how_([this](std::size_t index) -> future_state & { return child(index); }, count()));
  }
  slot<R> slot_;
  [[no_unique_address]] Assemble how_;
};

template <class R, class Assemble>
future<R> gather_into(std::vector<ref<future_state>> children, bool exceptions_too, Assemble how) {
  loop_core &core = children.empty() ? require_running("gather()") : children.front()->core();
  auto *state = new gathering_of<R, Assemble>(core, std::move(how));
  future<R> result(ref<future_state>::adopt(state));
  state->watch(children, exceptions_too);
  return result;
}

template <class T> ref<future_state> share(const future<T> &given) {
  return ref<future_state>(&given.state());
}

} // namespace detail

/// Starts what is a coroutine, and waits for all: a future of the results in the order of the
/// arguments (std::monostate for void). The first exception, or the cancellation of a child, ends
/// the gathering with it; the other children run on, and their exceptions are not reported.
/// Cancelling the gathering, or the task that awaits it, cancels all children.
template <class... A>
  requires(sizeof...(A) > 0)
ABIDE_IS(joins_all)
auto gather(A &&...awaited) -> future<std::tuple<detail::stored<detail::result_of<A>>...>> {
  using result = std::tuple<detail::stored<detail::result_of<A>>...>;
  std::vector<detail::ref<detail::future_state>> children{
      detail::share(detail::ensure_future(static_cast<A &&>(awaited)))...};
  return detail::gather_into<result>(std::move(children), false, [](auto child, std::size_t) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return result{detail::stored_value<detail::result_of<A>>(child(I))...};
    }(std::index_sequence_for<A...>());
  });
}

/// As above, with exceptions and cancellations as values: `auto [a, b] = co_await
/// gather(return_exceptions, f(), g());` gives an outcome for each.
template <class... A>
  requires(sizeof...(A) > 0)
ABIDE_IS(joins_all)
auto gather(return_exceptions_t, A &&...awaited)
    -> future<std::tuple<outcome<detail::result_of<A>>...>> {
  using result = std::tuple<outcome<detail::result_of<A>>...>;
  std::vector<detail::ref<detail::future_state>> children{
      detail::share(detail::ensure_future(static_cast<A &&>(awaited)))...};
  return detail::gather_into<result>(std::move(children), true, [](auto child, std::size_t) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return result{detail::outcome_of<detail::result_of<A>>(child(I))...};
    }(std::index_sequence_for<A...>());
  });
}

/// As above for any number of coroutines, tasks or futures of one type.
template <class A, class T = detail::result_of<A>>
ABIDE_IS(joins_all)
future<std::vector<detail::stored<T>>> gather(std::vector<A> awaited) {
  using result = std::vector<detail::stored<T>>;
  std::vector<detail::ref<detail::future_state>> children;
  for (A &one : awaited)
    children.push_back(detail::share(detail::ensure_future(std::move(one))));
  return detail::gather_into<result>(std::move(children), false, [](auto child, std::size_t count) {
    result values;
    for (std::size_t i = 0; i < count; ++i)
      values.push_back(detail::stored_value<T>(child(i)));
    return values;
  });
}

template <class A, class T = detail::result_of<A>>
ABIDE_IS(joins_all)
future<std::vector<outcome<T>>> gather(return_exceptions_t, std::vector<A> awaited) {
  using result = std::vector<outcome<T>>;
  std::vector<detail::ref<detail::future_state>> children;
  for (A &one : awaited)
    children.push_back(detail::share(detail::ensure_future(std::move(one))));
  return detail::gather_into<result>(std::move(children), true, [](auto child, std::size_t count) {
    result values;
    for (std::size_t i = 0; i < count; ++i)
      values.push_back(detail::outcome_of<T>(child(i)));
    return values;
  });
}

} // namespace abide

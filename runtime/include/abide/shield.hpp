// Work that must not be cancelled with its awaiter.
#pragma once

#include <abide/detail/ensure_future.hpp>
#include <abide/detail/link.hpp>

namespace abide {

namespace detail {

template <class T> class shielding final : public value_state<T> {
public:
  explicit shielding(ref<future_state> inner)
      : value_state<T>(inner->core()), inner_(*this, std::move(inner)) {}

  bool cancel() noexcept override {
    if (inner_.linked())
      inner_.unlink(); // what it ends with is nobody's now
    return value_state<T>::cancel();
  }
  bool needs_holder() const noexcept override { return false; }
  void explain(wait_facts &facts) const override { explain_children(facts, {&inner_.watched()}); }
  void child_done(future_state &inner) {
    if (this->done())
      return;
    if (inner.cancelled())
      cancel();
    else if (auto thrown = inner.exception())
      this->fail(std::move(thrown));
    else if constexpr (std::is_void_v<T>)
      this->set();
    else if constexpr (std::is_reference_v<T>)
      this->set(*stored_value<T>(inner));
    else
      this->set(stored_value<T>(inner));
  }

private:
  link<shielding> inner_;
};

} // namespace detail

/// `co_await shield(f())`: when the awaiting task is cancelled, it gets its cancelled_error, and f
/// runs on; an exception of f is then reported as lost. Cancelling f itself cancels the shield. A
/// future that is done is given back as it is.
template <class A> ABIDE_IS(shields) auto shield(A &&awaited) -> future<detail::result_of<A>> {
  using T = detail::result_of<A>;
  const future<T> inner = detail::ensure_future(static_cast<A &&>(awaited));
  if (inner.done())
    return inner;
  return future<T>(detail::ref<detail::future_state>::adopt(
      new detail::shielding<T>(detail::ref<detail::future_state>(&inner.state()))));
}

} // namespace abide

#include <abide/gather.hpp>

namespace abide::detail {

gathering::~gathering() {
  // Who gathered has what it wanted: a later failure of a child is no news.
  for (const auto &one : children_)
    one->watched().hush();
}

void gathering::watch(const std::vector<ref<future_state>> &children, bool exceptions_too) {
  exceptions_too_ = exceptions_too;
  left_ = children.size();
  children_ = watch_all(*this, children);
  if (left_ == 0) {
    assemble();
    complete(future_status::finished);
  }
}

void gathering::explain(wait_facts &facts) const {
  std::vector<future_state *> watched;
  for (const auto &one : children_)
    watched.push_back(&one->watched());
  explain_children(facts, watched);
}

bool gathering::cancel() noexcept {
  if (done())
    return false;
  bool any = false;
  for (const auto &one : children_)
    any = one->watched().cancel() || any;
  cancel_requested_ = cancel_requested_ || any;
  return any;
}

void gathering::child_done(future_state &ended) {
  --left_;
  if (done()) {
    ended.forget_exception();
    return;
  }
  if (!exceptions_too_) {
    if (ended.cancelled())
      return fail(std::make_exception_ptr(cancelled_error()));
    if (auto thrown = ended.exception())
      return fail(std::move(thrown));
  }
  if (left_ > 0)
    return;
  // Asked to cancel, it does so, whatever the children made of it.
  if (cancel_requested_)
    return fail(std::make_exception_ptr(cancelled_error()));
  try {
    assemble();
    complete(future_status::finished);
  } catch (...) {
    fail(std::current_exception());
  }
}

} // namespace abide::detail

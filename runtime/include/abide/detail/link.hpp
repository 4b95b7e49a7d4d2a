// How one object watches the end of several futures.
#pragma once

#include <abide/detail/future_state.hpp>

#include <memory>
#include <vector>

namespace abide::detail {

std::string describe_watcher(const future_state &watched);

/// Calls owner.child_done(future) in a round after the future is done. Owned by `owner`; leaves the
/// future, or the ready queue, when it is destroyed.
template <class Owner> class link final : public pooled, public future_waiter {
public:
  link(Owner &owner, ref<future_state> watched) : owner_(owner), watched_(std::move(watched)) {
    watched_->add_waiter(*this);
  }
  ~link() {
    if (linked())
      unlink();
  }
  future_state &watched() const noexcept { return *watched_; }
  void run() override { owner_.child_done(*watched_); }
  void drop() noexcept override {}
  std::string describe() const override { return describe_watcher(*watched_); }

private:
  Owner &owner_;
  ref<future_state> watched_;
};

template <class Owner> using links = std::vector<std::unique_ptr<link<Owner>>>;

template <class Owner>
links<Owner> watch_all(Owner &owner, const std::vector<ref<future_state>> &all) {
  links<Owner> result;
  result.reserve(all.size());
  for (const ref<future_state> &one : all)
    result.push_back(std::make_unique<link<Owner>>(owner, one));
  return result;
}

} // namespace abide::detail

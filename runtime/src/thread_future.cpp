#include <abide/thread_future.hpp>

namespace abide::detail {

bool thread_state_base::done() const {
  std::lock_guard lock(mutex_);
  return done_;
}

bool thread_state_base::cancelled() const {
  std::lock_guard lock(mutex_);
  return cancelled_;
}

bool thread_state_base::wait(std::optional<duration> limit) const {
  std::unique_lock lock(mutex_);
  const auto over = [this] { return done_; };
  if (limit)
    return changed_.wait_until(lock, clock::now() + *limit, over);
  changed_.wait(lock, over);
  return true;
}

void thread_state_base::when_done(std::function<void()> call) {
  std::unique_lock lock(mutex_);
  if (!done_) {
    callbacks_.push_back(std::move(call));
    return;
  }
  lock.unlock();
  call();
}

void thread_state_base::on_cancel(std::function<void()> call) {
  std::unique_lock lock(mutex_);
  if (!done_) {
    on_cancel_.swap(call);
  } else if (cancelled_ && call) { // the request came before the work had begun
    lock.unlock();
    call();
  }
}

bool thread_state_base::finish(const std::function<void()> &store, bool as_cancelled) {
  std::vector<std::function<void()>> callbacks;
  std::function<void()> unused; // destroyed without the lock
  {
    std::lock_guard lock(mutex_);
    if (done_)
      return false;
    store();
    done_ = true;
    cancelled_ = as_cancelled;
    callbacks.swap(callbacks_);
    unused.swap(on_cancel_);
    changed_.notify_all();
  }
  for (const auto &call : callbacks)
    call();
  return true;
}

bool thread_state_base::cancel() {
  std::function<void()> request;
  {
    std::lock_guard lock(mutex_);
    request = on_cancel_;
  }
  if (!finish([this] { store_cancellation(); }, true))
    return false;
  if (request)
    request();
  return true;
}

} // namespace abide::detail

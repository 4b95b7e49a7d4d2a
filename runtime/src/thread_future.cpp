#include <abide/thread_future.hpp>

#include <condition_variable>
#include <mutex>

namespace abide::detail {

struct thread_state_base::shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  bool cancelled = false;
  std::vector<std::function<void()>> callbacks;
  std::function<void()> on_cancel;
};

thread_state_base::thread_state_base() : shared_(std::make_unique<shared>()) {}
thread_state_base::~thread_state_base() = default;

bool thread_state_base::done() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->done;
}

bool thread_state_base::cancelled() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->cancelled;
}

bool thread_state_base::wait(std::optional<duration> limit) const {
  std::unique_lock lock(shared_->mutex);
  const auto over = [this] { return shared_->done; };
  if (limit)
    return shared_->changed.wait_until(lock, clock::now() + *limit, over);
  shared_->changed.wait(lock, over);
  return true;
}

void thread_state_base::when_done(std::function<void()> call) {
  std::unique_lock lock(shared_->mutex);
  if (!shared_->done) {
    shared_->callbacks.push_back(std::move(call));
    return;
  }
  lock.unlock();
  call();
}

void thread_state_base::on_cancel(std::function<void()> call) {
  std::unique_lock lock(shared_->mutex);
  if (!shared_->done) {
    shared_->on_cancel.swap(call);
  } else if (shared_->cancelled && call) { // the request came before the work had begun
    lock.unlock();
    call();
  }
}

bool thread_state_base::finish(const std::function<void()> &store, bool as_cancelled) {
  std::vector<std::function<void()>> callbacks;
  std::function<void()> unused; // destroyed without the lock
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->done)
      return false;
    store();
    shared_->done = true;
    shared_->cancelled = as_cancelled;
    callbacks.swap(shared_->callbacks);
    unused.swap(shared_->on_cancel);
    shared_->changed.notify_all();
  }
  for (const auto &call : callbacks)
    call();
  return true;
}

bool thread_state_base::cancel() {
  std::function<void()> request;
  {
    std::lock_guard lock(shared_->mutex);
    request = shared_->on_cancel;
  }
  if (!finish([this] { store_cancellation(); }, true))
    return false;
  if (request)
    request();
  return true;
}

} // namespace abide::detail

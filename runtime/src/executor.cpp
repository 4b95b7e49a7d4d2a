#include <abide/error.hpp>
#include <abide/executor.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace abide {

// The threads share it, so that they may outlive a pool which lost its patience.
struct thread_pool::shared {
  std::mutex mutex;
  std::condition_variable work;
  std::condition_variable ended;
  std::deque<std::function<void()>> jobs;
  unsigned limit = 0;
  unsigned threads = 0;
  unsigned idle = 0;
  bool closing = false;

  void serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      while (jobs.empty() && !closing) {
        ++idle;
        work.wait(lock);
        --idle;
      }
      if (jobs.empty())
        break;
      std::function<void()> job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
    --threads;
    ended.notify_all();
  }
};

thread_pool::thread_pool(unsigned max_threads) : shared_(std::make_shared<shared>()) {
  shared_->limit =
      max_threads ? max_threads : std::min(32U, std::thread::hardware_concurrency() + 4);
}

thread_pool::~thread_pool() {
  std::unique_lock lock(shared_->mutex);
  shared_->closing = true;
  shared_->jobs.clear();
  shared_->work.notify_all();
  shared_->ended.wait(lock, [this] { return shared_->threads == 0; });
}

void thread_pool::submit(std::function<void()> job) {
  std::lock_guard lock(shared_->mutex);
  if (shared_->closing)
    throw invalid_state("abide: the executor takes no jobs after shutdown()");
  shared_->jobs.push_back(std::move(job));
  if (shared_->idle >= shared_->jobs.size()) {
    shared_->work.notify_one();
  } else if (shared_->threads < shared_->limit) {
    try {
      std::thread([state = shared_] { state->serve(); }).detach();
    } catch (const std::system_error &) {
      // With no thread at all nobody would ever run the job; else it only waits longer.
      if (shared_->threads == 0) {
        shared_->jobs.pop_back();
        throw;
      }
      return;
    }
    ++shared_->threads;
  } else {
    shared_->work.notify_one();
  }
}

bool thread_pool::shutdown(duration patience) {
  std::unique_lock lock(shared_->mutex);
  shared_->closing = true;
  shared_->work.notify_all();
  const auto over = [this] { return shared_->threads == 0; };
  const auto until = clock::now() + std::max(patience, duration::zero());
  if (shared_->ended.wait_until(lock, until, over))
    return true;
  if (patience > duration::zero())
    shared_ = std::make_shared<shared>(), shared_->closing = true;
  return false;
}

} // namespace abide

#include <abide/barrier.hpp>
#include <abide/event.hpp>
#include <abide/queue.hpp>
#include <abide/semaphore.hpp>

namespace abide {
namespace detail {

void place::begin() { list_->enter(*this); }

bool place::settle() {
  leave();
  if (task_->take_cancellation() || cancelled_)
    return false;
  if (!list_)
    throw invalid_state("abide: what this task waited for was destroyed: end the tasks that use a "
                        "lock, event or queue before it");
  return true;
}

void wait_list::enter(place &added) {
  const loop_core *running = &added.task_->core();
  if (bound_ && bound_ != running)
    throw wrong_loop(
        "abide: tasks of another loop have waited here: a lock, event or queue belongs "
        "to one loop, make one for each");
  bound_ = running;
  waiting_.push_back(added);
}

wait_list::~wait_list() {
  while (place *gone = woken_.pop_front())
    gone->list_ = nullptr;
  while (place *gone = waiting_.pop_front()) {
    gone->list_ = nullptr;
    gone->wake();
  }
}

bool wait_list::wake_one() noexcept {
  place *first = waiting_.pop_front();
  if (!first)
    return false;
  woken_.push_back(*first);
  first->wake();
  return true;
}

std::size_t wait_list::size() const noexcept {
  std::size_t count = 0;
  waiting_.each([&](place &) { ++count; });
  return count;
}

namespace {

// The clock of the world: virtual time may run ahead of the work that is done.
void tell_held_long(const holding &held, const std::string &lock, std::size_t waiting) noexcept {
  loop_core *core = running_core;
  const duration taken = clock::now() - held.since;
  if (!core || !waiting || taken < core->lock_hold_limit)
    return;
  report result{severity::warning,
                "a lock was held for " +
                    std::to_string(std::chrono::duration<double>(taken).count()) + " s while " +
                    std::to_string(waiting) + " waited",
                lock, nullptr, report_kind::lock_held};
  for (std::size_t i = held.awaits.size(); i-- > 0;)
    result.details += "locked in " + to_string(held.awaits[i]) + "\n";
  core->tell(result);
}

std::string describe(const char *what, const std::string &state, std::size_t waiting) {
  return std::string("<") + what + ", " + state +
         (waiting ? ", " + std::to_string(waiting) + " waiting>" : ">");
}

} // namespace
} // namespace detail

// --- mutex and semaphore ----------------------------------------------------

void mutex::release() {
  if (!locked_)
    throw invalid_state("abide: this mutex is not locked: release it once for each acquire()");
  locked_ = false;
  if (const auto held = std::move(held_)) [[unlikely]]
    detail::tell_held_long(*held, to_string(*this), waiting());
  wake_first();
}

void mutex::note_holder(detail::loop_core &core) noexcept {
  try {
    held_ = std::make_unique<detail::holding>();
    held_->by = core.current;
    held_->since = clock::now();
    if (core.current)
      held_->awaits = core.current->awaits();
  } catch (const std::bad_alloc &) {
    held_ = nullptr;
  }
}

std::string to_string(const mutex &what) {
  return detail::describe("mutex", what.locked() ? "locked" : "unlocked", what.waiting());
}

semaphore::semaphore(std::ptrdiff_t value) : value_(static_cast<std::size_t>(value)) {
  if (value < 0)
    throw invalid_argument("abide: a semaphore cannot begin with less than nothing");
}

bool semaphore::try_acquire() noexcept {
  if (locked())
    return false;
  --value_;
  return true;
}

void semaphore::release() {
  ++value_;
  if (waiters_.wake_one())
    --value_;
}

void semaphore::missed(bool had_its_turn) noexcept {
  if (had_its_turn)
    ++value_;
  wake();
}

void semaphore::wake() noexcept {
  while (value_ > 0 && waiters_.wake_one())
    --value_;
}

void bounded_semaphore::release() {
  if (value() >= bound_)
    throw invalid_state("abide: this bounded semaphore was released more often than acquired");
  semaphore::release();
}

std::string to_string(const semaphore &what) {
  return detail::describe(
      "semaphore", what.locked() ? "locked" : "unlocked, value " + std::to_string(what.value()),
      what.waiting());
}

// --- event ------------------------------------------------------------------

void event::set() noexcept {
  set_ = true;
  waiters_.wake_all();
}

std::string to_string(const event &what) {
  return detail::describe("event", what.is_set() ? "set" : "unset", what.waiting());
}

// --- condition --------------------------------------------------------------

void condition::check_locked(const char *call) const {
  if (!locked())
    throw invalid_state(std::string("abide: ") + call +
                        " of a condition needs its mutex: co_await lock() first");
}

task<void> condition::wait() {
  check_locked("wait()");
  release();
  std::exception_ptr thrown;
  bool had_turn = false;
  try {
    co_await detail::turn(waiters_, had_turn);
  } catch (...) {
    thrown = std::current_exception();
  }
  // Cancelled or not, the mutex is held at the end.
  for (bool held = false; !held;) {
    try {
      co_await acquire();
      held = true;
    } catch (const cancelled_error &) {
      thrown = std::current_exception();
    }
  }
  if (!thrown)
    co_return;
  if (had_turn)
    wake(1); // the notification that was ours
  std::rethrow_exception(thrown);
}

void condition::wake(std::size_t count) noexcept {
  while (count-- > 0 && waiters_.wake_one())
    ;
}

void condition::notify(std::size_t count) {
  check_locked("notify()");
  wake(count);
}

std::string to_string(const condition &what) {
  return detail::describe("condition", what.locked() ? "locked" : "unlocked", what.waiting());
}

// --- barrier ----------------------------------------------------------------

barrier::barrier(std::ptrdiff_t parties) : parties_(static_cast<std::size_t>(parties)) {
  if (parties < 1)
    throw invalid_argument("abide: a barrier needs at least one party");
}

task<std::size_t> barrier::wait() {
  const guard<mutex> held = co_await changed_.lock();
  // Those of the last round leave before anybody of the next one counts.
  co_await changed_.wait(
      [this] { return state_ != state::draining && state_ != state::resetting; });
  if (state_ == state::broken)
    throw broken_barrier("abide: this barrier was aborted: reset() it first");
  struct passage {
    explicit passage(barrier &through) : self(through) { ++self.count_; }
    ~passage() { self.leave(); }
    barrier &self;
  };
  const std::size_t index = count_;
  const passage passing(*this);
  if (count_ == parties_) {
    state_ = state::draining;
    changed_.notify_all();
  } else {
    co_await changed_.wait([this] { return state_ != state::filling; });
    if (state_ == state::broken || state_ == state::resetting)
      throw broken_barrier("abide: the barrier was " +
                           std::string(state_ == state::broken ? "aborted" : "reset") +
                           " while a task waited");
  }
  co_return index;
}

void barrier::leave() noexcept {
  if (--count_ > 0)
    return;
  if (state_ == state::resetting || state_ == state::draining)
    state_ = state::filling;
  // A frame that dies with its loop does not hold the mutex.
  if (changed_.locked())
    changed_.notify_all();
}

task<void> barrier::reset() {
  const guard<mutex> held = co_await changed_.lock();
  if (count_ == 0) {
    state_ = state::filling;
  } else if (state_ != state::resetting) {
    state_ = state::resetting;
    changed_.notify_all();
  }
}

task<void> barrier::abort() {
  const guard<mutex> held = co_await changed_.lock();
  state_ = state::broken;
  changed_.notify_all();
}

std::string to_string(const barrier &what) {
  using state = barrier::state;
  const char *name = what.state_ == state::filling    ? "filling"
                     : what.state_ == state::draining ? "draining"
                     : what.state_ == state::broken   ? "broken"
                                                      : "resetting";
  return std::string("<barrier, ") + name + ", " + std::to_string(what.waiting()) + " of " +
         std::to_string(what.parties()) + ">";
}

// --- queues -----------------------------------------------------------------

namespace detail {

void queue_base::throw_empty() {
  throw queue_empty("abide: the queue is empty: co_await get() waits for an item");
}
void queue_base::throw_full() {
  throw queue_full("abide: the queue is full: co_await put() waits for room");
}
void queue_base::throw_shutdown() {
  throw queue_shutdown("abide: the queue was shut down: nothing comes or goes any more");
}

void queue_base::added() noexcept {
  ++unfinished_;
  finished_.clear();
  getters_.wake_one();
}

void queue_base::task_done() {
  if (unfinished_ == 0)
    throw invalid_state("abide: task_done() was called more often than there were items");
  if (--unfinished_ == 0)
    finished_.set();
}

task<void> queue_base::join() {
  if (unfinished_ > 0)
    co_await finished_.wait();
}

void queue_base::shut(bool immediate, std::size_t dropped) noexcept {
  shutdown_ = true;
  if (immediate) {
    unfinished_ -= dropped < unfinished_ ? dropped : unfinished_;
    if (unfinished_ == 0)
      finished_.set();
  }
  getters_.wake_all();
  putters_.wake_all();
}

std::string queue_base::describe(std::size_t size) const {
  std::string text = "<queue, " + std::to_string(size) + " items";
  if (max_)
    text += ", at most " + std::to_string(max_);
  if (const std::size_t waiting = getters_.size())
    text += ", " + std::to_string(waiting) + " getting";
  if (const std::size_t waiting = putters_.size())
    text += ", " + std::to_string(waiting) + " putting";
  if (unfinished_)
    text += ", " + std::to_string(unfinished_) + " unfinished";
  return text + (shutdown_ ? ", shut down>" : ">");
}

} // namespace detail
} // namespace abide

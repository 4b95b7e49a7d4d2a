// What a future refers to, whatever its type.
#pragma once

#include <abide/detail/loop_core.hpp>
#include <abide/detail/origin.hpp>
#include <abide/detail/pool.hpp>
#include <abide/error.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <vector>

namespace abide::detail {

class future_state;

/// Why a task waits, for dumps and deadlock reports.
struct wait_facts {
  std::string what = "something";         // such as "<mutex, locked>"
  std::vector<const task_core *> tasks{}; // it goes on when these end, or let go of something
  bool hopeless = false;                  // nobody is left who could
};

/// What a task is suspended on.
class wait_point {
public:
  virtual void explain(wait_facts &) const {}
  /// Ends the waiting with a cancellation. False when it is over already.
  virtual bool cancel() noexcept = 0;

protected:
  ~wait_point() = default;
};

/// Stands in the list of a future until that is done, then in the ready queue of its loop.
class future_waiter : public work {
public:
  /// The future is done and this is about to be queued.
  virtual void fired(future_state &) noexcept {}
  /// Names a done callback; 0 for others.
  virtual std::uint64_t token() const noexcept { return 0; }

protected:
  ~future_waiter() = default;
};

enum class future_status : std::uint8_t { pending, finished, cancelled };

class future_state : public pooled, public wait_point {
public:
  explicit future_state(loop_core &owner) : core_(&owner) {
    if (owner.debug) [[unlikely]]
      origin_ = origin::here(owner);
  }
  future_state(const future_state &) = delete;
  future_state &operator=(const future_state &) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      destroy();
  }
  bool unique() const noexcept { return references_ == 1; }

  loop_core &core() const noexcept { return *core_; }
  future_status status() const noexcept { return status_; }
  bool done() const noexcept { return status_ != future_status::pending; }
  bool cancelled() const noexcept { return status_ == future_status::cancelled; }

  bool cancel() noexcept override;
  /// Ends it, once. The waiters are queued in the order in which they came.
  void complete(future_status how) noexcept;
  void set_exception(std::exception_ptr thrown);
  /// As set_exception, unchecked.
  void fail(std::exception_ptr thrown) noexcept;

  /// Throws invalid_state when pending, cancelled_error, or the exception; else there is a value.
  void check_result();
  /// Null for a value. Throws invalid_state when pending, cancelled_error when cancelled.
  std::exception_ptr exception();
  /// Throws invalid_state unless it is pending and no task.
  void check_settable() const;
  /// Throws when a task cannot wait for this: another loop, no task, the task itself.
  void check_awaitable() const;
  /// Nobody needs to hear of the exception any more.
  void forget_exception() noexcept { unheard_ = false; }
  /// Nobody will need to, either.
  void hush() noexcept {
    unheard_ = false;
    hushed_ = true;
  }

  void add_waiter(future_waiter &added) noexcept;
  bool remove_waiter(std::uint64_t token) noexcept;

  virtual task_core *as_task() noexcept { return nullptr; }
  /// The value of a finished future; null for void.
  virtual void *value() noexcept { return nullptr; }
  virtual std::string describe_future() const;
  void explain(wait_facts &facts) const override;
  /// Only who holds a reference can end it.
  virtual bool needs_holder() const noexcept { return false; }
  /// Null without debug mode.
  const ref<origin> &made() const noexcept { return origin_; }

protected:
  struct task_t {};
  /// A task notes its origin itself.
  future_state(loop_core &owner, task_t) : core_(&owner) {}
  virtual ~future_state() { drop_waiters(); }
  std::exception_ptr error_;
  ref<origin> origin_;

private:
  void destroy() noexcept;
  void drop_waiters() noexcept;

  ref<loop_core> core_;
  work_list waiters_;
  std::uint32_t references_ = 1;
  future_status status_ = future_status::pending;
  bool unheard_ = false; // an exception that nobody has asked for
  bool hushed_ = false;  // and nobody will
};

/// For a future that ends when others do.
void explain_children(wait_facts &facts, const std::vector<future_state *> &children);

/// Room for a value that comes later. A reference is kept as a pointer.
template <class T> class slot {
public:
  template <class... A> void set(A &&...arguments) {
    value_.emplace(static_cast<A &&>(arguments)...);
  }
  T &get() noexcept { return *value_; }
  void *address() noexcept { return value_ ? &*value_ : nullptr; }

private:
  std::optional<T> value_;
};
template <class T> class slot<T &> {
public:
  void set(T &value) noexcept { value_ = &value; }
  T &get() noexcept { return *value_; }
  void *address() noexcept { return const_cast<std::remove_const_t<T> *>(value_); }

private:
  T *value_ = nullptr;
};
template <> class slot<void> {
public:
  void set() noexcept {}
  void get() noexcept {}
  void *address() noexcept { return nullptr; }
};

template <class T> class value_state : public future_state {
public:
  using future_state::future_state;
  void *value() noexcept override { return slot_.address(); }
  bool needs_holder() const noexcept override { return true; }
  template <class... A> void set(A &&...arguments) {
    check_settable();
    slot_.set(static_cast<A &&>(arguments)...);
    complete(future_status::finished);
  }

private:
  slot<T> slot_;
};

} // namespace abide::detail

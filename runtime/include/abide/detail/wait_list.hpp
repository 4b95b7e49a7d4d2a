// Tasks that wait for something of ours, in the order in which they came.
#pragma once

#include <abide/detail/waiter.hpp>

namespace abide::detail {

struct wait_tag;
class wait_list;

/// The place of one task in a wait_list. Base of the awaiters of locks, events and queues.
class place : public waiter, public list_node<wait_tag> {
public:
  explicit place(wait_list &list) noexcept : list_(&list) {}
  /// It was its turn, whatever became of the task since.
  bool had_its_turn() const noexcept { return awake_ && !cancelled_; }
  void explain(wait_facts &facts) const override { facts.what = "an event, condition or queue"; }

protected:
  ~place() { leave(); }
  void begin() final;
  void withdraw() noexcept final { leave(); }
  void leave() noexcept {
    if (linked())
      unlink();
  }
  /// What await_resume() begins with: leaves the list. False when cancelled_error is to be thrown.
  /// Throws invalid_state when what was waited for is gone.
  bool settle();
  /// What was waited for still exists.
  bool alive() const noexcept { return list_ != nullptr; }

private:
  friend wait_list;
  wait_list *list_;
};

/// Those who wait, and those who had their turn but have not run since. Tasks of one loop only.
class wait_list {
public:
  wait_list() = default;
  /// The tasks go on with invalid_state.
  ~wait_list();
  wait_list(const wait_list &) = delete;
  wait_list &operator=(const wait_list &) = delete;

  /// Somebody waits, or had its turn and has not run since.
  bool busy() const noexcept { return !waiting_.empty() || !woken_.empty(); }
  /// Somebody had its turn and has not run since.
  bool granting() const noexcept { return !woken_.empty(); }
  std::size_t size() const noexcept;

  /// Gives the first that waits its turn; false when nobody waits.
  bool wake_one() noexcept;
  void wake_all() noexcept {
    while (wake_one())
      ;
  }

private:
  friend place;
  void enter(place &added);

  list<place, wait_tag> waiting_;
  list<place, wait_tag> woken_;
  const loop_core *bound_ = nullptr; // the loop of the first who waited; only compared
};

/// Waits for its turn, and no more. Sets `had` when the turn came, also when the task was cancelled
/// before it could go on.
class turn_awaiter final : public place {
public:
  turn_awaiter(wait_list &list, bool &had) noexcept : place(list), had_(had) {}
  void await_resume() {
    had_ = had_its_turn();
    if (!settle())
      throw cancelled_error();
  }

private:
  bool &had_;
};
class turn {
public:
  turn(wait_list &list, bool &had) noexcept : list_(list), had_(had) {}
  turn_awaiter operator co_await() const noexcept { return turn_awaiter(list_, had_); }

private:
  wait_list &list_;
  bool &had_;
};

/// Waits to acquire an Owner, which has try_acquire(), granted(), and missed(had_its_turn).
template <class Owner, class Result> class acquire_awaiter final : public place {
public:
  explicit acquire_awaiter(Owner &owner) noexcept : place(owner.waiters_), owner_(owner) {}
  ~acquire_awaiter() {
    if (begun_ && !settled_)
      give_up();
  }
  bool await_ready() const noexcept { return owner_.try_acquire(); }
  void explain(wait_facts &facts) const override {
    if (!alive())
      return;
    facts.what = to_string(owner_);
    if constexpr (requires { owner_.holder(); })
      if (const task_core *holder = owner_.holder())
        facts.tasks.push_back(holder);
  }
  Result await_resume() {
    if (begun_) {
      settled_ = true;
      if (!settle()) {
        give_up();
        throw cancelled_error();
      }
      owner_.granted();
    }
    if constexpr (!std::is_void_v<Result>)
      return Result(owner_);
  }

private:
  void give_up() noexcept {
    leave();
    if (alive())
      owner_.missed(had_its_turn());
  }
  Owner &owner_;
  bool settled_ = false;
};

} // namespace abide::detail

namespace abide {

/// What acquire(), lock() and wait() give; co_await it. Nothing happens before.
template <class Awaiter, class Owner, class Result = void> class [[nodiscard]] wait_request {
public:
  using value_type = Result;
  explicit wait_request(Owner &owner) noexcept : owner_(&owner) {}
  Awaiter operator co_await() const noexcept { return Awaiter(*owner_); }

private:
  Owner *owner_;
};

} // namespace abide

// A scheduled callback.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/detail/loop_core.hpp>
#include <abide/detail/origin.hpp>
#include <abide/detail/pool.hpp>

#include <optional>
#include <utility>

namespace abide {

namespace detail {

class callback : public pooled, public work {
public:
  explicit callback(loop_core &owner) : core_(&owner) {
    if (owner.debug) [[unlikely]]
      origin_ = origin::here(owner);
  }
  virtual ~callback();

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      delete this;
  }

  /// The loop takes one reference and gives it back by run() or drop().
  void queue() noexcept {
    retain();
    core_->schedule(*this);
  }
  /// The function stays after a run, for the next one.
  void repeat() noexcept { repeats_ = true; }
  void run() override;
  void drop() noexcept override;
  std::string describe() const override;

  virtual void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_; }
  virtual std::optional<time_point> when() const noexcept { return {}; }

protected:
  virtual void invoke() = 0;
  /// Destroys the function.
  virtual void clear() noexcept = 0;

  ref<loop_core> core_;
  ref<origin> origin_; // null without debug mode
  bool cancelled_ = false;

private:
  std::uint32_t references_ = 1;
  bool repeats_ = false;
  bool invoking_ = false;
};

class timed_callback : public callback, public timer {
public:
  using callback::callback;
  template <class When> void queue(When when) {
    core_->arm(*this, when);
    retain();
  }
  void due() noexcept override { core_->schedule(*this); }
  void forget() noexcept override { drop(); }
  void cancel() noexcept override;
  std::optional<time_point> when() const noexcept override;
};

template <class F, class Base = callback> class callback_of final : public Base {
public:
  template <class... A>
  explicit callback_of(F function, A &&...arguments)
      : Base(static_cast<A &&>(arguments)...), function_(std::move(function)) {}

private:
  void invoke() override { (*function_)(); }
  void clear() noexcept override { function_.reset(); }
  std::optional<F> function_;
};

} // namespace detail

/// What call_soon, call_later and call_at give: cancel() it, or drop it and let it run. Copies name
/// the same callback. Belongs to the thread of the loop; may outlive the loop.
class ABIDE_IS(loop_affine) handle {
public:
  handle() = default;
  explicit handle(detail::ref<detail::callback> scheduled) noexcept
      : callback_(std::move(scheduled)) {}

  /// The callback will not run, and is destroyed. Nothing happens when it ran already.
  void cancel() noexcept {
    if (callback_)
      callback_->cancel();
  }
  bool cancelled() const noexcept { return callback_ && callback_->cancelled(); }
  /// The time of call_later and call_at; none for call_soon, and for a delay that was cancelled
  /// before the loop looked at the clock.
  std::optional<time_point> when() const noexcept {
    return callback_ ? callback_->when() : std::nullopt;
  }
  /// For people: "<callback at 1.5 s, cancelled>".
  std::string describe() const { return callback_ ? callback_->describe() : "<callback, none>"; }
  /// Whether it names a callback.
  explicit operator bool() const noexcept { return static_cast<bool>(callback_); }
  friend bool operator==(const handle &, const handle &) = default;

private:
  detail::ref<detail::callback> callback_;
};

inline std::string to_string(const handle &what) { return what.describe(); }

} // namespace abide

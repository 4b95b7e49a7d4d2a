// Counted references within one thread.
#pragma once

#include <utility>

namespace abide::detail {

/// Owns one reference of an object with retain() and release(). Not atomic: an object belongs to
/// one loop and so to one thread.
template <class T> class ref {
public:
  ref() = default;
  explicit ref(T *object) noexcept : object_(object) {
    if (object_)
      object_->retain();
  }
  ref(const ref &other) noexcept : ref(other.object_) {}
  ref(ref &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ref &operator=(ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref() {
    if (object_)
      object_->release();
  }

  /// Takes over a reference that the caller owns.
  static ref adopt(T *object) noexcept {
    ref result;
    result.object_ = object;
    return result;
  }

  T *get() const noexcept { return object_; }
  T *operator->() const noexcept { return object_; }
  T &operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const ref &, const ref &) = default;

private:
  T *object_ = nullptr;
};

} // namespace abide::detail

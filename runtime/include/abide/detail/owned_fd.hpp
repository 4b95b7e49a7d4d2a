// A descriptor with an owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace abide::detail {

class owned_fd {
public:
  owned_fd() = default;
  explicit owned_fd(int fd) noexcept : fd_(fd) {}
  owned_fd(owned_fd &&other) noexcept : fd_(other.release()) {}
  owned_fd &operator=(owned_fd &&other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  ~owned_fd() { reset(); }

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept {
    if (const int old = release(); old >= 0)
      ::close(old);
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }

private:
  int fd_ = -1;
};

} // namespace abide::detail

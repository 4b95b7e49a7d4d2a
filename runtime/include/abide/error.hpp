// What goes wrong, as types. Messages name the object and the cure.
#pragma once

#include <abide/detail/annotate.hpp>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace abide {

/// Thrown at the suspension point of a task that was asked to stop, and by the result of what was
/// cancelled. It is no std::exception on purpose: `catch (const std::exception&)` must not swallow
/// a cancellation. Catch it to clean up, then throw it on.
class ABIDE_IS(cancellation_error) cancelled_error {
public:
  const char *what() const noexcept { return "abide: cancelled"; }
};

/// Base of what must leave the loop at once: a callback or task that throws it ends run_forever(),
/// which throws it on. No std::exception, for the same reason.
class fatal {
public:
  virtual ~fatal() = default;
  virtual const char *what() const noexcept { return "abide: fatal"; }
};

/// Ctrl-C, as run() throws it.
class keyboard_interrupt : public fatal {
public:
  const char *what() const noexcept override { return "abide: interrupted by Ctrl-C"; }
};

/// Base of the errors of this library.
class error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The object cannot do that now: a result that is not there yet, a future set twice, a task
/// awaited twice.
class invalid_state : public error {
public:
  using error::error;
};

/// An argument that has no meaning, such as a delay that is not a number.
class invalid_argument : public error {
public:
  using error::error;
};

/// A call on a loop after close().
class loop_closed : public error {
public:
  using error::error;
};

/// A call that needs a running loop in this thread, or a task, where there is none.
class no_running_loop : public error {
public:
  using error::error;
};

/// A call that a running loop forbids: run within run, close while running.
class loop_running : public error {
public:
  using error::error;
};

/// Things of two loops were mixed, or (in debug mode) a loop was called from a foreign thread.
class wrong_loop : public error {
public:
  using error::error;
};

/// The time that wait_for() or a timeout granted is over.
class timeout_error : public error {
public:
  timeout_error() : error("abide: timed out") {}
  using error::error;
};

/// A system call failed; code().value() is its errno.
class os_error : public std::system_error {
public:
  os_error(int number, const std::string &what)
      : std::system_error(number, std::generic_category(), what) {}
};

} // namespace abide

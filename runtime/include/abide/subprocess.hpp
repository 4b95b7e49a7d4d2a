// Child processes.
#pragma once

#include <abide/stream.hpp>

#include <optional>

namespace abide {

namespace detail {
class process_core;
}

/// Where a standard stream of a child comes from, or goes to.
class redirect {
public:
  /// The parent's own.
  static constexpr redirect inherit() { return redirect(kind::inherit); }
  /// A stream of the process object.
  static constexpr redirect pipe() { return redirect(kind::pipe); }
  /// /dev/null.
  static constexpr redirect null() { return redirect(kind::null); }
  /// Of the errors: where the output goes.
  static constexpr redirect to_output() { return redirect(kind::to_output); }
  /// A descriptor of the parent, which stays the parent's.
  static constexpr redirect to(int fd) { return redirect(kind::descriptor, fd); }

  enum class kind { inherit, pipe, null, to_output, descriptor };
  constexpr kind what() const noexcept { return kind_; }
  constexpr int fd() const noexcept { return fd_; }

private:
  explicit constexpr redirect(kind what, int fd = -1) : kind_(what), fd_(fd) {}
  kind kind_;
  int fd_;
};

struct process_options {
  redirect in = redirect::inherit();
  redirect out = redirect::inherit();
  redirect err = redirect::inherit();
  std::optional<std::vector<std::string>> environment = {}; // "NAME=value"; none: the parent's
  std::string directory = {};                               // empty: the parent's
  bool new_session = false;
  std::size_t limit = stream_limit; // of the readers
};

/// What communicate() has read.
struct process_output {
  std::string out;
  std::string err;
};

/// A child process. Signals and waiting go through a pidfd, so they never hit another process that
/// got the same number. Movable. Dropped while the child runs, it kills it, and reports that in
/// debug mode; whatever happens, the loop waits for the child, and no zombie is left.
class ABIDE_IS(loop_affine) process {
public:
  process();
  /// For code that extends the library.
  explicit process(detail::ref<detail::process_core> state) noexcept;
  process(process &&) noexcept;
  process &operator=(process &&other) noexcept;
  ~process();

  /// The ends of the pipes, for those that were asked for; else empty.
  stream_writer in;
  stream_reader out;
  stream_reader err;

  int pid() const;
  /// Its exit code, or minus the number of the signal that has ended it; none while it runs.
  std::optional<int> returncode() const;
  /// Waits for its end; gives returncode(). Any number of tasks may. When a pipe is full that
  /// nobody reads, the end never comes: see communicate(). Cancel safe: the child runs on.
  task<int> wait();
  /// Writes the input and closes it, reads output and errors to their ends, and waits. A child that
  /// does not read its input is no error. Throws invalid_state for an input without a pipe.
  /// Cancelled, it has lost what it had read; the child runs on.
  task<process_output> communicate(std::string input = {});

  /// False, and nothing happens, when it has ended. Throws os_error.
  bool send_signal(int number);
  bool terminate(); // SIGTERM
  bool kill();      // SIGKILL
  /// Lets the child run on when this object is dropped or the loop closes.
  void detach();

  friend std::string to_string(const process &what);

private:
  detail::process_core &state() const;
  void reset() noexcept;
  detail::ref<detail::process_core> state_;
};

/// Starts a program of the running loop: argv[0] is looked up in PATH when it has no slash. The
/// child gets no descriptor but its standard streams. Does not suspend, but takes as long as the
/// system needs to start a program. Throws os_error, such as ENOENT, and invalid_argument for an
/// empty argv or a '\0' within.
ABIDE_IS(nonblocking)
process create_subprocess_exec(std::vector<std::string> argv, process_options options = {});
/// Starts `/bin/sh -c command`.
ABIDE_IS(nonblocking)
process create_subprocess_shell(std::string command, process_options options = {});

} // namespace abide

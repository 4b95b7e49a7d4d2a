// Files: each operation on a thread of the default executor, for disks block.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/error.hpp>
#include <abide/task.hpp>

#include <memory>
#include <string>

#include <fcntl.h>

namespace abide {

namespace detail {
class owned_fd;
}

/// An open file; closed when the last operation has ended and the object is dropped. Operations
/// read and write where they are told, so that any number of tasks may use it.
///
/// Cancel safety: an operation that has begun goes on unheard, with memory of its own: a write may
/// or may not have happened.
class file {
public:
  file() = default;
  /// Flags and mode as of open(2). Throws os_error.
  static task<file> open(std::string path, int flags = O_RDONLY, int mode = 0666);

  /// Up to so many bytes from there; fewer at the end of the file only.
  task<std::string> read_at(std::size_t offset, std::size_t at_most) const;
  /// Everything from there.
  task<std::string> read_from(std::size_t offset = 0) const;
  /// All of it.
  task<void> write_at(std::size_t offset, std::string data) const;
  /// Behind the end, as open(2) with O_APPEND says.
  task<void> append(std::string data) const;
  task<std::size_t> size() const;
  /// Until the disk has it.
  task<void> sync() const;
  /// Throws what close(2) says; the destructor cannot.
  task<void> close();
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

private:
  const std::shared_ptr<detail::owned_fd> &check_open() const;
  std::shared_ptr<detail::owned_fd> fd_;
};

/// A whole file. Throws os_error.
task<std::string> read_file(std::string path);
/// Replaces what is there.
task<void> write_file(std::string path, std::string data);

} // namespace abide

#include <abide/file.hpp>

#include <abide/detail/owned_fd.hpp>
#include <abide/thread_future.hpp>

#include <algorithm>

#include <sys/stat.h>

namespace abide {
namespace {

using shared_fd = std::shared_ptr<detail::owned_fd>;

[[noreturn]] void fail(const std::string &what) { throw os_error(errno, "abide: " + what); }

// What follows runs on a thread, and blocks there.

shared_fd open_now(const std::string &path, int flags, int mode) {
  auto fd = std::make_shared<detail::owned_fd>(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!*fd)
    fail("cannot open '" + path + "'");
  return fd;
}

std::string read_now(const detail::owned_fd &fd, std::size_t offset, std::size_t at_most) {
  std::string data;
  while (data.size() < at_most) {
    const std::size_t before = data.size();
    data.resize(std::min(at_most, before + 256 * 1024));
    const ssize_t count = ::pread(fd.get(), data.data() + before, data.size() - before,
                                  static_cast<off_t>(offset + before));
    if (count < 0 && errno != EINTR)
      fail("cannot read a file");
    data.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0)
      break;
  }
  return data;
}

/// Without an offset at the end.
void write_now(const detail::owned_fd &fd, std::string_view data, std::optional<std::size_t> at) {
  while (!data.empty()) {
    const ssize_t count = at ? ::pwrite(fd.get(), data.data(), data.size(), static_cast<off_t>(*at))
                             : ::write(fd.get(), data.data(), data.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail("cannot write a file");
    data.remove_prefix(static_cast<std::size_t>(count));
    if (at)
      *at += static_cast<std::size_t>(count);
  }
}

/// Runs `job` on a thread. It has a name, because g++ 12 destroys twice what a lambda captures
/// within the expression of a co_await.
template <class F> task<std::invoke_result_t<F &>> elsewhere(F job) {
  auto result = to_thread(std::move(job));
  co_return co_await std::move(result);
}

} // namespace

const shared_fd &file::check_open() const {
  if (!fd_)
    throw invalid_state("abide: the file is closed");
  return fd_;
}

task<file> file::open(std::string path, int flags, int mode) {
  auto job = [path = std::move(path), flags, mode] { return open_now(path, flags, mode); };
  file opened;
  opened.fd_ = co_await elsewhere(std::move(job));
  co_return std::move(opened);
}

task<std::string> file::read_at(std::size_t offset, std::size_t at_most) const {
  return elsewhere([fd = check_open(), offset, at_most] { return read_now(*fd, offset, at_most); });
}
task<std::string> file::read_from(std::size_t offset) const {
  return read_at(offset, static_cast<std::size_t>(-1));
}
task<void> file::write_at(std::size_t offset, std::string data) const {
  return elsewhere(
      [fd = check_open(), offset, data = std::move(data)] { write_now(*fd, data, offset); });
}
task<void> file::append(std::string data) const {
  return elsewhere(
      [fd = check_open(), data = std::move(data)] { write_now(*fd, data, std::nullopt); });
}
task<std::size_t> file::size() const {
  return elsewhere([fd = check_open()] {
    struct stat about{};
    if (::fstat(fd->get(), &about) < 0)
      fail("cannot tell the size of a file");
    return static_cast<std::size_t>(about.st_size);
  });
}
task<void> file::sync() const {
  return elsewhere([fd = check_open()] {
    if (::fsync(fd->get()) < 0)
      fail("cannot sync a file");
  });
}
task<void> file::close() {
  check_open();
  return elsewhere([fd = std::move(fd_)] {
    // With operations under way, the last of them closes.
    if (fd.use_count() == 1 && ::close(fd->release()) < 0)
      fail("closing a file failed");
  });
}

task<std::string> read_file(std::string path) {
  return elsewhere([path = std::move(path)] {
    return read_now(*open_now(path, O_RDONLY, 0), 0, static_cast<std::size_t>(-1));
  });
}
task<void> write_file(std::string path, std::string data) {
  return elsewhere([path = std::move(path), data = std::move(data)] {
    write_now(*open_now(path, O_WRONLY | O_CREAT | O_TRUNC, 0666), data, 0);
  });
}

} // namespace abide

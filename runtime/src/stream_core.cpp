#include <abide/detail/stream_core.hpp>

#include <abide/stream.hpp>

#include <algorithm>
#include <csignal>
#include <sys/socket.h>
#include <sys/stat.h>

namespace abide::detail {

ssize_t write_quietly(int fd, bool socket, std::string_view bytes) noexcept {
  if (socket)
    return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // write(2) has no such flag: the signal is held back, and taken away when it was this call's.
  sigset_t broken, before, pending;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigpending(&pending);
  const bool pends = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  const ssize_t count = ::write(fd, bytes.data(), bytes.size());
  const int number = errno;
  if (count < 0 && number == EPIPE && !pends) {
    const timespec at_once{};
    while (sigtimedwait(&broken, nullptr, &at_once) < 0 && errno == EINTR)
      ;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return count;
}

// --- the reading side ---------------------------------------------------------

reader_state::reader_state(std::size_t the_limit) : limit(the_limit) {
  if (limit == 0)
    throw invalid_argument("abide: the limit of a stream cannot be zero");
}

void reader_state::feed(std::string_view bytes) {
  if (eof)
    throw invalid_state("abide: a stream that has ended cannot be fed");
  if (bytes.empty())
    return;
  in.append(bytes);
  news();
}

void reader_state::news() noexcept {
  if (!direct || direct->look())
    waiting.wake_all();
}

void read_some_awaiter::check_alone() const {
  if (of_.reading)
    throw invalid_state("abide: another task reads from this stream already: one at a time");
}

bool read_some_awaiter::look() {
  if (got_)
    return true;
  if (!of_.in.empty()) {
    got_ = std::min(into_.size(), of_.in.size());
    std::memcpy(into_.data(), of_.in.view().data(), got_);
    of_.in.consume(got_);
  } else if (const auto count = of_.fetch_into(into_)) {
    got_ = *count;
  }
  return got_ || of_.over();
}

void read_some_awaiter::give_back() noexcept {
  if (of_.direct != this)
    return;
  of_.direct = nullptr;
  of_.reading = false;
  if (got_)
    of_.in.put_back({into_.data(), got_});
}

std::size_t read_some_awaiter::await_resume() {
  if (begun_) {
    if (!settle())
      throw cancelled_error(); // the destructor gives back
    of_.direct = nullptr;
    of_.reading = false;
  }
  if (!got_ && !into_.empty())
    of_.check();
  return got_;
}

// --- streams on descriptors ---------------------------------------------------

namespace {

bool is_socket(int fd) {
  struct stat about{};
  return ::fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

bool would_block(int number) { return number == EAGAIN || number == EWOULDBLOCK; }

std::exception_ptr lost(int number, const char *doing) noexcept {
  try {
    throw connection_error(number, std::string("abide: the connection was lost while ") + doing);
  } catch (...) { // or there is no memory
    return std::current_exception();
  }
}

} // namespace

stream_core::stream_core(loop_core &core, owned_fd fd, interest sides, std::size_t the_limit)
    : reader_state(the_limit), descriptor(core, std::move(fd), sides),
      socket_(is_socket(descriptor::fd())) {}

stream_core::~stream_core() {
  if (list_node<client_tag>::linked())
    list_node<client_tag>::unlink();
  if (flusher_.linked())
    flusher_.unlink();
}

void stream_core::last_release() noexcept {
  if (!open()) {
    delete this;
    return;
  }
  // The last half was dropped: an orderly end, as long as there is a loop.
  references_ = 1;
  // A pipe that was read to its end has nothing to lose.
  const bool spent = eof && !socket_;
  if (core().debug && !spent)
    core().tell(unclosed("a stream was dropped without close()",
                         "<stream on descriptor " + std::to_string(fd()) + ">"));
  shut();
  release();
}

ssize_t stream_core::receive(char *into, std::size_t size) {
  ssize_t count;
  do
    count = socket_ ? ::recv(fd(), into, size, 0) : ::read(fd(), into, size);
  while (count < 0 && errno == EINTR);
  if (count > 0) {
    // A short read of a socket has emptied it; the next bytes are a new edge.
    if (socket_ && !ended_ && static_cast<std::size_t>(count) < size)
      readable_ = false;
    return count;
  }
  if (count == 0 || errno == EIO) { // EIO: the other side of a terminal is closed
    eof = true;
  } else if (would_block(errno)) {
    readable_ = false;
  } else {
    error = lost(errno, "reading");
  }
  return -1;
}

bool stream_core::fetch() {
  if (over())
    return true;
  if (!open() || closing_) {
    eof = true;
    return true;
  }
  if (!readable_)
    return false;
  char *into = in.prepare(chunk_);
  const std::size_t room = in.room();
  const ssize_t count = receive(into, room);
  if (count < 0)
    return over();
  in.commit(static_cast<std::size_t>(count));
  if (static_cast<std::size_t>(count) == room && chunk_ < 64 * 1024)
    chunk_ *= 2;
  return true;
}

std::optional<std::size_t> stream_core::fetch_into(std::span<char> into) {
  if (over())
    return std::nullopt;
  if (!open() || closing_) {
    eof = true;
    return std::nullopt;
  }
  if (!readable_)
    return std::nullopt;
  const ssize_t count = receive(into.data(), into.size());
  return count < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(count));
}

void stream_core::changed() noexcept {
  if (!open()) {
    if (list_node<client_tag>::linked())
      list_node<client_tag>::unlink();
    if (const auto owner = std::move(owner_))
      owner->gone(*this);
    news();
    drains.wake_all();
    closings.wake_all();
    return;
  }
  if (readable_)
    news();
  if (writable_ && !out_.empty() && !flusher_.linked())
    core().schedule(flusher_);
}

// --- the writing side ---------------------------------------------------------

ssize_t stream_core::transmit(std::string_view bytes) {
  ssize_t count;
  do
    count = write_quietly(fd(), socket_, bytes);
  while (count < 0 && errno == EINTR);
  if (count >= 0) {
    if (static_cast<std::size_t>(count) < bytes.size())
      writable_ = false;
    return count;
  }
  if (would_block(errno)) {
    writable_ = false;
  } else {
    write_error_ = lost(errno, "writing");
    out_.clear();
    paused_ = false;
    drains.wake_all();
  }
  return -1;
}

void stream_core::write(std::string_view bytes) {
  if (eof_wanted_)
    throw invalid_state("abide: nothing can be written after write_eof()");
  if (!open() || closing_ || write_error_)
    return;
  if (out_.empty() && writable_ && !bytes.empty())
    if (const ssize_t count = transmit(bytes); count > 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
  if (write_error_)
    return;
  out_.append(bytes);
  paused_ = paused_ || out_.size() > high_;
}

void stream_core::flush() {
  if (!open() || !writable_ || write_error_)
    return;
  if (const ssize_t count = transmit(out_.view()); count > 0)
    out_.consume(static_cast<std::size_t>(count));
  if (paused_ && out_.size() <= low_) {
    paused_ = false;
    drains.wake_all();
  }
  // A descriptor that takes little at a time does not tell of a new edge.
  if (writable_ && !out_.empty() && !flusher_.linked())
    core().schedule(flusher_);
  if (out_.empty())
    sent_all();
}

void stream_core::sent_all() {
  if (closing_)
    finish();
  else if (eof_wanted_ && socket_)
    ::shutdown(fd(), SHUT_WR);
  else if (eof_wanted_)
    shut();
}

void stream_core::write_eof() {
  if (eof_wanted_ || closing_ || !open())
    return;
  eof_wanted_ = true;
  if (out_.empty())
    sent_all();
}

void stream_core::shut() {
  if (closing_ || !open())
    return;
  closing_ = true;
  news();
  if (out_.empty())
    return finish();
  retain();
  self_ = ref<reader_state>::adopt(this);
}

void stream_core::abort() noexcept {
  if (!open())
    return;
  closing_ = true;
  if (!out_.empty() && !write_error_)
    write_error_ = lost(ECONNABORTED, "closing at once");
  out_.clear();
  finish();
}

void stream_core::finish() noexcept {
  const ref<reader_state> last = std::move(self_);
  paused_ = false;
  close();
}

void stream_core::abandon() noexcept {
  const ref<reader_state> last = std::move(self_);
  closing_ = true;
  if (!out_.empty())
    core().tell({severity::warning,
                 "the loop was closed before a stream had sent its last " +
                     std::to_string(out_.size()) + " bytes",
                 "<stream on descriptor " + std::to_string(fd()) + ">", nullptr,
                 report_kind::unclosed});
  descriptor::abandon();
}

void stream_core::check_writable() const {
  if (write_error_)
    std::rethrow_exception(write_error_);
  if (!open())
    throw connection_error(ECONNRESET, "abide: the stream is closed");
}

void stream_core::set_limits(std::size_t high, std::size_t low) {
  if (low > high)
    throw invalid_argument("abide: the low-water mark of a stream cannot be above the high one");
  high_ = high;
  low_ = low;
  paused_ = out_.size() > high_;
  if (!paused_)
    drains.wake_all();
}

} // namespace abide::detail

// What stream_reader and stream_writer refer to.
#pragma once

#include <abide/detail/buffer.hpp>
#include <abide/detail/descriptor.hpp>

#include <span>

namespace abide {
struct connection;
}

namespace abide::detail {

class read_some_awaiter;

/// The reading side of a stream: bytes that wait for a task, and the task that waits for bytes.
class reader_state {
public:
  explicit reader_state(std::size_t limit);
  reader_state(const reader_state &) = delete;
  reader_state &operator=(const reader_state &) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      last_release();
  }
  bool unique() const noexcept { return references_ == 1; }

  /// Gets bytes, the end, or an error, without waiting. False when that would mean to wait.
  virtual bool fetch() { return false; }
  /// The same into the memory of a caller, past an empty buffer; 0 for "look at eof and error".
  virtual std::optional<std::size_t> fetch_into(std::span<char>) { return std::nullopt; }
  virtual std::string describe_source() const { return {}; }

  /// Nothing comes any more.
  bool over() const noexcept { return eof || error; }
  /// Throws what it ended with, when that is not the end of the stream.
  void check() const {
    if (error)
      std::rethrow_exception(error);
  }
  std::string take(std::size_t count) {
    std::string taken(in.view().substr(0, count));
    in.consume(taken.size());
    return taken;
  }
  void feed(std::string_view bytes);
  void feed_eof() noexcept {
    eof = true;
    news();
  }
  void fail(std::exception_ptr thrown) noexcept {
    error = std::move(thrown);
    news();
  }
  /// There is something to look at.
  void news() noexcept;

  buffer in;
  std::size_t limit;
  bool eof = false;
  bool reading = false; // a task does
  std::exception_ptr error;
  stamina tired;
  read_some_awaiter *direct = nullptr; // who waits, when it wants the bytes in its own memory
  wait_list waiting;
  virtual const loop_core *loop() const noexcept { return running_core; }

protected:
  virtual ~reader_state() = default;
  virtual void last_release() noexcept { delete this; }
  std::uint32_t references_ = 1;
};

/// Somebody who counts streams: a server.
class stream_owner {
public:
  virtual void gone(class stream_core &) noexcept = 0;

protected:
  ~stream_owner() = default;
};

struct client_tag;

/// A stream on a descriptor. Bytes are received when a task asks for them, so a slow reader holds
/// up its peer; bytes are sent at once, and what the kernel does not take waits here.
class stream_core final : public pooled,
                          public reader_state,
                          public descriptor,
                          public list_node<client_tag> {
public:
  /// Throws os_error; the descriptor is closed then.
  stream_core(loop_core &core, owned_fd fd, interest sides, std::size_t limit);

  bool fetch() override;
  std::optional<std::size_t> fetch_into(std::span<char> into) override;
  std::string describe_source() const override { return open() ? "connected" : "closed"; }
  const loop_core *loop() const noexcept override { return &core(); }

  void write(std::string_view bytes);
  void write_eof();
  /// Sends what is left, then closes.
  void shut();
  /// Closes now.
  void abort() noexcept;
  bool closing() const noexcept { return closing_; }
  void set_limits(std::size_t high, std::size_t low);

  /// Too much is unsent, and there is hope.
  bool must_wait() const noexcept { return paused_ && open() && !write_error_; }
  void check_writable() const;
  std::size_t unsent() const noexcept { return out_.size(); }
  std::exception_ptr write_error() const noexcept { return write_error_; }
  stamina drained;
  wait_list drains;
  wait_list closings;

  void own(std::shared_ptr<stream_owner> owner) noexcept { owner_ = std::move(owner); }
  void abandon() noexcept override;

private:
  ~stream_core() override;
  void last_release() noexcept override;
  void changed() noexcept override;
  /// As read(2) and write(2); -1 when it would block, or after an error, which is kept.
  ssize_t receive(char *into, std::size_t size);
  ssize_t transmit(std::string_view bytes);
  void flush();
  void sent_all();
  void finish() noexcept;

  /// Sends when the kernel takes bytes again.
  struct flusher final : work {
    explicit flusher(stream_core &of) : stream(of) {}
    void run() override { stream.flush(); }
    void drop() noexcept override {}
    std::string describe() const override { return "<output of a stream>"; }
    stream_core &stream;
  };

  std::shared_ptr<stream_owner> owner_;
  ref<reader_state> self_; // while it closes: nobody else needs to hold it
  flusher flusher_{*this};
  std::size_t chunk_ = 4096;
  std::size_t high_ = 64 * 1024;
  std::size_t low_ = 16 * 1024;
  std::exception_ptr write_error_;
  buffer out_;
  bool socket_ = false;
  bool paused_ = false;
  bool closing_ = false;
  bool eof_wanted_ = false;
};

/// Both halves.
connection connection_of(ref<stream_core> stream);

/// Waits until there is news for a reader, who looks then; gives way now and then although there
/// is.
class more_awaiter final : public place {
public:
  explicit more_awaiter(reader_state &of) noexcept : place(of.waiting), of_(of) {}
  bool await_ready() {
    const loop_core *core = of_.loop();
    tired_ = core && of_.tired.exhausted(*core);
    return !tired_ && of_.fetch();
  }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    place::await_suspend(point);
    if (tired_) {
      leave();
      wake();
    }
  }
  void await_resume() {
    if (begun_ && !settle())
      throw cancelled_error();
  }

private:
  reader_state &of_;
  bool tired_ = false;
};

/// Reads into the memory of a task that waits, as soon as there is something: no frame of its own,
/// no copy.
class read_some_awaiter final : public place {
public:
  read_some_awaiter(reader_state &of, std::span<char> into) noexcept
      : place(of.waiting), of_(of), into_(into) {}
  ~read_some_awaiter() { give_back(); }

  bool await_ready() {
    check_alone();
    if (into_.empty())
      return true;
    const loop_core *core = of_.loop();
    tired_ = core && of_.tired.exhausted(*core);
    return !tired_ && look();
  }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    place::await_suspend(point);
    of_.reading = true;
    of_.direct = this;
    // Whoever was tired looks once the others had their turn.
    if (tired_ && look())
      of_.waiting.wake_all();
  }
  std::size_t await_resume();

  /// True when there are bytes, or nothing will come.
  bool look();

private:
  void check_alone() const;
  /// Bytes that the task never got are the next one's.
  void give_back() noexcept;

  reader_state &of_;
  std::span<char> into_;
  std::size_t got_ = 0;
  bool tired_ = false;
};

class more {
public:
  explicit more(reader_state &of) noexcept : of_(of) {}
  more_awaiter operator co_await() const noexcept { return more_awaiter(of_); }

private:
  reader_state &of_;
};

/// Waits for the low-water mark.
class drain_awaiter final : public place {
public:
  explicit drain_awaiter(stream_core &of) noexcept : place(of.drains), of_(of) {}
  bool await_ready() {
    of_.check_writable();
    // A closed peer is heard of only when the loop has its turn.
    tired_ = !of_.must_wait() && (of_.closing() || of_.drained.exhausted(of_.core()));
    return !tired_ && !of_.must_wait();
  }
  template <class P> void await_suspend(std::coroutine_handle<P> point) {
    place::await_suspend(point);
    if (tired_) {
      leave();
      wake();
    }
  }
  void await_resume() {
    if (begun_ && !settle())
      throw cancelled_error();
    of_.check_writable();
  }

private:
  stream_core &of_;
  bool tired_ = false;
};

/// Sends without SIGPIPE. As write(2).
ssize_t write_quietly(int fd, bool socket, std::string_view bytes) noexcept;

} // namespace abide::detail

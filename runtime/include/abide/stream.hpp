// Streams of bytes: TCP and Unix connections, pipes, terminals.
#pragma once

#include <abide/address.hpp>
#include <abide/detail/stream_core.hpp>

#include <initializer_list>
#include <span>

namespace abide {

/// A connection ended other than by the end of the stream; code().value() is ECONNRESET, EPIPE, ...
class connection_error : public os_error {
public:
  using os_error::os_error;
};

/// No address of a host would be connected, or none be bound: the code is the last one's, and
/// errors() has one for each address, in their order.
class connect_failed : public os_error {
public:
  explicit connect_failed(std::vector<os_error> errors);
  const std::vector<os_error> &errors() const noexcept { return errors_; }

private:
  std::vector<os_error> errors_;
};

/// The stream ended before read_exactly() or read_until() was satisfied.
class incomplete_read : public error {
public:
  incomplete_read(std::string partial, std::optional<std::size_t> expected);
  /// What came before the end. It is not in the stream any more.
  const std::string &partial() const noexcept { return partial_; }
  /// What read_exactly() wanted.
  std::optional<std::size_t> expected() const noexcept { return expected_; }

private:
  std::string partial_;
  std::optional<std::size_t> expected_;
};

/// There is no separator within the limit of the reader.
class limit_overrun : public error {
public:
  limit_overrun(const char *what, std::size_t consumed) : error(what), consumed_(consumed) {}
  /// So many bytes in front hold no separator.
  std::size_t consumed() const noexcept { return consumed_; }

private:
  std::size_t consumed_;
};

/// What read_some() gives; co_await it. Keeps the stream alive.
class [[nodiscard]] read_some_request {
public:
  using value_type = std::size_t;
  read_some_request(detail::ref<detail::reader_state> stream, std::span<char> into) noexcept
      : stream_(std::move(stream)), into_(into) {}
  auto operator co_await() const noexcept { return detail::read_some_awaiter(*stream_, into_); }

private:
  detail::ref<detail::reader_state> stream_;
  std::span<char> into_;
};

inline constexpr std::size_t stream_limit = 64 * 1024;

/// The reading half of a stream. What comes waits in the kernel until somebody reads: a slow reader
/// holds up its peer. One task reads at a time; another one gets invalid_state. Bytes that came
/// before an error are given before it is thrown. Movable; may be dropped while a read is pending.
///
/// Cancel safety of all reads: a read that was cancelled has taken nothing, the next one gets it.
class ABIDE_IS(loop_affine) stream_reader {
public:
  /// A reader that is fed by hand: for tests, and for protocols within protocols. The limit is for
  /// read_until() and read_line(); throws invalid_argument for zero.
  explicit stream_reader(std::size_t limit = stream_limit);
  /// For code that extends the library.
  explicit stream_reader(detail::ref<detail::reader_state> state) noexcept
      : state_(std::move(state)) {}

  /// What is there, but not more than that; waits while there is nothing. Empty at the end.
  task<std::string> read(std::size_t at_most);
  /// Everything up to the end of the stream.
  task<std::string> read();
  /// As read(at_most) into memory of the caller, which must live until then. 0 at the end.
  read_some_request read_some(std::span<char> into);
  /// Throws incomplete_read when the stream ends before.
  task<std::string> read_exactly(std::size_t count);
  /// Up to the separator and with it; of several, up to the one that ends first. Throws
  /// incomplete_read at the end, limit_overrun (and then everything is still there), and
  /// invalid_argument for an empty separator.
  task<std::string> read_until(std::string separator);
  task<std::string> read_until(std::vector<std::string> separators);
  /// With its '\n', which the last line may lack; empty at the end. Throws limit_overrun for a line
  /// over the limit, and drops it, or what is there of it.
  task<std::string> read_line();
  /// Nothing is left, and nothing comes.
  bool at_eof() const { return state().in.empty() && state().eof; }

  /// What the reads throw when the stream has failed; else null.
  std::exception_ptr exception() const { return state().error; }
  std::size_t limit() const { return state().limit; }

  /// Bytes for the reader. Throws invalid_state after feed_eof().
  void feed(std::string_view bytes) { state().feed(bytes); }
  void feed_eof() { state().feed_eof(); }
  /// Given as such or as std::exception_ptr.
  template <class E> void set_exception(E &&thrown) {
    if constexpr (std::same_as<std::remove_cvref_t<E>, std::exception_ptr>)
      state().fail(static_cast<E &&>(thrown));
    else
      state().fail(std::make_exception_ptr(static_cast<E &&>(thrown)));
  }

  explicit operator bool() const noexcept { return static_cast<bool>(state_); }
  friend std::string to_string(const stream_reader &what);

private:
  detail::reader_state &state() const;
  detail::ref<detail::reader_state> state_;
};

/// What drain() gives; co_await it. Keeps the stream alive.
class [[nodiscard]] drain_request {
public:
  using value_type = void;
  explicit drain_request(detail::ref<detail::stream_core> stream) noexcept
      : stream_(std::move(stream)) {}
  auto operator co_await() const noexcept { return detail::drain_awaiter(*stream_); }

private:
  detail::ref<detail::stream_core> stream_;
};

/// The writing half of a stream. write() sends at once what the kernel takes and keeps the rest;
/// co_await drain() behind it, so that a slow peer holds up the writer. A broken stream drops what
/// is written, and drain() throws. SIGPIPE never comes. Movable.
///
/// When the last of both halves is dropped, the stream is closed as by close(); in debug mode that
/// is reported, for nobody hears then whether everything was sent.
class ABIDE_IS(loop_affine) stream_writer {
public:
  stream_writer() = default;
  /// For code that extends the library.
  explicit stream_writer(detail::ref<detail::stream_core> stream) noexcept
      : stream_(std::move(stream)) {}
  stream_writer(const stream_writer &) = delete;
  stream_writer &operator=(const stream_writer &) = delete;
  stream_writer(stream_writer &&) = default;
  stream_writer &operator=(stream_writer &&) = default;

  /// Throws invalid_state after write_eof().
  void write(std::string_view bytes) { stream().write(bytes); }
  void write_lines(const std::vector<std::string> &lines);
  /// Waits while more than the high-water mark is unsent, until the low one is reached. Throws
  /// connection_error when the stream is broken or closed. Cancel safe: nothing is lost.
  drain_request drain();
  /// Ends the writing side behind what is written; the peer reads the end, and may still write. A
  /// pipe is closed.
  void write_eof() { stream().write_eof(); }
  bool can_write_eof() const noexcept { return true; }

  /// Sends what is left in the background, then closes. Nothing can be read any more.
  ABIDE_IS(closes) void close() { stream().shut(); }
  /// Closes now; what is unsent is lost.
  ABIDE_IS(closes) void abort() { stream().abort(); }
  bool is_closing() const { return stream().closing(); }
  /// Waits until it is closed. Throws connection_error when not everything was sent. Cancel safe.
  task<void> wait_closed();
  /// close() and wait_closed(), for aclosing().
  ABIDE_IS(closes) task<void> aclose();

  /// drain() waits above `high`, until `low`; a quarter of it for none. Throws invalid_argument
  /// when low is more than high.
  void set_write_buffer_limits(std::size_t high, std::optional<std::size_t> low = {}) {
    stream().set_limits(high, low.value_or(high / 4));
  }
  /// What is unsent.
  std::size_t write_buffer_size() const { return stream().unsent(); }

  /// Both ends. Throw os_error when it is closed, or no socket.
  address local() const { return address::local_of(stream().fd()); }
  address peer() const { return address::peer_of(stream().fd()); }
  /// For setsockopt() and the like; -1 when it is closed. It stays the stream's.
  int fd() const { return stream().fd(); }

  explicit operator bool() const noexcept { return static_cast<bool>(stream_); }
  friend std::string to_string(const stream_writer &what);

  /// For code that extends the library.
  const detail::ref<detail::stream_core> &state() const noexcept { return stream_; }

private:
  detail::stream_core &stream() const;
  detail::ref<detail::stream_core> stream_;
};

/// Both halves: `auto [reader, writer] = co_await open_connection("host", 80);`.
struct connection {
  stream_reader reader;
  stream_writer writer;

  ABIDE_IS(closes) task<void> aclose() { return writer.aclose(); }
};

/// Trivial on purpose: g++ 12 copies temporary aggregates within the expression of a co_await bit
/// by bit.
struct connect_options {
  std::size_t limit = stream_limit;  // of the reader
  int family = AF_UNSPEC;            // AF_INET or AF_INET6
  std::optional<address> local = {}; // where to connect from
};

/// Connects to the first address of the host that answers. Throws lookup_error, connect_failed, or
/// os_error when there is only one address. Cancel safe: nothing stays open. A limit of time is
/// `wait_for(open_connection(...), 5s)`.
task<connection> open_connection(std::string host, std::string service,
                                 connect_options options = {});
task<connection> open_connection(std::string host, unsigned port, connect_options options = {});
/// The same for addresses that are known.
task<connection> open_connection(std::vector<address> to, connect_options options = {});
task<connection> open_connection(address to, connect_options options = {});
task<connection> open_unix_connection(std::string path, connect_options options = {});

/// A stream on a connected stream socket, a terminal, ... that is open already. It takes the
/// descriptor over. Throws os_error; invalid_argument for a socket of another kind.
connection adopt_connection(int fd, std::size_t limit = stream_limit);
/// The same for one direction: a pipe, a FIFO, a terminal.
stream_reader adopt_reader(int fd, std::size_t limit = stream_limit);
stream_writer adopt_writer(int fd);

} // namespace abide

// Datagrams: UDP, and Unix sockets that keep messages apart.
#pragma once

#include <abide/address.hpp>
#include <abide/detail/descriptor.hpp>

#include <optional>

namespace abide {

/// A message, and who has sent it.
struct datagram {
  std::string data;
  address from;
};

struct datagram_options {
  std::optional<address> local = {};  // where to receive; none: a port that the system chooses
  std::optional<address> remote = {}; // whom send() sends to, and the only one to receive from
  bool reuse_port = false;
  bool broadcast = false;
};

/// An end for datagrams; closed when it is dropped. Any number of tasks may send and receive: each
/// datagram goes to one of them. Movable, also while they wait.
///
/// Cancel safety: a receive() that was cancelled has taken nothing, a send() has sent nothing.
class ABIDE_IS(loop_affine) datagram_endpoint {
public:
  datagram_endpoint() = default;
  /// For code that extends the library.
  explicit datagram_endpoint(detail::ref<detail::awaited_descriptor> socket) noexcept
      : socket_(std::move(socket)) {}
  datagram_endpoint(datagram_endpoint &&) = default;
  datagram_endpoint &operator=(datagram_endpoint &&) = default;
  ~datagram_endpoint() { close(); }

  /// The next datagram; what is longer than `at_most` is cut. Throws os_error: ECONNREFUSED when a
  /// connected peer has said that nobody listens, ESHUTDOWN when this is closed.
  task<datagram> receive(std::size_t at_most = 65536);
  /// Waits until the system takes it. Throws os_error, such as EMSGSIZE.
  task<void> send(std::string data);
  task<void> send_to(std::string data, address to);

  /// Those who wait get os_error with ESHUTDOWN.
  void close() noexcept;
  address local() const;
  /// For setsockopt() and the like; -1 when it is closed.
  int fd() const noexcept { return socket_ ? socket_->fd() : -1; }

private:
  detail::ref<detail::awaited_descriptor> socket_;
};

/// An end of the family of its addresses; with neither, AF_INET. Throws os_error, no_running_loop;
/// invalid_argument for two families.
datagram_endpoint open_datagram(datagram_options options);
/// On a datagram socket, which it takes over. Throws invalid_argument for any other descriptor.
datagram_endpoint adopt_datagram(int fd);

} // namespace abide

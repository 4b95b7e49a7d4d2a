// Servers: who accepts connections.
#pragma once

#include <abide/stream.hpp>

#include <functional>
#include <memory>

namespace abide {

namespace detail {
class server_state;
}

struct server_options {
  std::size_t limit = stream_limit; // of the readers
  int family = AF_UNSPEC;
  int backlog = 100;
  bool reuse_address = true; // a port is free again as soon as its server is closed
  bool reuse_port = false;   // several servers share it
  bool start_serving = true;
  bool remove_socket = true; // close() removes what start_unix_server() has made
  /// So long it takes no connections when there are no descriptors left for them.
  duration accept_pause = std::chrono::seconds(1);
};

/// What talks to one client; each call is a task of its own. Its exceptions are reported. When it
/// ends, the connection is closed in order, unless somebody else still holds it. The handler lives
/// as long as the server and the tasks that it has started.
using connection_handler = std::function<task<void>(connection)>;

/// What start_server() gives: it accepts until it is closed, or dropped. Connections live on then:
/// see close_clients().
class ABIDE_IS(loop_affine) [[nodiscard]] server {
public:
  server() = default;
  /// For code that extends the library.
  explicit server(std::shared_ptr<detail::server_state> state) noexcept
      : state_(std::move(state)) {}
  server(server &&) = default;
  server &operator=(server &&other) noexcept;
  ~server();

  /// Where it listens.
  std::vector<address> sockets() const;
  /// The port of the first socket: what the system has chosen for port 0.
  unsigned port() const;
  bool is_serving() const;
  /// For start_serving = false. Nothing happens when it does. Throws invalid_state when closed.
  void start_serving();
  /// Accepts until it is closed, or the task cancelled, which closes it; then it waits for the
  /// connections to end.
  task<void> serve_forever();

  /// Stops listening. Connections live on. Nothing happens the second time.
  ABIDE_IS(closes) void close();
  /// Closes the connections in order, as stream_writer::close() does; or at once.
  void close_clients();
  void abort_clients();
  /// Waits until it is closed and its last connection has ended. Cancel safe.
  task<void> wait_closed();
  /// close() and wait_closed(), for aclosing().
  ABIDE_IS(closes) task<void> aclose();
  /// How many connections are open.
  std::size_t connections() const;

  abide::loop &get_loop() const;
  friend std::string to_string(const server &what);

private:
  detail::server_state &state() const;
  std::shared_ptr<detail::server_state> state_;
};

/// Listens on all addresses of the host, or of several; an empty one means all interfaces. Port 0
/// is one that the system chooses. Throws lookup_error, os_error (EADDRINUSE, ...), and then it
/// listens nowhere. Cancel safe.
task<server> start_server(connection_handler handler, std::string host, unsigned port,
                          server_options options = {});
task<server> start_server(connection_handler handler, std::vector<std::string> hosts, unsigned port,
                          server_options options = {});
/// The same for addresses that are known.
task<server> start_server(connection_handler handler, std::vector<address> at,
                          server_options options = {});
/// On a bound stream socket, which it takes over; it may listen already.
task<server> start_server(connection_handler handler, int fd, server_options options = {});
/// On a path. A socket that is left there from an earlier server is replaced; and it is removed by
/// close(), unless something else is there by then.
task<server> start_unix_server(connection_handler handler, std::string path,
                               server_options options = {});

} // namespace abide

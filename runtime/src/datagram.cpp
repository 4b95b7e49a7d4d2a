#include <abide/datagram.hpp>

#include <abide/detail/sockets.hpp>

namespace abide {
namespace {

using detail::awaited_descriptor;
using detail::ref;
using detail::turn;

const ref<awaited_descriptor> &check_open(const ref<awaited_descriptor> &socket) {
  if (!socket || !socket->open())
    throw os_error(ESHUTDOWN, "abide: the datagram endpoint is closed");
  return socket;
}

task<datagram> receive_from(ref<awaited_descriptor> socket, std::size_t at_most) {
  std::string data(at_most, '\0');
  for (;;) {
    check_open(socket);
    if (socket->readable()) {
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const ssize_t count = ::recvfrom(socket->fd(), data.data(), data.size(), 0,
                                       reinterpret_cast<sockaddr *>(&from), &size);
      if (count >= 0) {
        data.resize(static_cast<std::size_t>(count));
        datagram result{std::move(data), address(reinterpret_cast<sockaddr *>(&from), size)};
        co_return std::move(result);
      }
      if (errno == EAGAIN)
        socket->not_readable();
      else if (errno != EINTR)
        throw os_error(errno, "abide: cannot receive a datagram");
      continue;
    }
    bool had = false;
    co_await turn(socket->readers, had);
  }
}

task<void> send_datagram(ref<awaited_descriptor> socket, std::string data,
                         std::optional<address> to) {
  for (;;) {
    check_open(socket);
    if (socket->writable()) {
      const ssize_t count = ::sendto(socket->fd(), data.data(), data.size(), MSG_NOSIGNAL,
                                     to ? to->get() : nullptr, to ? to->size() : 0);
      if (count >= 0)
        co_return;
      if (errno == EAGAIN)
        socket->not_writable();
      else if (errno != EINTR)
        throw os_error(errno, "abide: cannot send a datagram" +
                                  (to ? " to " + to_string(*to) : std::string()));
      continue;
    }
    bool had = false;
    co_await turn(socket->writers, had);
  }
}

void set(int fd, int option, const char *what) {
  const int on = 1;
  if (::setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) < 0)
    throw os_error(errno, std::string("abide: ") + what);
}

datagram_endpoint endpoint_of(detail::owned_fd fd) {
  return datagram_endpoint(ref<awaited_descriptor>::adopt(
      new awaited_descriptor(detail::require_running("open_datagram()"), std::move(fd),
                             interest::read | interest::write)));
}

} // namespace

task<datagram> datagram_endpoint::receive(std::size_t at_most) {
  return receive_from(check_open(socket_), at_most);
}
task<void> datagram_endpoint::send(std::string data) {
  return send_datagram(check_open(socket_), std::move(data), std::nullopt);
}
task<void> datagram_endpoint::send_to(std::string data, address to) {
  return send_datagram(check_open(socket_), std::move(data), to);
}

void datagram_endpoint::close() noexcept {
  if (socket_)
    socket_->close();
}

address datagram_endpoint::local() const { return address::local_of(fd()); }

datagram_endpoint open_datagram(datagram_options options) {
  detail::require_running("open_datagram()");
  if (options.local && options.remote && options.local->family() != options.remote->family())
    throw invalid_argument("abide: the local and the remote address are of two families");
  const int family = options.local    ? options.local->family()
                     : options.remote ? options.remote->family()
                                      : AF_INET;
  detail::owned_fd fd = detail::make_socket(family, SOCK_DGRAM);
  if (options.reuse_port)
    set(fd.get(), SO_REUSEPORT, "ports cannot be shared here");
  if (options.broadcast)
    set(fd.get(), SO_BROADCAST, "no broadcasts here");
  if (options.local && ::bind(fd.get(), options.local->get(), options.local->size()) < 0)
    throw os_error(errno, "abide: cannot receive at " + to_string(*options.local));
  if (options.remote && ::connect(fd.get(), options.remote->get(), options.remote->size()) < 0)
    throw os_error(errno, "abide: cannot send to " + to_string(*options.remote));
  return endpoint_of(std::move(fd));
}

datagram_endpoint adopt_datagram(int fd) {
  detail::owned_fd taken(fd);
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_DGRAM)
    throw invalid_argument("abide: descriptor " + std::to_string(fd) + " is no datagram socket");
  return endpoint_of(std::move(taken));
}

} // namespace abide

#include <abide/detail/sockets.hpp>
#include <abide/sleep.hpp>
#include <abide/stream.hpp>

#include <netinet/tcp.h>

namespace abide {
namespace detail {

owned_fd make_socket(int family, int type) {
  owned_fd made(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made)
    throw os_error(errno, "abide: cannot make a socket");
  return made;
}

void send_small_pieces(int fd) noexcept {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

connection connection_of(ref<stream_core> stream) {
  return {stream_reader(ref<reader_state>(stream.get())), stream_writer(std::move(stream))};
}

namespace {

void bind_to(int fd, const address &local) {
  if (::bind(fd, local.get(), local.size()) < 0)
    throw os_error(errno, "abide: cannot bind to " + to_string(local));
}

/// Connects one socket; gives it when that is done.
task<owned_fd> connect_to(address to, std::optional<address> local) {
  loop_core &core = require_running("open_connection()");
  owned_fd fd = make_socket(to.family(), SOCK_STREAM);
  if (local)
    bind_to(fd.get(), *local);
  int result = 0;
  for (;;) {
    result = ::connect(fd.get(), to.get(), to.size()) < 0 ? errno : 0;
    if (result == EAGAIN && to.family() == AF_UNIX) // the server has too many to accept
      co_await sleep(std::chrono::milliseconds(5));
    else if (result != EINTR)
      break;
  }
  if (result == EINPROGRESS || result == EALREADY) {
    const auto watched = ref<awaited_descriptor>::adopt(
        new awaited_descriptor(core, std::move(fd), interest::write));
    bool had = false;
    co_await turn(watched->writers, had);
    fd = watched->detach();
    socklen_t size = sizeof result;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &result, &size);
  }
  if (result)
    throw os_error(result, "abide: cannot connect to " + to_string(to));
  co_return std::move(fd);
}

task<connection> connect_first(std::vector<address> to, std::optional<address> local,
                               std::size_t limit) {
  loop_core &core = require_running("open_connection()");
  if (to.empty())
    throw invalid_argument("abide: open_connection() needs an address to connect to");
  std::vector<os_error> errors;
  for (const address &one : to) {
    try {
      if (local && local->family() != one.family())
        throw os_error(EAFNOSUPPORT,
                       "abide: cannot connect from " + to_string(*local) + " to " + to_string(one));
      owned_fd fd = co_await connect_to(one, local);
      send_small_pieces(fd.get());
      co_return connection_of(ref<stream_core>::adopt(
          new stream_core(core, std::move(fd), interest::read | interest::write, limit)));
    } catch (const os_error &error) {
      errors.push_back(error);
    }
  }
  if (errors.size() == 1)
    throw errors.front();
  throw connect_failed(std::move(errors));
}

std::string all_of(const std::vector<os_error> &errors) {
  std::string text = "abide: all of " + std::to_string(errors.size()) + " addresses failed";
  for (const os_error &one : errors)
    text += "; " + std::string(one.what());
  return text;
}

} // namespace
} // namespace detail

connect_failed::connect_failed(std::vector<os_error> errors)
    : os_error(errors.empty() ? 0 : errors.back().code().value(), detail::all_of(errors)),
      errors_(std::move(errors)) {}

task<connection> open_connection(std::vector<address> to, connect_options options) {
  return detail::connect_first(std::move(to), options.local, options.limit);
}

task<connection> open_connection(address to, connect_options options) {
  return open_connection(std::vector<address>(1, to), options);
}

task<connection> open_connection(std::string host, std::string service, connect_options options) {
  const lookup_options wanted{options.family, SOCK_STREAM, 0, 0};
  auto found = co_await getaddrinfo(std::move(host), std::move(service), wanted);
  co_return co_await open_connection(std::move(found), options);
}

task<connection> open_connection(std::string host, unsigned port, connect_options options) {
  return open_connection(std::move(host), std::to_string(port), options);
}

task<connection> open_unix_connection(std::string path, connect_options options) {
  return open_connection(address::unix_path(path), options);
}

// --- descriptors that are open already ----------------------------------------

namespace {

detail::ref<detail::stream_core> adopt(int fd, interest sides, std::size_t limit,
                                       const char *what) {
  detail::owned_fd taken(fd);
  detail::loop_core &core = detail::require_running(what);
  int type = SOCK_STREAM;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type != SOCK_STREAM)
    throw invalid_argument("abide: descriptor " + std::to_string(fd) +
                           " is no stream socket: see <abide/datagram.hpp>");
  return detail::ref<detail::stream_core>::adopt(
      new detail::stream_core(core, std::move(taken), sides, limit));
}

} // namespace

connection adopt_connection(int fd, std::size_t limit) {
  return detail::connection_of(
      adopt(fd, interest::read | interest::write, limit, "adopt_connection()"));
}

stream_reader adopt_reader(int fd, std::size_t limit) {
  const auto stream = adopt(fd, interest::read, limit, "adopt_reader()");
  return stream_reader(detail::ref<detail::reader_state>(stream.get()));
}

stream_writer adopt_writer(int fd) {
  return stream_writer(adopt(fd, interest::write, stream_limit, "adopt_writer()"));
}

} // namespace abide

#include <abide/server.hpp>

#include <abide/detail/sockets.hpp>
#include <abide/loop.hpp>

#include <algorithm>

#include <sys/stat.h>

namespace abide {
namespace detail {

class listener;

/// What the server object, its listeners and the tasks of its connections share.
class server_state final : public stream_owner, public std::enable_shared_from_this<server_state> {
public:
  server_state(loop_core &owner, connection_handler with, server_options how)
      : core(&owner), handler(std::move(with)), options(how) {}
  ~server_state() { close(); }

  void listen(owned_fd fd);
  void start();
  /// Looks at a path of the local file system, which is no waiting.
  ABIDE_IS(nonblocking) void close() noexcept;
  void serve(owned_fd accepted);
  void gone(stream_core &) noexcept override {
    --connections;
    if (closed && connections == 0)
      over.wake_all();
  }

  ref<loop_core> core;
  connection_handler handler;
  server_options options;
  std::vector<std::unique_ptr<listener>> listeners;
  list<stream_core, client_tag> clients;
  std::size_t connections = 0;
  wait_list ended; // for closed
  wait_list over;  // for the end of the last connection after that
  bool serving = false;
  bool closed = false;
  std::string path; // of a Unix socket that close() removes, as long as it is this one:
  dev_t device = 0;
  ino_t inode = 0;
};

/// Accepts on one socket.
class listener final : public descriptor, work, timer {
public:
  listener(server_state &whose, owned_fd fd)
      : descriptor(*whose.core, std::move(fd), interest::read), server_(whose) {}
  ~listener() {
    if (work::linked())
      work::unlink();
    if (armed())
      core().disarm(*this);
    close();
  }

  void changed() noexcept override {
    if (open() && readable_ && server_.serving && !work::linked() && !armed())
      core().schedule(*this);
  }

private:
  void run() override;
  void drop() noexcept override {}
  std::string describe() const override { return "<server on " + name() + ">"; }
  void due() noexcept override { changed(); }
  void forget() noexcept override {}
  std::string name() const { return to_string(address::local_of(fd())); }

  server_state &server_;
};

void listener::run() {
  // Handlers may close the server, and with it destroy this; they run later, as tasks.
  const std::shared_ptr<server_state> keep = server_.shared_from_this();
  for (int i = 0; i < 16; ++i) {
    owned_fd accepted(::accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted) {
      server_.serve(std::move(accepted));
      continue;
    }
    switch (errno) {
    case EAGAIN:
      readable_ = false;
      return;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: {
      const int number = errno;
      core().arm(*this, server_.options.accept_pause);
      core().tell({severity::error, "no connection can be accepted for a while: out of resources",
                   describe(), std::make_exception_ptr(os_error(number, "abide: accept"))});
      return;
    }
    case EINTR:
    case ECONNABORTED: // the client has gone already; the others mean the same in Linux
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM:
      continue;
    default: {
      const int number = errno;
      core().tell({severity::error, "a server can accept no more", describe(),
                   std::make_exception_ptr(os_error(number, "abide: accept"))});
      close();
      return;
    }
    }
  }
  changed(); // others first
}

namespace {

/// Closes what the handler has dropped, or left by an exception.
struct closing_end {
  ref<stream_core> stream;
  bool failed = true;
  ~closing_end() {
    if (failed || stream->unique())
      stream->shut();
  }
};

task<void> run_handler(std::shared_ptr<server_state> server, ref<stream_core> stream) {
  closing_end ending{stream};
  try {
    connection client = connection_of(std::move(stream));
    co_await server->handler(std::move(client));
    ending.failed = false;
  } catch (const cancelled_error &) {
    throw;
  } catch (const fatal &) {
    throw;
  } catch (...) {
    server->core->tell({severity::error, "unhandled exception in the handler of a connection",
                        to_string(stream_writer(ending.stream)), std::current_exception(),
                        report_kind::callback_failed});
  }
}

} // namespace

void server_state::listen(owned_fd fd) {
  if (::listen(fd.get(), options.backlog) < 0)
    throw os_error(errno, "abide: cannot listen on " + to_string(address::local_of(fd.get())));
  listeners.push_back(std::make_unique<listener>(*this, std::move(fd)));
}

void server_state::start() {
  if (closed)
    throw invalid_state("abide: this server is closed: start another one");
  serving = true;
  for (const auto &one : listeners)
    one->changed();
}

void server_state::close() noexcept {
  if (std::exchange(closed, true))
    return;
  serving = false;
  struct stat found{};
  if (!path.empty() && ::stat(path.c_str(), &found) == 0 && found.st_dev == device &&
      found.st_ino == inode)
    ::unlink(path.c_str());
  listeners.clear();
  ended.wake_all();
  if (connections == 0)
    over.wake_all();
}

void server_state::serve(owned_fd accepted) {
  try {
    send_small_pieces(accepted.get());
    auto stream = ref<stream_core>::adopt(new stream_core(
        *core, std::move(accepted), interest::read | interest::write, options.limit));
    ++connections;
    clients.push_back(*stream);
    stream->own(shared_from_this());
    (void)spawn(*core, run_handler(shared_from_this(), std::move(stream)), {},
                std::source_location::current());
  } catch (const std::exception &) {
    core->tell({severity::error, "an accepted connection was dropped", "<server>",
                std::current_exception()});
  }
}

namespace {

/// A socket that is bound to one address.
owned_fd bound_socket(const address &at, const server_options &options) {
  owned_fd fd = make_socket(at.family(), SOCK_STREAM);
  const int on = 1;
  const bool internet = at.family() == AF_INET || at.family() == AF_INET6;
  if (internet && options.reuse_address)
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.reuse_port && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
    throw os_error(errno, "abide: ports cannot be shared here");
  if (at.family() == AF_INET6) // IPv4 has a socket of its own
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), at.get(), at.size()) < 0)
    throw os_error(errno, "abide: cannot listen on " + to_string(at));
  return fd;
}

task<void> accept_forever(std::shared_ptr<server_state> state) {
  state->start();
  std::exception_ptr thrown;
  try {
    while (!state->closed) {
      bool had = false;
      co_await turn(state->ended, had);
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  state->close();
  while (state->connections > 0) {
    bool had = false;
    co_await turn(state->over, had);
  }
  if (thrown)
    std::rethrow_exception(thrown);
}

task<void> wait_for_end(std::shared_ptr<server_state> state) {
  while (!state->closed || state->connections > 0) {
    bool had = false;
    co_await turn(state->over, had);
  }
}

std::vector<ref<reader_state>> clients_of(const server_state &state) {
  std::vector<ref<reader_state>> all; // closing one takes it off the list
  state.clients.each([&](stream_core &one) { all.emplace_back(&one); });
  return all;
}

std::shared_ptr<server_state> make_server(connection_handler handler, server_options options) {
  if (!handler)
    throw invalid_argument("abide: a server needs a handler for its connections");
  return std::make_shared<server_state>(require_running("start_server()"), std::move(handler),
                                        options);
}

} // namespace
} // namespace detail

using detail::server_state;

server &server::operator=(server &&other) noexcept {
  if (this != &other) {
    if (state_)
      state_->close();
    state_ = std::move(other.state_);
  }
  return *this;
}

server::~server() {
  if (!state_ || state_->closed)
    return;
  if (state_->core->debug && !state_->core->closed() && !state_->listeners.empty())
    state_->core->tell(state_->listeners.front()->unclosed("a server was dropped without close()",
                                                           to_string(*this)));
  state_->close();
}

server_state &server::state() const {
  if (!state_)
    throw invalid_state("abide: there is no server in this object: it was moved from");
  return *state_;
}

std::vector<address> server::sockets() const {
  std::vector<address> result;
  for (const auto &one : state().listeners)
    if (one->open())
      result.push_back(address::local_of(one->fd()));
  return result;
}

unsigned server::port() const {
  const std::vector<address> all = sockets();
  return all.empty() ? 0 : all.front().port();
}

bool server::is_serving() const { return state().serving && !state().core->closed(); }
void server::start_serving() { state().start(); }
task<void> server::serve_forever() { return detail::accept_forever((state(), state_)); }
void server::close() { state().close(); }
void server::close_clients() {
  for (const auto &one : detail::clients_of(state()))
    static_cast<detail::stream_core &>(*one).shut();
}
void server::abort_clients() {
  for (const auto &one : detail::clients_of(state()))
    static_cast<detail::stream_core &>(*one).abort();
}
task<void> server::wait_closed() { return detail::wait_for_end((state(), state_)); }
task<void> server::aclose() {
  state().close();
  return detail::wait_for_end(state_);
}
std::size_t server::connections() const { return state().connections; }

abide::loop &server::get_loop() const {
  if (!state().core->owner)
    throw loop_closed("abide: the loop of this server is gone");
  return *state().core->owner;
}

std::string to_string(const server &what) {
  if (!what.state_)
    return "<server, none>";
  std::string text = "<server";
  for (const address &one : what.sockets())
    text.append(" ").append(to_string(one));
  text += what.state_->closed ? ", closed" : what.state_->serving ? "" : ", not serving";
  return text + ", " + std::to_string(what.connections()) + " connections>";
}

// --- starting -------------------------------------------------------------------

task<server> start_server(connection_handler handler, std::vector<address> at,
                          server_options options) {
  const auto state = detail::make_server(std::move(handler), options);
  if (at.empty())
    throw invalid_argument("abide: start_server() needs an address to listen on");
  std::vector<detail::owned_fd> bound;
  for (const address &one : at) {
    try {
      bound.push_back(detail::bound_socket(one, options));
    } catch (const os_error &error) {
      // A host may have IPv6 addresses where the machine has none.
      if (error.code().value() != EAFNOSUPPORT || (&one == &at.back() && bound.empty()))
        throw;
    }
  }
  for (detail::owned_fd &one : bound)
    state->listen(std::move(one));
  server result(state);
  if (options.start_serving)
    result.start_serving();
  co_return std::move(result);
}

task<server> start_server(connection_handler handler, std::vector<std::string> hosts, unsigned port,
                          server_options options) {
  std::vector<address> at;
  const lookup_options wanted{options.family, SOCK_STREAM, 0, AI_PASSIVE};
  for (const std::string &host : hosts)
    for (const address &one : co_await getaddrinfo(host, std::to_string(port), wanted))
      if (std::find(at.begin(), at.end(), one) == at.end())
        at.push_back(one);
  co_return co_await start_server(std::move(handler), std::move(at), options);
}

task<server> start_server(connection_handler handler, std::string host, unsigned port,
                          server_options options) {
  return start_server(std::move(handler), std::vector<std::string>(1, std::move(host)), port,
                      options);
}

task<server> start_server(connection_handler handler, int fd, server_options options) {
  detail::owned_fd taken(fd);
  const auto state = detail::make_server(std::move(handler), options);
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
    throw invalid_argument("abide: descriptor " + std::to_string(fd) + " is no stream socket");
  detail::make_non_blocking(fd);
  state->listen(std::move(taken));
  server result(state);
  if (options.start_serving)
    result.start_serving();
  co_return std::move(result);
}

task<server> start_unix_server(connection_handler handler, std::string path,
                               server_options options) {
  const auto state = detail::make_server(std::move(handler), options);
  const address at = address::unix_path(path);
  struct stat found{};
  // NOLINTBEGIN(async-blocking-call): a path of the local file system
  if (!path.starts_with('\0') && ::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode))
    ::unlink(path.c_str());
  state->listen(detail::bound_socket(at, options));
  if (options.remove_socket && !path.starts_with('\0') && ::stat(path.c_str(), &found) == 0) {
    state->path = path;
    state->device = found.st_dev;
    state->inode = found.st_ino;
  }
  // NOLINTEND(async-blocking-call)
  server result(state);
  if (options.start_serving)
    result.start_serving();
  co_return std::move(result);
}

} // namespace abide

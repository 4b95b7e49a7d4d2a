#include "session.hpp"

#include "peer.hpp"
#include "protocol.hpp"

namespace chat {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t outbox_size = 64;
constexpr std::size_t longest_line = 4096;
constexpr auto pace = 20ms; // A client may not say more than one line in that time.

} // namespace

session::session(tcp::socket socket, room& where, accounts& known, history& past)
    : socket_(std::move(socket)), room_(where), accounts_(known), history_(past),
      outbox_(socket_.get_executor(), outbox_size), pacer_(socket_.get_executor()) {}

awaitable<void> session::run() {
  const auto self = shared_from_this();
  asio::co_spawn(
      socket_.get_executor(), [self] { return self->write_lines(); }, log_failure("writing"));
  if (co_await log_in()) {
    co_await room_.enter(self);
    co_await read_lines();
    co_await room_.leave(self);
  }
  close();
}

awaitable<void> session::deliver(std::string line) {
  // An error says that the client is gone, and a line to nobody is no failure.
  co_await outbox_.async_send(error_code(), std::move(line), as_tuple(use_awaitable));
}

awaitable<bool> session::log_in() {
  const auto given = parse_login(co_await read_line());
  if (!given) {
    co_await deliver("please say: login NAME PASSWORD");
    co_return false;
  }
  if (!co_await accounts_.check(given->name, given->password)) {
    co_await deliver("wrong password");
    co_return false;
  }
  error_code gone;
  const tcp::endpoint peer = socket_.remote_endpoint(gone);
  if (gone)
    co_return false;
  name_ = given->name;
  const std::string host = co_await host_name(peer);
  std::clog << name_ << " is at " << host << '\n';
  co_await deliver("welcome " + name_);
  co_return true;
}

awaitable<void> session::read_lines() {
  for (std::string line = co_await read_line(); !line.empty(); line = co_await read_line()) {
    const auto since_last = std::chrono::steady_clock::now() - last_line_;
    if (since_last < pace) {
      pacer_.expires_after(pace - since_last);
      co_await pacer_.async_wait(use_awaitable);
    }
    last_line_ = std::chrono::steady_clock::now();

    if (parse_command(line) == command::quit) {
      co_await deliver("goodbye " + name_);
      close();
      co_return;
    }
    co_await obey(line);
  }
}

awaitable<void> session::obey(std::string line) {
  switch (parse_command(line)) {
  case command::who:
    co_await deliver("here: " + join(room_.names(), ", "));
    break;
  case command::history:
    for (const std::string& past : history_.recent())
      co_await deliver(past);
    break;
  default:
    co_await room_.say(name_, line);
  }
}

/// The next line that holds something; empty when the client is gone.
awaitable<std::string> session::read_line() {
  std::string line;
  while (line.empty()) {
    const auto [failed, size] = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(input_, longest_line), '\n', as_tuple(use_awaitable));
    if (failed)
      co_return "";
    line = printable(input_.substr(0, size));
    input_.erase(0, size);
  }
  co_return line;
}

awaitable<void> session::write_lines() {
  for (;;) {
    auto [closed, line] = co_await outbox_.async_receive(as_tuple(use_awaitable));
    if (closed)
      break;
    line += '\n';
    const auto [failed, size] =
        co_await asio::async_write(socket_, asio::buffer(line), as_tuple(use_awaitable));
    if (failed)
      break;
  }
  // Wakes the reader, which may still wait for a line.
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  outbox_.close();
}

} // namespace chat

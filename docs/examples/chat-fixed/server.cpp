#include "server.hpp"

#include "session.hpp"

namespace chat {

using namespace std::chrono_literals;

server::server(asio::io_context& loop, tcp::endpoint at, const std::filesystem::path& history_file)
    : acceptor_(loop, at), grace_(loop), workers_(2), accounts_(workers_), history_(history_file),
      room_(history_) {}

awaitable<void> server::run() {
  while (acceptor_.is_open()) {
    auto [failed, socket] = co_await acceptor_.async_accept(as_tuple(use_awaitable));
    if (failed == asio::error::operation_aborted)
      break;
    if (failed) {
      std::clog << "accepting: " << failed.message() << '\n';
      continue;
    }
    std::erase_if(clients_, [](const auto& client) { return client.expired(); });
    const auto client = std::make_shared<session>(std::move(socket), room_, accounts_, history_);
    clients_.push_back(client);
    asio::co_spawn(
        acceptor_.get_executor(), [client] { return client->run(); }, log_failure("session"));
  }
}

awaitable<void> server::stop() {
  acceptor_.close();
  co_await room_.announce("the server stops in a moment");
  // Time to read the news, and to say goodbye.
  grace_.expires_after(200ms);
  co_await grace_.async_wait(use_awaitable);
  for (const auto& client : clients_)
    if (const auto alive = client.lock())
      alive->close();
}

} // namespace chat

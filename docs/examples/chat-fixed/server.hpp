// Accepts clients until it is told to stop.
#pragma once

#include "accounts.hpp"
#include "asio.hpp"
#include "history.hpp"
#include "room.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace chat {

class session;

class server {
public:
  server(asio::io_context& loop, tcp::endpoint at, const std::filesystem::path& history_file);

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  awaitable<void> run();
  /// Accepts nobody any more, gives those who are here a moment, then ends every session.
  awaitable<void> stop();

private:
  tcp::acceptor acceptor_;
  asio::steady_timer grace_;
  asio::thread_pool workers_;
  accounts accounts_;
  history history_;
  room room_;
  std::vector<std::weak_ptr<session>> clients_;
};

} // namespace chat

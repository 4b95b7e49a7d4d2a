// One client: a coroutine that reads its lines, another that writes what the outbox holds.
#pragma once

#include "accounts.hpp"
#include "asio.hpp"
#include "history.hpp"
#include "room.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace chat {

class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, room& where, accounts& known, history& past);

  awaitable<void> run();
  const std::string& name() const { return name_; }

  /// Queues a line for this client; waits while its outbox is full.
  awaitable<void> deliver(std::string line);
  /// Ends the session once the outbox is written.
  void close() { outbox_.close(); }

private:
  awaitable<bool> log_in();
  awaitable<void> read_lines();
  awaitable<void> write_lines();
  awaitable<void> obey(std::string line);
  awaitable<std::string> read_line();

  tcp::socket socket_;
  room& room_;
  accounts& accounts_;
  history& history_;
  asio::experimental::channel<void(error_code, std::string)> outbox_;
  std::string input_;
  std::string name_;
  asio::steady_timer pacer_;
  std::chrono::steady_clock::time_point last_line_;
};

} // namespace chat

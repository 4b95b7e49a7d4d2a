// The one room of the server: who is in it, and how a line reaches all of them.
#pragma once

#include "asio.hpp"
#include "history.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace chat {

class session;

class room {
public:
  explicit room(history& past) : history_(past) {}

  awaitable<void> enter(std::shared_ptr<session> who);
  void leave(const std::shared_ptr<session>& who);
  awaitable<void> say(std::string name, std::string text);
  awaitable<void> announce(std::string news);
  std::vector<std::string> names() const;

private:
  awaitable<void> broadcast(std::string line);

  history& history_;
  std::set<std::shared_ptr<session>> members_;
};

} // namespace chat

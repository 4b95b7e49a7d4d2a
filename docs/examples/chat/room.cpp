#include "room.hpp"

#include "session.hpp"

namespace chat {

awaitable<void> room::enter(std::shared_ptr<session> who) {
  co_await announce(who->name() + " entered");
  members_.insert(std::move(who));
}

void room::leave(const std::shared_ptr<session>& who) {
  if (members_.erase(who) != 0)
    (void)announce(who->name() + " left");
}

awaitable<void> room::say(std::string name, std::string text) {
  co_await broadcast(name + ": " + text);
}

awaitable<void> room::announce(std::string news) { co_await broadcast("* " + news); }

awaitable<void> room::broadcast(std::string line) {
  // Members may leave while a line is on its way to others: the copy keeps them alive.
  const std::vector<std::shared_ptr<session>> present(members_.begin(), members_.end());
  std::vector<awaitable<void>> deliveries;
  deliveries.reserve(present.size());
  for (const auto& member : present)
    deliveries.push_back(member->deliver(line));
  co_await history_.append(line);
}

std::vector<std::string> room::names() const {
  std::vector<std::string> names;
  for (const auto& member : members_)
    names.push_back(member->name());
  return names;
}

} // namespace chat

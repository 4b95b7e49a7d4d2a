// Who may use which name: the first to log in with a name sets its password.
#pragma once

#include "asio.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace chat {

class accounts {
public:
  /// `workers` computes the digests, which takes long on purpose.
  explicit accounts(asio::thread_pool& workers) : workers_(workers) {}

  awaitable<bool> check(std::string name, std::string password);

private:
  asio::thread_pool& workers_;
  std::unordered_map<std::string, std::uint64_t> digests_;
};

} // namespace chat

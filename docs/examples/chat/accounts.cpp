#include "accounts.hpp"

#include <future>

namespace chat {
namespace {

constexpr int rounds = 200'000;

/// A digest that is slow to guess. Good enough for an example, not for passwords that matter.
std::uint64_t stretch(const std::string& name, const std::string& password) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (int round = 0; round < rounds; ++round)
    for (const std::string* part : {&name, &password})
      for (unsigned char c : *part)
        digest = (digest ^ c) * 0x100000001b3;
  return digest;
}

} // namespace

awaitable<bool> accounts::check(std::string name, std::string password) {
  std::future<std::uint64_t> digest =
      asio::post(workers_, asio::use_future([name, password] { return stretch(name, password); }));
  const std::uint64_t given = digest.get();
  const auto [entry, is_new] = digests_.try_emplace(name, given);
  co_return is_new || entry->second == given;
}

} // namespace chat

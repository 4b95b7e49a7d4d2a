#include "peer.hpp"

namespace chat {

awaitable<std::string> host_name(tcp::endpoint peer) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  error_code failed;
  const auto names = resolver.resolve(peer, failed);
  co_return failed || names.empty() ? peer.address().to_string() : names.begin()->host_name();
}

} // namespace chat

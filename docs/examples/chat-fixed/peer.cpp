#include "peer.hpp"

namespace chat {

awaitable<std::string> host_name(tcp::endpoint peer) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto [failed, names] = co_await resolver.async_resolve(peer, as_tuple(use_awaitable));
  co_return failed || names.empty() ? peer.address().to_string() : names.begin()->host_name();
}

} // namespace chat

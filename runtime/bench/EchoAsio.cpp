// The echo server on Asio's own coroutines.

#include "Echo.h"

#include <boost/asio.hpp>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<void> echo(tcp::socket Client) {
  try {
    char Buffer[4096];
    for (;;) {
      const std::size_t Got =
          co_await Client.async_read_some(asio::buffer(Buffer), asio::use_awaitable);
      co_await asio::async_write(Client, asio::buffer(Buffer, Got), asio::use_awaitable);
    }
  } catch (const boost::system::system_error &) {
  }
}

asio::awaitable<void> accept(tcp::acceptor Acceptor) {
  for (;;) {
    tcp::socket Client = co_await Acceptor.async_accept(asio::use_awaitable);
    Client.set_option(tcp::no_delay(true));
    // NOLINTNEXTLINE(async-unretrieved-exception): it ends with its connection
    asio::co_spawn(Acceptor.get_executor(), echo(std::move(Client)), asio::detached);
  }
}

} // namespace

void serveAsio(int Listening) {
  asio::io_context Context(1);
  // NOLINTNEXTLINE(async-unretrieved-exception): the measurement ends with it
  asio::co_spawn(Context, accept(tcp::acceptor(Context, tcp::v4(), Listening)), asio::detached);
  Context.run();
}

// usage: chat [PORT [HISTORY_FILE]]
#include "server.hpp"

#include <csignal>
#include <cstdlib>

namespace asio = boost::asio;

int main(int argc, char** argv) {
  const auto port = static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 0);
  const char* history_file = argc > 2 ? argv[2] : "history.log";
  try {
    asio::io_context loop(1);
    chat::server server(loop, {asio::ip::address_v4::loopback(), port}, history_file);
    asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([&](chat::error_code cancelled, int) {
      if (!cancelled)
        asio::co_spawn(loop, server.stop(), chat::log_failure("stopping"));
    });
    asio::co_spawn(loop, server.run(), chat::log_failure("serving"));
    std::cout << "listening on " << server.endpoint() << std::endl;
    loop.run();
  } catch (const std::exception& e) {
    std::cerr << "chat: " << e.what() << '\n';
    return 1;
  }
}

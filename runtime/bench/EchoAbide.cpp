// The echo server on streams.

#include "Echo.h"

#include <abide/run.hpp>
#include <abide/server.hpp>

using namespace abide;

namespace {

task<> echo(connection Client) {
  try {
    char Buffer[4096];
    while (const std::size_t Got = co_await Client.reader.read_some(Buffer)) {
      Client.writer.write(std::string_view(Buffer, Got));
      co_await Client.writer.drain();
    }
  } catch (const connection_error &) { // the load has ended
  }
}

} // namespace

void serveAbide(int Listening) {
  run([](int Fd) -> task<> {
    server Serving = co_await start_server(echo, Fd);
    co_await Serving.serve_forever();
  }(Listening));
}

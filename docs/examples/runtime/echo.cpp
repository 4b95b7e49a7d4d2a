// An echo server, and clients that try it.

#include <abide/abide.hpp>

#include <iostream>

using namespace abide;

task<> echo(connection client) {
  char bytes[4096];
  while (const std::size_t count = co_await client.reader.read_some(bytes)) {
    client.writer.write(std::string_view(bytes, count));
    co_await client.writer.drain();
  }
  co_await client.aclose();
}

task<> ask(unsigned port, std::string question) {
  connection server = co_await open_connection("127.0.0.1", port);
  server.writer.write(question + "\n");
  std::cout << co_await server.reader.read_line();
  co_await server.aclose();
}

task<> serve() {
  server echoes = co_await start_server(echo, "127.0.0.1", 0);
  for (const char* question : {"one", "two", "three"})
    co_await ask(echoes.port(), question);
  co_await echoes.aclose();
}

int main() { run(serve()); }

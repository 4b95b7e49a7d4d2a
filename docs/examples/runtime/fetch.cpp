// HTTP/1.1 over streams: fetches pages of a server on loopback, side by side, with a limit of time.

#include <abide/abide.hpp>

#include <iostream>
#include <map>

using namespace abide;
using namespace std::chrono_literals;

struct response {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
};

/// A line without its "\r\n".
task<std::string> read_header(stream_reader& from) {
  std::string line = co_await from.read_until("\r\n");
  line.resize(line.size() - 2);
  co_return line;
}

task<response> fetch(unsigned port, std::string path) {
  connection server = co_await open_connection("127.0.0.1", port);
  server.writer.write("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  co_await server.writer.drain();
  response result;
  result.status = std::stoi((co_await read_header(server.reader)).substr(9, 3));
  for (std::string line; !(line = co_await read_header(server.reader)).empty();) {
    const std::size_t colon = line.find(": ");
    result.headers[line.substr(0, colon)] = line.substr(colon + 2);
  }
  const auto length = result.headers.find("Content-Length");
  if (length == result.headers.end())
    result.body = co_await server.reader.read();
  else
    result.body = co_await server.reader.read_exactly(std::stoul(length->second));
  co_await server.aclose();
  co_return result;
}

/// Answers one request.
task<> answer(connection client) {
  const std::string request = co_await read_header(client.reader);
  while (!(co_await read_header(client.reader)).empty())
    ;
  const std::string path = request.substr(4, request.find(' ', 4) - 4);
  if (path == "/slow")
    co_await sleep(1h);
  const bool found = path != "/missing";
  const std::string body = found ? "this is " + path : "nothing here";
  client.writer.write((found ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 Not Found\r\n") +
                      ("Content-Length: " + std::to_string(body.size())) + "\r\n\r\n" + body);
  co_await client.aclose();
}

task<> fetch_all() {
  server pages = co_await start_server(answer, "127.0.0.1", 0);
  auto all = gather(fetch(pages.port(), "/one"), fetch(pages.port(), "/two"),
                    fetch(pages.port(), "/missing"));
  const auto [one, two, missing] = co_await std::move(all);
  for (const response& page : {one, two, missing})
    std::cout << page.status << " " << page.body << "\n";
  try {
    co_await wait_for(fetch(pages.port(), "/slow"), 50ms);
  } catch (const timeout_error&) {
    std::cout << "/slow takes too long\n";
  }
  pages.close();
}

int main() { run(fetch_all()); }

//===- AsioProject.cpp - A program over Boost.Asio to measure with --------===//

#include "AsioProject.h"
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace abide::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view Wire = R"cpp(#pragma once
#include <boost/asio.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wire {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

struct frame {
  std::uint32_t kind = 0;
  std::vector<char> body;
};

inline awaitable<frame> read_frame(tcp::socket &socket) {
  std::uint32_t head[2] = {};
  co_await asio::async_read(socket, asio::buffer(head), use_awaitable);
  frame result{head[0], std::vector<char>(head[1] % 65536)};
  co_await asio::async_read(socket, asio::buffer(result.body), use_awaitable);
  co_return result;
}

inline awaitable<void> write_frame(tcp::socket &socket, const frame &f) {
  const std::uint32_t head[2] = {f.kind, static_cast<std::uint32_t>(f.body.size())};
  co_await asio::async_write(socket, asio::buffer(head), use_awaitable);
  co_await asio::async_write(socket, asio::buffer(f.body), use_awaitable);
}

} // namespace wire
)cpp";

constexpr std::string_view Registry = R"cpp(#pragma once
#include "wire.hpp"
#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace wire {

class registry {
public:
  using handler = std::function<awaitable<frame>(frame)>;

  void add(std::uint32_t kind, handler h) { handlers[kind] = std::move(h); }

  awaitable<frame> dispatch(frame f) {
    auto found = handlers.find(f.kind);
    if (found == handlers.end())
      throw std::runtime_error("unknown kind " + std::to_string(f.kind));
    co_return co_await found->second(std::move(f));
  }

private:
  std::map<std::uint32_t, handler> handlers;
};

inline awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

} // namespace wire
)cpp";

/// '@' is the number of the unit, '$' that of the service in it.
constexpr std::string_view Service = R"cpp(
class service_$ {
public:
  service_$(asio::any_io_executor executor, registry &handlers) : timer(executor), handlers(handlers) {}

  awaitable<void> serve(tcp::socket socket) {
    try {
      for (;;) {
        frame request = co_await read_frame(socket);
        ++served;
        frame answer = co_await handlers.dispatch(std::move(request));
        answer.kind += $;
        co_await write_frame(socket, answer);
        if (served % 1024 == 0)
          co_await pause(std::chrono::milliseconds($));
      }
    } catch (const boost::system::system_error &error) {
      if (error.code() != asio::error::eof)
        throw;
    }
  }

  awaitable<void> listen(tcp::acceptor acceptor) {
    for (;;) {
      tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
      asio::co_spawn(
          acceptor.get_executor(),
          [this, s = std::move(socket)]() mutable -> awaitable<void> { return serve(std::move(s)); },
          asio::detached);
    }
  }

  awaitable<std::size_t> collect(std::vector<std::string> names) {
    std::size_t sum = 0;
    for (const std::string &name : names) {
      timer.expires_after(std::chrono::milliseconds(name.size()));
      co_await timer.async_wait(use_awaitable);
      sum += name.size();
    }
    std::sort(names.begin(), names.end(), [](const auto &a, const auto &b) { return b < a; });
    co_return sum;
  }

private:
  asio::steady_timer timer;
  registry &handlers;
  std::size_t served = 0;
};
)cpp";

constexpr std::string_view Start = R"cpp(
awaitable<void> forgotten(asio::any_io_executor executor, registry &handlers) {
  service_0 one(executor, handlers);
  one.collect({"a", "b"});
  co_await one.collect({"c"});
}

} // namespace unit_@
)cpp";

constexpr std::string_view Standard[] = {"array",   "atomic",   "charconv", "deque",  "filesystem",
                                         "fstream", "iostream", "list",     "mutex",  "numeric",
                                         "queue",   "random",   "ranges",   "regex",  "set",
                                         "sstream", "thread",   "variant",  "utility"};

std::string filled(std::string_view Text, char Mark, unsigned Number) {
  std::string Result;
  for (char C : Text)
    Result += C == Mark ? std::to_string(Number) : std::string(1, C);
  return Result;
}

std::string unit(unsigned Number) {
  std::string Text = "#include \"registry.hpp\"\n#include <algorithm>\n";
  for (unsigned I = 0; I < 3; ++I)
    Text +=
        "#include <" + std::string(Standard[(Number * 7 + I * 5) % std::size(Standard)]) + ">\n";
  Text += "\nusing namespace wire;\n\nnamespace unit_@ {\n";
  for (unsigned I = 0; I < 3; ++I)
    Text += filled(Service, '$', I);
  return filled(Text + std::string(Start), '@', Number);
}

} // namespace

void writeAsioProject(const fs::path &Root, unsigned Units) {
  auto Write = [&](const std::string &Name, std::string_view Text) {
    std::ofstream(Root / Name) << Text;
  };
  Write("wire.hpp", Wire);
  Write("registry.hpp", Registry);
  nlohmann::json Commands = nlohmann::json::array();
  for (unsigned I = 0; I < Units; ++I) {
    const std::string Name = "unit_" + std::to_string(I) + ".cpp";
    Write(Name, unit(I));
    Commands.push_back({{"directory", Root.string()},
                        {"file", Name},
                        {"command", "c++ -std=c++20 -O2 -c " + Name + " -o " + Name + ".o"}});
  }
  Write("compile_commands.json", Commands.dump(1));
}

} // namespace abide::test

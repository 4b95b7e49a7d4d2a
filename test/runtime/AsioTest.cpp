//===- AsioTest.cpp - Boost.Asio's operations as awaitables ---------------===//

#if __has_include(<boost/asio.hpp>)

#include <abide/asio.hpp>

#include "Net.h"

#include <boost/asio.hpp>
#include <thread>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace abide::test {
namespace {

/// A loop and a context in one thread.
struct Both {
  asio::io_context context;
  abide::loop loop{std::make_unique<asio_poller>(context)};
  template <class T> T run(task<T> main) { return loop.run_until_complete(std::move(main)); }
};

TEST(Asio, TimersAreAwaited) {
  Both b;
  auto main = [&]() -> task<> {
    asio::steady_timer timer(b.context, 5ms);
    co_await timer.async_wait(use_task);
    timer.expires_after(5ms);
    co_await timer.async_wait(asio::deferred);
    co_await sleep(1ms);
  };
  b.run(main());
}

TEST(Asio, SocketsAreReadAndWritten) {
  Both b;
  auto main = [&]() -> task<> {
    tcp::acceptor acceptor(b.context, {asio::ip::make_address("127.0.0.1"), 0});
    tcp::socket client(b.context);
    auto connect = [&]() -> task<> {
      co_await client.async_connect(acceptor.local_endpoint(), use_task);
    };
    auto connecting = create_task(connect());
    tcp::socket peer = co_await acceptor.async_accept(use_task);
    co_await connecting;
    co_await asio::async_write(client, asio::buffer("hello\n", 6), use_task);
    std::string line;
    EXPECT_EQ(co_await asio::async_read_until(peer, asio::dynamic_buffer(line), '\n', use_task),
              6u);
    EXPECT_EQ(line, "hello\n");
    EXPECT_EQ(co_await asio::async_write(peer, asio::buffer("you", 3), asio::deferred), 3u);
    char bytes[3];
    EXPECT_EQ(co_await asio::async_read(client, asio::buffer(bytes), asio::deferred), 3u);
    EXPECT_EQ(std::string_view(bytes, 3), "you");
  };
  b.run(main());
}

TEST(Asio, TalksToStreams) {
  Both b;
  auto main = [&]() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    tcp::socket client(b.context);
    co_await client.async_connect(
        {asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(s.port())}, use_task);
    co_await asio::async_write(client, asio::buffer("ping", 4), use_task);
    char bytes[4];
    co_await asio::async_read(client, asio::buffer(bytes), use_task);
    EXPECT_EQ(std::string_view(bytes, 4), "ping");
    client.close();
    co_await s.aclose();
  };
  b.run(main());
}

TEST(Asio, ErrorsAreThrown) {
  Both b;
  auto main = [&]() -> task<> {
    tcp::socket client(b.context);
    co_await client.async_connect(
        {asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(closedPort())}, use_task);
  };
  try {
    b.run(main());
    ADD_FAILURE();
  } catch (const boost::system::system_error &thrown) {
    EXPECT_EQ(thrown.code(), asio::error::connection_refused);
  }
}

TEST(Asio, ErrorsMayBeValues) {
  Both b;
  auto main = [&]() -> task<> {
    tcp::socket client(b.context);
    const tcp::endpoint nowhere(asio::ip::make_address("127.0.0.1"),
                                static_cast<unsigned short>(closedPort()));
    const auto [error] = co_await client.async_connect(nowhere, asio::as_tuple(use_task));
    EXPECT_EQ(error, asio::error::connection_refused);
  };
  b.run(main());
}

TEST(Asio, SeveralValuesAreATuple) {
  Both b;
  auto main = [&]() -> task<> {
    auto operation = [](auto token) {
      return asio::async_initiate<decltype(token), void(int, std::string)>(
          [](auto handler) { std::move(handler)(7, std::string("seven")); }, token);
    };
    const auto [number, text] = co_await operation(use_task);
    EXPECT_EQ(number, 7);
    EXPECT_EQ(text, "seven");
    auto nothing = [](auto token) {
      return asio::async_initiate<decltype(token), void()>(
          [](auto handler) { std::move(handler)(); }, token);
    };
    co_await nothing(use_task);
    auto failing = [](auto token) {
      return asio::async_initiate<decltype(token), void(std::exception_ptr, int)>(
          [](auto handler) {
            std::move(handler)(std::make_exception_ptr(std::runtime_error("no")), 0);
          },
          token);
    };
    bool thrown = false;
    try {
      co_await failing(use_task);
    } catch (const std::runtime_error &) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  };
  b.run(main());
}

TEST(Asio, OperationsAreCancelledWithTheirTask) {
  Both b;
  auto main = [&]() -> task<> {
    asio::steady_timer timer(b.context, 1h);
    auto wait = [&]() -> task<> { co_await timer.async_wait(use_task); };
    auto waiting = create_task(wait());
    co_await rounds(3);
    waiting.cancel();
    bool cancelled = false;
    try {
      co_await waiting;
    } catch (const cancelled_error &) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
    bool timed_out = false;
    try {
      co_await wait_for(wait(), 5ms);
    } catch (const timeout_error &) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    // Cancelled from elsewhere it is an error like others.
    auto aborted = create_task(wait());
    co_await rounds(3);
    timer.cancel();
    bool error = false;
    try {
      co_await aborted;
    } catch (const boost::system::system_error &) {
      error = true;
    }
    EXPECT_TRUE(error);
  };
  b.run(main());
}

TEST(Asio, ACancellationThatComesTooLateKeepsTheResult) {
  Both b;
  auto main = [&]() -> task<> {
    std::string order;
    auto read = [&]() -> task<> {
      asio::steady_timer timer(b.context, 0ms);
      co_await timer.async_wait(use_task);
      order += "result,";
      try {
        co_await sleep(1h);
      } catch (const cancelled_error &) {
        order += "cancelled";
        throw;
      }
    };
    auto reading = create_task(read());
    co_await rounds(1);
    // The handler runs within the context; this cancels in between.
    asio::post(b.context, [&] { reading.cancel(); });
    try {
      co_await reading;
    } catch (const cancelled_error &) {
    }
    EXPECT_TRUE(order == "result,cancelled" || order.empty()) << order;
  };
  b.run(main());
}

TEST(Asio, HandlersOfTheContextRunOnTheLoop) {
  Both b;
  int count = 0;
  auto main = [&]() -> task<> {
    const auto id = std::this_thread::get_id();
    for (int i = 0; i < 10; ++i)
      asio::post(b.context, [&] {
        EXPECT_EQ(std::this_thread::get_id(), id);
        EXPECT_EQ(&running_loop(), &b.loop);
        ++count;
      });
    while (count < 10)
      co_await sleep(1ms);
  };
  b.run(main());
  EXPECT_EQ(count, 10);
}

TEST(Asio, AContextOfAnotherThreadSendsItsResultsHome) {
  asio::io_context context;
  auto guard = asio::make_work_guard(context);
  std::thread other([&] { context.run(); });
  loop l;
  auto main = [&]() -> task<> {
    const auto id = std::this_thread::get_id();
    for (int i = 0; i < 100; ++i) {
      asio::steady_timer timer(context, 10us);
      co_await timer.async_wait(use_task);
      EXPECT_EQ(std::this_thread::get_id(), id);
    }
  };
  l.run_until_complete(main());
  guard.reset();
  other.join();
}

TEST(Asio, AnOperationOfAnotherThreadIsCancelledThere) {
  asio::io_context context;
  auto guard = asio::make_work_guard(context);
  std::thread other([&] { context.run(); });
  loop l;
  auto main = [&]() -> task<> {
    asio::steady_timer timer(context, 1h);
    auto wait = [&]() -> task<> { co_await timer.async_wait(use_task); };
    for (int i = 0; i < 50; ++i) {
      bool timed_out = false;
      try {
        co_await wait_for(wait(), 100us);
      } catch (const timeout_error &) {
        timed_out = true;
      }
      EXPECT_TRUE(timed_out);
    }
  };
  l.run_until_complete(main());
  guard.reset();
  other.join();
}

TEST(Asio, TasksMayDieWithTheLoopWhileAnOperationRuns) {
  asio::io_context context;
  {
    abide::loop l(std::make_unique<asio_poller>(context));
    l.set_exception_handler([](loop &, const report &) {});
    auto forever = [&]() -> task<> {
      asio::steady_timer timer(context, 1h);
      co_await timer.async_wait(use_task);
    };
    auto main = [&]() -> task<> {
      create_task(forever());
      co_await rounds(3);
    };
    l.run_until_complete(main());
  }
  context.restart();
  context.run(); // the handler comes, and finds nobody
}

TEST(Asio, ThreadsWakeTheLoop) {
  Both b;
  std::thread other([&] {
    std::this_thread::sleep_for(10ms);
    b.loop.call_soon_threadsafe([&] { b.loop.stop(); });
  });
  b.loop.run_forever();
  other.join();
}

} // namespace
} // namespace abide::test

#endif

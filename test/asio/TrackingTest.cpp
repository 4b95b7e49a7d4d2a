//===- TrackingTest.cpp - Boost.Asio's own hooks show stuck handlers ------===//

#include "../debug/Told.h"
#include "gtest/gtest.h"
#include <boost/asio.hpp>
#include <thread>

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace abide::test {

[[gnu::noinline]] void slow_parse() {
  const auto end = clock::now() + 250ms;
  while (clock::now() < end)
    asm volatile("");
}

namespace {

TEST(AsioTracking, NamesTheOperationOfTheStuckHandler) {
  Told told;
  const watchdog dog(told.options());
  asio::io_context context;
  asio::steady_timer request(context, 1ms);
  request.async_wait([](auto) { slow_parse(); });
  context.run();
  const std::vector<report> all = told.until_over();
  ASSERT_GE(all.size(), 2u);
  const std::string during = to_string(all[0]);
  EXPECT_TRUE(has(during, "slow_parse()")) << during;
  EXPECT_TRUE(has(during, "<handler of deadline_timer.async_wait>")) << during;
}

TEST(AsioTracking, IsSilentForAContextThatWaitsOrIsStopped) {
  Told told;
  {
    const watchdog dog(told.options(200ms));
    asio::io_context context;
    asio::steady_timer rest(context, 500ms);
    rest.async_wait([](auto) {});
    context.run();
    std::this_thread::sleep_for(300ms);
  }
  EXPECT_TRUE(told.wait_for(0).empty());
}

TEST(AsioTracking, AHandlerThatThrowsHasEnded) {
  Told told;
  {
    const watchdog dog(told.options(200ms));
    asio::io_context context;
    asio::post(context, [] { throw std::runtime_error("spam"); });
    EXPECT_THROW(context.run(), std::runtime_error);
    std::this_thread::sleep_for(300ms);
    asio::post(context, [&] { asio::dispatch(context, [] {}); });
    context.restart();
    context.run();
    std::this_thread::sleep_for(300ms);
  }
  EXPECT_TRUE(told.wait_for(0).empty());
}

} // namespace
} // namespace abide::test

//===- ForeignLoopTest.cpp - Boost.Asio and Qt under the watchdog ---------===//

#include "Told.h"
#include "gtest/gtest.h"
#include <thread>

#if __has_include(<boost/asio.hpp>)
#include <boost/asio.hpp>
#endif
#if __has_include(<QCoreApplication>)
#include <QCoreApplication>
#include <QTimer>
#endif

using namespace std::chrono_literals;

namespace abide::test {
namespace {

TEST(ForeignLoop, OfBoostAsioUnmodified) {
#if __has_include(<boost/asio.hpp>)
  Told told;
  watchdog dog(told.options());
  boost::asio::io_context context;
  const auto attached =
      dog.attach([&](auto job) { boost::asio::post(context, std::move(job)); }, "the io_context");
  boost::asio::steady_timer request(context, 100ms);
  request.async_wait([](auto) { slow_parse(); });
  boost::asio::steady_timer rest(context, 500ms);
  rest.async_wait([](auto) {});
  context.run();
  const std::vector<report> all = told.until_over();
  ASSERT_GE(all.size(), 2u);
  const std::string during = to_string(all[0]);
  EXPECT_TRUE(has(during, "nanosleep(), called by abide::test::slow_parse()")) << during;
  EXPECT_TRUE(has(during, "<the io_context>")) << during;
#else
  GTEST_SKIP() << "Boost.Asio is not installed: libboost1.81-dev has it";
#endif
}

TEST(ForeignLoop, OfBoostAsioInTwoThreadsIsStuckWhenBothAre) {
#if __has_include(<boost/asio.hpp>)
  Told told;
  watchdog dog(told.options());
  boost::asio::io_context context;
  const auto attached = dog.attach([&](auto job) { boost::asio::post(context, std::move(job)); });
  boost::asio::steady_timer first(context, 50ms), rest(context, 500ms);
  first.async_wait([](auto) { slow_parse(); });
  rest.async_wait([](auto) {});
  std::thread other([&] { context.run(); });
  context.run();
  other.join();
  EXPECT_TRUE(told.wait_for(0).empty()) << "the other thread has answered all the time";
#else
  GTEST_SKIP() << "Boost.Asio is not installed: libboost1.81-dev has it";
#endif
}

TEST(ForeignLoop, OfQt) {
#if __has_include(<QCoreApplication>)
  int count = 1;
  char name[] = "test";
  char *arguments[] = {name, nullptr};
  QCoreApplication application(count, arguments);
  Told told;
  watchdog dog(told.options());
  const auto attached = dog.attach(
      [&](auto job) {
        QMetaObject::invokeMethod(&application, std::move(job), Qt::QueuedConnection);
      },
      "Qt's loop");
  QTimer::singleShot(100ms, [] { slow_parse(); });
  QTimer::singleShot(500ms, &application, &QCoreApplication::quit);
  application.exec();
  const std::vector<report> all = told.until_over();
  ASSERT_GE(all.size(), 2u);
  const std::string during = to_string(all[0]);
  EXPECT_TRUE(has(during, "nanosleep(), called by abide::test::slow_parse()")) << during;
  EXPECT_TRUE(has(during, "<Qt's loop>")) << during;
#else
  GTEST_SKIP() << "Qt is not installed: qt6-base-dev has it";
#endif
}

} // namespace
} // namespace abide::test

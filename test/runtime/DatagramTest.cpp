//===- DatagramTest.cpp - Messages without a connection -------------------===//

#include "Net.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

TEST(Datagrams, AreSentAndReceived) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto server = open_datagram({.local = local()});
    auto client = open_datagram({.remote = server.local()});
    co_await client.send("ping");
    const datagram asked = co_await server.receive();
    EXPECT_EQ(asked.data, "ping");
    EXPECT_EQ(asked.from, client.local());
    co_await server.send_to("pong", asked.from);
    const datagram answer = co_await client.receive(2);
    EXPECT_EQ(answer.data, "po"); // cut
    EXPECT_EQ(answer.from, server.local());
    co_await client.send("");
    EXPECT_EQ((co_await server.receive()).data, "");
  };
  l.run(main());
}

TEST(Datagrams, GoToOneOfThoseWhoWait) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto server = open_datagram({.local = local()});
    auto client = open_datagram({});
    auto one = create_task(server.receive());
    auto two = create_task(server.receive());
    co_await rounds(2);
    co_await client.send_to("a", server.local());
    co_await client.send_to("b", server.local());
    EXPECT_EQ((co_await one).data + (co_await two).data, "ab");
  };
  l.run(main());
}

TEST(Datagrams, ACancelledReceiveHasTakenNothing) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto server = open_datagram({.local = local()});
    auto client = open_datagram({.remote = server.local()});
    auto waiting = create_task(server.receive());
    co_await rounds(2);
    co_await client.send("x");
    waiting.cancel();
    co_await rounds(2);
    EXPECT_TRUE(waiting.cancelled());
    EXPECT_EQ((co_await server.receive()).data, "x");
  };
  l.run(main());
}

TEST(Datagrams, TellOfPeersThatAreNotThere) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto client = open_datagram({.remote = local(closedPort())});
    co_await client.send("x");
    co_await client.receive();
  };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), ECONNREFUSED);
}

TEST(Datagrams, ThatAreTooLongAreRefused) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto client = open_datagram({});
    co_await client.send_to(std::string(100000, 'x'), local(1));
  };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), EMSGSIZE);
}

TEST(Datagrams, EndWhenTheEndpointIsClosed) {
  VirtualLoop l;
  auto main = []() -> task<> {
    auto server = open_datagram({.local = local()});
    auto waiting = create_task(server.receive());
    co_await rounds(2);
    server.close();
    co_await waiting;
  };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), ESHUTDOWN);
  auto dropped = []() -> task<> {
    spawned<datagram> waiting;
    {
      auto server = open_datagram({.local = local()});
      waiting = create_task(server.receive());
      co_await rounds(2);
    }
    co_await waiting;
  };
  EXPECT_EQ(thrownBy<os_error>(l, dropped())->code().value(), ESHUTDOWN);
}

TEST(Datagrams, WaitWhenTheSystemTakesNoMore) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Ends ends(SOCK_DGRAM);
    auto one = adopt_datagram(ends.a.release());
    auto two = adopt_datagram(ends.b.release());
    int sent = 0;
    auto flood = [&]() -> task<> {
      for (; sent < 5000; ++sent)
        co_await one.send(std::string(1000, 'x'));
    };
    auto flooding = create_task(flood());
    co_await rounds(3);
    EXPECT_LT(sent, 5000);
    for (int i = 0; i < 5000; ++i)
      EXPECT_EQ((co_await two.receive()).data.size(), 1000u);
    co_await flooding;
  };
  l.run(main());
}

TEST(Datagrams, NeedASocketOfTheirKind) {
  VirtualLoop l;
  auto main = []() -> task<> {
    EXPECT_THROW(adopt_datagram(boundSocket(local()).release()), invalid_argument);
    EXPECT_THROW(open_datagram({.local = local(), .remote = address::ip("::1", 1)}),
                 invalid_argument);
    const auto used = open_datagram({.local = local()});
    EXPECT_THROW(open_datagram({.local = used.local()}), os_error);
    const auto shared = open_datagram({.local = local(), .reuse_port = true, .broadcast = true});
    const auto again = open_datagram({.local = shared.local(), .reuse_port = true});
    co_return;
  };
  l.run(main());
  EXPECT_THROW(open_datagram({}), no_running_loop);
  EXPECT_THROW((void)datagram_endpoint().receive(), os_error);
}

TEST(Datagrams, MayOutliveTheLoop) {
  datagram_endpoint kept;
  const int before = openDescriptors();
  {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      kept = open_datagram({.local = local()});
      create_task(kept.receive());
      co_await rounds(2);
    };
    l.run(main());
  }
  EXPECT_EQ(openDescriptors(), before);
  EXPECT_EQ(kept.fd(), -1);
}

} // namespace
} // namespace abide::test

//===- ServerTest.cpp - Those who accept connections ----------------------===//

#include "Files.h"
#include "Net.h"

#include <sys/stat.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

task<> talk(connection c) {
  c.writer.write("ping\n");
  EXPECT_EQ(co_await c.reader.read_line(), "ping\n");
  co_await c.aclose();
}
task<> talkTo(unsigned port) { co_await talk(co_await open_connection("127.0.0.1", port)); }

/// Whether somebody accepts there.
task<bool> answers(address at) {
  try {
    auto c = co_await open_connection(at);
    c.writer.close();
    co_return true;
  } catch (const os_error &) {
    co_return false;
  }
}

/// A handler that holds its clients until the test is over.
struct Holding {
  std::vector<connection> clients;
  task<> hold(connection c) {
    clients.push_back(std::move(c));
    co_return;
  }
  connection_handler handler() {
    return [this](connection c) { return hold(std::move(c)); };
  }
};

// --- starting ----------------------------------------------------------------------

TEST(Server, Echoes) {
  VirtualLoop l;
  l.loop.set_debug(true);
  l.loop.set_slow_callback_duration(1h);
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    EXPECT_TRUE(s.is_serving());
    EXPECT_EQ(&s.get_loop(), &running_loop());
    EXPECT_EQ(s.sockets().size(), 1u);
    co_await talkTo(s.port());
    co_await talkTo(s.port());
    EXPECT_NE(to_string(s).find("<server 127.0.0.1:"), std::string::npos);
    co_await s.aclose();
    EXPECT_FALSE(s.is_serving());
    EXPECT_EQ(s.sockets().size(), 0u);
    EXPECT_EQ(to_string(s), "<server, closed, 0 connections>");
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Server, StartsLaterWhenToldSo) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0, {.start_serving = false});
    EXPECT_FALSE(s.is_serving());
    auto waiting = create_task(talkTo(s.port()));
    co_await rounds(5);
    EXPECT_EQ(s.connections(), 0u);
    s.start_serving();
    s.start_serving();
    co_await waiting;
    s.close();
    EXPECT_THROW(s.start_serving(), invalid_state);
  };
  l.run(main());
}

TEST(Server, ServesForeverUntilItIsCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0, {.start_serving = false});
    const address at = local(s.port());
    auto serving = create_task(s.serve_forever());
    co_await talk(co_await open_connection(at));
    serving.cancel();
    bool cancelled = false;
    try {
      co_await serving;
    } catch (const cancelled_error &) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
    EXPECT_FALSE(s.is_serving());
    EXPECT_FALSE(co_await answers(at));
  };
  l.run(main());
}

TEST(Server, OnAPathServesForever) {
  VirtualLoop l;
  const TempDir dir;
  auto main = [&]() -> task<> {
    const std::string path = dir.path() / "socket";
    server s = co_await start_unix_server(echo, path, {.start_serving = false});
    auto serving = create_task(s.serve_forever());
    co_await talk(co_await open_unix_connection(path));
    s.close(); // ends it in good order
    co_await serving;
  };
  l.run(main());
}

TEST(Server, ListensOnAllInterfaces) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "", closedPort());
    co_await talk(co_await open_connection("127.0.0.1", s.port()));
    if (hasIpv6()) {
      EXPECT_EQ(s.sockets().size(), 2u);
      co_await talk(co_await open_connection("::1", s.port()));
    }
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Server, ListensOnIpv6) {
  if (!hasIpv6())
    GTEST_SKIP() << "this machine has no IPv6";
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "::1", 0);
    EXPECT_EQ(s.sockets().at(0).host(), "::1");
    co_await talk(co_await open_connection("::1", s.port()));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Server, ListensOnSeveralHosts) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s =
        co_await start_server(echo, list<std::string>("127.0.0.1", "127.0.0.2", "127.0.0.1"), 0);
    const auto all = s.sockets();
    EXPECT_EQ(all.size(), 2u);
    for (const address &at : all)
      co_await talk(co_await open_connection(at));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Server, ListensOnHostsOfBothFamilies) {
  if (!hasIpv6())
    GTEST_SKIP() << "this machine has no IPv6";
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, list<std::string>("::1", "127.0.0.1"), 0);
    const auto all = s.sockets();
    EXPECT_EQ(all.size(), 2u);
    for (const address &at : all)
      co_await talk(co_await open_connection(at));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Server, TakesASocketThatIsBound) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, boundSocket(local()).release());
    co_await talkTo(s.port());
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Server, TakesNoDatagramSocket) {
  VirtualLoop l;
  const int before = openDescriptors();
  auto main = []() -> task<> {
    co_await start_server(echo, boundSocket(local(), -1, SOCK_DGRAM).release());
  };
  thrownBy<invalid_argument>(l, main());
  auto pipe = []() -> task<> { co_await start_server(echo, ::dup(0)); };
  thrownBy<invalid_argument>(l, pipe());
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Server, NeedsAnAddressAndAHandler) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await start_server(echo, std::vector<address>()); };
  thrownBy<invalid_argument>(l, main());
  auto none = []() -> task<> { co_await start_server(nullptr, "127.0.0.1", 0); };
  thrownBy<invalid_argument>(l, none());
}

TEST(Server, ThrowsWhenTheLookupFails) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await start_server(echo, "::1", 0, {.family = AF_INET}); };
  thrownBy<lookup_error>(l, main());
}

TEST(Server, ThrowsWhenTheAddressIsInUse) {
  VirtualLoop l;
  const int before = openDescriptors();
  auto main = []() -> task<> {
    const owned_fd used = boundSocket(local(), 1);
    co_await start_server(echo, list(local(), local(portOf(used))));
  };
  const auto thrown = thrownBy<os_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->code().value(), EADDRINUSE);
  EXPECT_NE(std::string(thrown->what()).find("cannot listen on 127.0.0.1:"), std::string::npos);
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Server, ThrowsWhenItCannotBind) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await start_server(echo, "192.0.2.1", 0); };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), EADDRNOTAVAIL);
}

TEST(Server, MayShareItsPort) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server one = co_await start_server(echo, "127.0.0.1", 0, {.reuse_port = true});
    bool refused = false;
    try {
      co_await start_server(echo, "127.0.0.1", one.port());
    } catch (const os_error &) {
      refused = true;
    }
    EXPECT_TRUE(refused);
    server two = co_await start_server(echo, "127.0.0.1", one.port(), {.reuse_port = true});
    co_await talkTo(one.port());
    one.close();
    two.close();
  };
  l.run(main());
}

// --- Unix paths -------------------------------------------------------------------------

TEST(UnixServer, RemovesItsSocketAtTheEnd) {
  VirtualLoop l;
  const TempDir dir;
  const std::string path = dir.path() / "socket";
  auto main = [&]() -> task<> {
    server s = co_await start_unix_server(echo, path);
    EXPECT_TRUE(fs::exists(path));
    s.close();
    EXPECT_FALSE(fs::exists(path));
  };
  l.run(main());
}

TEST(UnixServer, LeavesItsSocketWhenToldSo) {
  VirtualLoop l;
  const TempDir dir;
  const std::string path = dir.path() / "socket";
  auto main = [&]() -> task<> {
    server s = co_await start_unix_server(echo, path, {.remove_socket = false});
    co_await talk(co_await open_unix_connection(path));
    s.close();
    EXPECT_TRUE(fs::exists(path));
  };
  l.run(main());
}

TEST(UnixServer, LeavesASocketThatItWasGiven) {
  VirtualLoop l;
  const TempDir dir;
  const std::string path = dir.path() / "socket";
  auto main = [&]() -> task<> {
    server s = co_await start_server(echo, boundSocket(address::unix_path(path)).release());
    co_await talk(co_await open_unix_connection(path));
    s.close();
    EXPECT_TRUE(fs::exists(path)); // whoever has made it removes it
  };
  l.run(main());
}

TEST(UnixServer, DoesNotMissASocketThatIsGone) {
  VirtualLoop l;
  const TempDir dir;
  const std::string path = dir.path() / "socket";
  auto main = [&]() -> task<> {
    server s = co_await start_unix_server(echo, path);
    fs::remove(path);
    s.close();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(UnixServer, LeavesWhatHasReplacedItsSocket) {
  VirtualLoop l;
  const TempDir dir;
  const std::string path = dir.path() / "socket";
  auto main = [&]() -> task<> {
    server old = co_await start_unix_server(echo, path);
    server fresh = co_await start_unix_server(echo, path);
    old.close();
    EXPECT_TRUE(fs::exists(path));
    co_await talk(co_await open_unix_connection(path));
    fresh.close();
    EXPECT_FALSE(fs::exists(path));
  };
  l.run(main());
}

TEST(UnixServer, ReplacesNoFile) {
  VirtualLoop l;
  const TempDir dir;
  const fs::path path = dir.write("file", "mine");
  auto main = [&]() -> task<> { co_await start_unix_server(echo, path); };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), EADDRINUSE);
  EXPECT_EQ(readFile(path), "mine");
}

TEST(UnixServer, WithoutAFile) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    const std::string name = std::string(1, '\0') + "abide-test-" + std::to_string(::getpid());
    server s = co_await start_unix_server(echo, name);
    co_await talk(co_await open_unix_connection(name));
    co_await s.aclose();
  };
  l.run(main());
}

// --- the end ------------------------------------------------------------------------------

TEST(Server, ThatClosesLeavesItsConnectionsAlone) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    const address at = local(s.port());
    auto c = co_await open_connection(at);
    c.writer.write("a\n");
    EXPECT_EQ(co_await c.reader.read_line(), "a\n");
    s.close();
    s.close();
    EXPECT_FALSE(co_await answers(at));
    co_await talk(std::move(c));
  };
  l.run(main());
}

TEST(Server, WaitClosedWaitsForTheLastConnection) {
  VirtualLoop l;
  Holding held;
  auto main = [&]() -> task<> {
    server s = co_await start_server(held.handler(), "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    co_await rounds(3);
    EXPECT_EQ(s.connections(), 1u);
    auto waiting = create_task(s.wait_closed());
    co_await rounds(3);
    EXPECT_FALSE(waiting.done());
    s.close();
    co_await rounds(3);
    EXPECT_FALSE(waiting.done());
    held.clients.clear();
    co_await rounds(3);
    EXPECT_TRUE(waiting.done());
    co_await s.wait_closed();
    co_await c.aclose();
  };
  l.run(main());
}

TEST(Server, WaitClosedWhenTheConnectionEndsInTheSameRound) {
  VirtualLoop l;
  Holding held;
  auto main = [&]() -> task<> {
    server s = co_await start_server(held.handler(), "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    co_await rounds(3);
    auto waiting = create_task(s.wait_closed());
    co_await rounds(1);
    running_loop().call_soon([&] { s.close(); });
    running_loop().call_soon([&] { held.clients.clear(); });
    co_await waiting;
    co_await c.aclose();
  };
  l.run(main());
}

TEST(Server, ClosesItsClients) {
  VirtualLoop l;
  Holding held;
  auto main = [&]() -> task<> {
    server s = co_await start_server(held.handler(), "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    co_await rounds(3);
    held.clients.at(0).writer.write(std::string(4000000, 'x'));
    s.close();
    s.close_clients();
    EXPECT_EQ((co_await c.reader.read()).size(), 4000000u); // in order: all that was written
    co_await s.wait_closed();
    co_await c.aclose();
  };
  l.run(main());
}

TEST(Server, AbortsItsClients) {
  VirtualLoop l;
  Holding held;
  auto main = [&]() -> task<> {
    server s = co_await start_server(held.handler(), "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    co_await rounds(3);
    held.clients.at(0).writer.write(std::string(40000000, 'x'));
    s.close();
    s.abort_clients();
    co_await s.wait_closed();
    EXPECT_LT((co_await c.reader.read()).size(), 40000000u);
    co_await c.aclose();
  };
  l.run(main());
}

TEST(Server, DroppedOpenIsReportedInDebugMode) {
  VirtualLoop l;
  l.loop.set_debug(true);
  address at;
  auto main = [&]() -> task<> {
    const server s = co_await start_server(echo, "127.0.0.1", 0);
    at = local(s.port());
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "a server was dropped without close()");
  EXPECT_EQ(l.reports[0].subject.find("<server 127.0.0.1:"), 0u);
  EXPECT_FALSE(l.run(answers(at)));
}

TEST(Server, MayOutliveItsLoop) {
  server kept;
  {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      kept = co_await start_server(echo, "127.0.0.1", 0);
      server moved = std::move(kept);
      kept = std::move(moved);
    };
    l.run(main());
  }
  EXPECT_FALSE(kept.is_serving());
  EXPECT_THROW(kept.get_loop(), loop_closed);
  kept.close_clients();
  kept.close();
  EXPECT_THROW((void)server().port(), invalid_state);
}

TEST(Server, MayDieWithItsLoopAnywhere) {
  const int before = openDescriptors();
  for (int left = 0; left < 10; ++left) {
    VirtualLoop l;
    auto client = [](unsigned port) -> task<> {
      for (;;)
        co_await talkTo(port);
    };
    auto main = [&]() -> task<> {
      auto serving = [](server s) -> task<> { co_await s.serve_forever(); };
      server s = co_await start_server(echo, "127.0.0.1", 0, {.start_serving = false});
      const unsigned port = s.port();
      create_task(serving(std::move(s)));
      create_task(client(port));
      create_task(client(port));
    };
    l.run(main());
    l.rounds(left);
  }
  EXPECT_EQ(openDescriptors(), before);
}

// --- handlers ------------------------------------------------------------------------------

TEST(Handler, ThatThrowsIsReportedAndItsConnectionClosed) {
  VirtualLoop l;
  l.loop.set_debug(true);
  l.loop.set_slow_callback_duration(1h);
  auto fail = [](connection c) -> task<> {
    co_await c.reader.read_line();
    throw std::runtime_error("oops");
  };
  auto main = [&]() -> task<> {
    server s = co_await start_server(fail, "127.0.0.1", 0);
    for (int i = 0; i < 2; ++i) { // the server serves on
      auto c = co_await open_connection("127.0.0.1", s.port());
      c.writer.write("x\n");
      EXPECT_EQ(co_await c.reader.read(), "");
      co_await c.aclose();
    }
    co_await s.aclose();
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 2u);
  EXPECT_EQ(l.reports[0].message, "unhandled exception in the handler of a connection");
  EXPECT_NE(to_string(l.reports[0]).find("oops"), std::string::npos);
}

TEST(Handler, ThatIsCancelledIsNotReported) {
  VirtualLoop l;
  auto forever = [](connection c) -> task<> {
    current_task().set_name("handler");
    co_await c.reader.read();
  };
  auto main = [&]() -> task<> {
    server s = co_await start_server(forever, "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    co_await rounds(5);
    for (const any_task &one : all_tasks())
      if (one.name() == "handler")
        one.cancel();
    EXPECT_EQ(co_await c.reader.read(), "");
    co_await c.aclose();
    co_await s.aclose();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Handler, MayDropItsConnectionWithBytesUnsent) {
  VirtualLoop l;
  l.loop.set_debug(true);
  l.loop.set_slow_callback_duration(1h);
  auto shout = [](connection c) -> task<> {
    c.writer.write(std::string(4000000, '!'));
    co_return;
  };
  auto main = [&]() -> task<> {
    server s = co_await start_server(shout, "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    EXPECT_EQ((co_await c.reader.read()).size(), 4000000u);
    co_await c.aclose();
    co_await s.aclose();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Handler, MayCloseItsServer) {
  VirtualLoop l;
  server s;
  auto last = [&](connection c) -> task<> {
    s.close();
    co_await c.aclose();
  };
  auto main = [&]() -> task<> {
    s = co_await start_server(last, "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    EXPECT_EQ(co_await c.reader.read(), "");
    co_await s.wait_closed();
    co_await c.aclose();
  };
  l.run(main());
}

TEST(Handler, LivesAsLongAsItsTasks) {
  VirtualLoop l;
  auto mark = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = mark;
  auto main = [&]() -> task<> {
    connection c;
    {
      connection_handler handler = [mark = std::move(mark)](connection c) -> task<> {
        co_await echo(std::move(c));
      };
      server s = co_await start_server(std::move(handler), "127.0.0.1", 0);
      c = co_await open_connection("127.0.0.1", s.port());
      co_await rounds(3);
    }
    EXPECT_FALSE(alive.expired());
    co_await talk(std::move(c));
    co_await rounds(5);
    EXPECT_TRUE(alive.expired());
  };
  l.run(main());
}

// --- accept --------------------------------------------------------------------------------

TEST(Accept, OfNothingIsHarmless) {
  VirtualLoop l;
  auto main = []() -> task<> {
    // Two servers on one queue: both are told of a client, one gets it.
    const owned_fd listening = boundSocket(local(), 10);
    server one = co_await start_server(echo, ::dup(listening.get()));
    server two = co_await start_server(echo, ::dup(listening.get()));
    for (int i = 0; i < 5; ++i)
      co_await talkTo(portOf(listening));
    one.close();
    two.close();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Accept, OfClientsThatAreGone) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    for (int i = 0; i < 5; ++i) {
      owned_fd gone = rawClient(s.port());
      reset(gone);
    }
    co_await talkTo(s.port());
    co_await s.aclose();
  };
  l.run(main());
  for (const report &one : l.reports) // ECONNRESET in the handler
    EXPECT_EQ(one.message, "unhandled exception in the handler of a connection");
}

TEST(Accept, PausesWhenThereAreNoDescriptorsLeft) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0, {.accept_pause = 10s});
    owned_fd client = rawClient(s.port());
    // The limit is such that nothing more can be opened.
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    const owned_fd next(::dup(0));
    none.rlim_cur = static_cast<rlim_t>(next.get());
    setrlimit(RLIMIT_NOFILE, &none);
    co_await sleep(5s);
    EXPECT_EQ(l.reports.size(), 1u); // it does not spin
    co_await sleep(6s);
    EXPECT_EQ(l.reports.size(), 2u);
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(s.connections(), 0u);
    co_await sleep(10s);
    EXPECT_EQ(s.connections(), 1u);
    client.reset();
    co_await s.aclose();
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 2u);
  EXPECT_EQ(l.reports[0].message, "no connection can be accepted for a while: out of resources");
  EXPECT_NE(to_string(l.reports[0].exception).find("Too many open files"), std::string::npos);
}

TEST(Accept, OfManyClientsAtOnce) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    std::vector<spawned<>> clients;
    for (int i = 0; i < 90; ++i)
      clients.push_back(create_task(talkTo(s.port())));
    for (const auto &one : clients)
      co_await one;
    co_await s.aclose();
  };
  l.run(main());
}

} // namespace
} // namespace abide::test

//===- ConnectTest.cpp - Addresses, look-ups, connections -----------------===//

#include "Files.h"
#include "Net.h"

using namespace std::chrono_literals;

namespace abide::test {
namespace {

/// An executor for tests that must not need one.
struct NoExecutor final : executor {
  void submit(std::function<void()>) override { ADD_FAILURE() << "a thread was asked for"; }
  bool shutdown(duration) override { return true; }
};

task<> talk(connection c) {
  c.writer.write("ping\n");
  EXPECT_EQ(co_await c.reader.read_line(), "ping\n");
  co_await c.aclose();
}

// --- addresses -------------------------------------------------------------------

TEST(Address, IsReadAndPrinted) {
  const address four = address::ip("127.0.0.1", 80);
  EXPECT_EQ(to_string(four), "127.0.0.1:80");
  EXPECT_EQ(four.family(), AF_INET);
  EXPECT_EQ(four.host(), "127.0.0.1");
  EXPECT_EQ(four.port(), 80u);
  EXPECT_EQ(to_string(address::ip("::1", 443)), "[::1]:443");
  EXPECT_EQ(address::ip("::1", 443).port(), 443u);
  EXPECT_EQ(to_string(address::unix_path("/tmp/x")), "/tmp/x");
  EXPECT_EQ(address::unix_path("/tmp/x").path(), "/tmp/x");
  EXPECT_EQ(to_string(address::unix_path(std::string("\0x", 2))), "@x");
  EXPECT_EQ(to_string(address()), "<no address>");
  EXPECT_EQ(address().port(), 0u);
  EXPECT_EQ(four, address::ip("127.0.0.1", 80));
  EXPECT_FALSE(four == address::ip("127.0.0.1", 81));
}

TEST(Address, RefusesWhatIsNone) {
  EXPECT_THROW(address::ip("localhost", 80), invalid_argument);
  EXPECT_THROW(address::ip("127.0.0.1", 65536), invalid_argument);
  EXPECT_THROW(address::ip("", 80), invalid_argument);
  EXPECT_THROW(address::unix_path(""), invalid_argument);
  EXPECT_THROW(address::unix_path(std::string(108, 'x')), invalid_argument);
  EXPECT_THROW(address::local_of(-1), os_error);
}

TEST(Address, KeepsItsScope) {
  const address at = address::ip("fe80::1%lo", 1);
  EXPECT_EQ(at.host(), "fe80::1%lo");
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6 *>(at.get())->sin6_scope_id, 1u);
}

TEST(Lookup, OfDigitsNeedsNoThread) {
  VirtualLoop l;
  l.loop.set_default_executor(std::make_shared<NoExecutor>());
  const auto found = l.run(getaddrinfo("127.0.0.1", "80"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0], address::ip("127.0.0.1", 80));
  EXPECT_EQ(l.run(getaddrinfo("::1", "80"))[0], address::ip("::1", 80));
  EXPECT_EQ(l.run(getnameinfo(found[0], NI_NUMERICHOST | NI_NUMERICSERV)).service, "80");
}

TEST(Lookup, OfAServiceRunsOnAThread) {
  loop l;
  EXPECT_EQ(l.run_until_complete(getaddrinfo("127.0.0.1", "http"))[0],
            address::ip("127.0.0.1", 80));
  EXPECT_EQ(l.run_until_complete(getnameinfo(address::ip("127.0.0.1", 80), NI_NUMERICHOST)).host,
            "127.0.0.1");
}

TEST(Lookup, ThatFailsSaysWhy) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await getaddrinfo("::1", "1", {AF_INET, SOCK_STREAM, 0, 0}); };
  const auto thrown = thrownBy<lookup_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_NE(thrown->code(), 0);
  EXPECT_NE(std::string(thrown->what()).find("abide: cannot look up '::1'"), std::string::npos);
}

TEST(Lookup, MayBeCancelled) {
  loop l;
  auto main = []() -> task<> {
    auto looking = create_task(getaddrinfo("127.0.0.1", "http"));
    co_await sleep(0s);
    looking.cancel();
    bool cancelled = false;
    try {
      co_await looking;
    } catch (const cancelled_error &) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
  };
  l.run_until_complete(main());
}

// --- connections ------------------------------------------------------------------

TEST(Connect, TalksToATcpServer) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    auto c = co_await open_connection("127.0.0.1", s.port());
    EXPECT_EQ(c.writer.peer(), local(s.port()));
    co_await talk(std::move(c));
    co_await s.aclose();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Connect, TalksToAUnixServer) {
  VirtualLoop l;
  const TempDir dir;
  auto main = [&]() -> task<> {
    const std::string path = dir.path() / "socket";
    server s = co_await start_unix_server(echo, path);
    auto c = co_await open_unix_connection(path);
    EXPECT_EQ(c.writer.peer().path(), path);
    co_await talk(std::move(c));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Connect, ThrowsTheErrorOfItsAddress) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await open_connection("127.0.0.1", closedPort()); };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), ECONNREFUSED);
  auto nowhere = []() -> task<> { co_await open_unix_connection("/no/such/socket"); };
  EXPECT_EQ(thrownBy<os_error>(l, nowhere())->code().value(), ENOENT);
}

TEST(Connect, LeavesNothingOpenWhenItFails) {
  VirtualLoop l;
  const int before = openDescriptors();
  auto main = []() -> task<> { co_await open_connection("127.0.0.1", closedPort()); };
  thrownBy<os_error>(l, main());
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Connect, ThrowsTheErrorsOfAllAddresses) {
  VirtualLoop l;
  auto main = []() -> task<> {
    co_await open_connection(
        list(local(closedPort()), address::unix_path("/no/such/socket"), local(closedPort())));
  };
  const auto thrown = thrownBy<connect_failed>(l, main());
  ASSERT_TRUE(thrown);
  ASSERT_EQ(thrown->errors().size(), 3u);
  EXPECT_EQ(thrown->errors()[0].code().value(), ECONNREFUSED);
  EXPECT_EQ(thrown->errors()[1].code().value(), ENOENT);
  EXPECT_EQ(thrown->code().value(), ECONNREFUSED);
  EXPECT_NE(std::string(thrown->what()).find("all of 3 addresses failed"), std::string::npos);
}

TEST(Connect, TakesTheFirstAddressThatAnswers) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    co_await talk(co_await open_connection(list(local(closedPort()), local(s.port()))));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Connect, NeedsAnAddress) {
  VirtualLoop l;
  auto main = []() -> task<> { co_await open_connection(std::vector<address>()); };
  thrownBy<invalid_argument>(l, main());
}

TEST(Connect, ThrowsWhenTheLookupFails) {
  loop l;
  auto main = []() -> task<> { co_await open_connection("127.0.0.1", "no-such-service"); };
  EXPECT_THROW(l.run_until_complete(main()), lookup_error);
}

TEST(Connect, TakesAServiceByName) {
  loop l;
  // Nobody serves HTTP here; what counts is that port 80 refuses.
  auto main = []() -> task<> { co_await open_connection("127.0.0.1", "http"); };
  try {
    l.run_until_complete(main());
  } catch (const os_error &thrown) {
    EXPECT_NE(std::string(thrown.what()).find("127.0.0.1:80"), std::string::npos);
  }
}

TEST(Connect, TakesALimitOfTime) {
  VirtualLoop l;
  const TempDir dir;
  const int before = openDescriptors();
  auto main = [&]() -> task<> {
    // A server that accepts nobody: its queue is full.
    const owned_fd listening = boundSocket(address::unix_path(dir.path() / "socket"), 0);
    std::vector<connection> held;
    for (int i = 0; i < 10; ++i)
      held.push_back(
          co_await wait_for(open_unix_connection(dir.path() / "socket"), std::chrono::seconds(5)));
  };
  thrownBy<timeout_error>(l, main());
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Connect, MayBeCancelledAndLeavesNothingOpen) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const owned_fd listening = boundSocket(local(), 1);
    const int before = openDescriptors();
    for (int after = 0; after < 4; ++after) {
      auto connecting = create_task(open_connection("127.0.0.1", portOf(listening)));
      co_await rounds(after);
      connecting.cancel();
      bool ended = false;
      try {
        auto c = co_await std::move(connecting);
        co_await c.aclose();
      } catch (const cancelled_error &) {
        ended = true;
      }
      EXPECT_TRUE(ended || after > 1);
    }
    EXPECT_EQ(openDescriptors(), before);
  };
  l.run(main());
}

TEST(Connect, FromALocalAddress) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    const unsigned port = closedPort();
    auto c = co_await open_connection("127.0.0.1", s.port(), {.local = local(port)});
    EXPECT_EQ(c.writer.local(), local(port));
    co_await talk(std::move(c));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Connect, SkipsAddressesOfAnotherFamilyThanTheLocalOne) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    auto c = co_await open_connection(list(address::ip("::1", s.port()), local(s.port())),
                                      {.local = local()});
    co_await talk(std::move(c));
    co_await s.aclose();
  };
  l.run(main());
}

TEST(Connect, ThrowsWhenNoAddressIsOfTheFamilyOfTheLocalOne) {
  VirtualLoop l;
  auto main = []() -> task<> {
    co_await open_connection("127.0.0.1", closedPort(), {.local = address::ip("::1", 0)});
  };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), EAFNOSUPPORT);
}

TEST(Connect, ThrowsWhenTheLocalAddressIsInUse) {
  VirtualLoop l;
  auto main = []() -> task<> {
    server s = co_await start_server(echo, "127.0.0.1", 0);
    const owned_fd used = boundSocket(local(), 1);
    try {
      co_await open_connection("127.0.0.1", s.port(), {.local = local(portOf(used))});
    } catch (...) {
      s.close();
      throw;
    }
  };
  EXPECT_EQ(thrownBy<os_error>(l, main())->code().value(), EADDRINUSE);
}

TEST(Connect, ThrowsTheErrorsOfALocalAddressForAll) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const owned_fd used = boundSocket(local(), 1);
    co_await open_connection(list(local(1), local(2)), {.local = local(portOf(used))});
  };
  const auto thrown = thrownBy<connect_failed>(l, main());
  ASSERT_TRUE(thrown);
  ASSERT_EQ(thrown->errors().size(), 2u);
  for (const os_error &one : thrown->errors())
    EXPECT_EQ(one.code().value(), EADDRINUSE);
}

} // namespace
} // namespace abide::test

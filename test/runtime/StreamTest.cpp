//===- StreamTest.cpp - Streams on descriptors ----------------------------===//

#include "Net.h"

#include <csignal>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    read = owned_fd(ends[0]);
    write = owned_fd(ends[1]);
  }
  owned_fd read, write;
};

struct Terminal {
  Terminal() {
    int both[2];
    EXPECT_EQ(::openpty(&both[0], &both[1], nullptr, nullptr, nullptr), 0);
    master = owned_fd(both[0]);
    slave = owned_fd(both[1]);
    termios settings{};
    ::tcgetattr(slave.get(), &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(slave.get(), TCSANOW, &settings);
  }
  owned_fd master, slave;
};

void put(const owned_fd &fd, std::string_view text) {
  EXPECT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}
std::string got(const owned_fd &fd) {
  char buffer[65536];
  const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
  return count < 0 ? std::string("<") + strerror(errno) + ">"
                   : std::string(buffer, static_cast<std::size_t>(count));
}

// --- both ways ---------------------------------------------------------------------

TEST(Stream, CarriesBytesBothWays) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write("hello\n");
    p.b.writer.write("you\n");
    EXPECT_EQ(co_await p.b.reader.read_line(), "hello\n");
    EXPECT_EQ(co_await p.a.reader.read_line(), "you\n");
    co_await p.a.aclose();
    EXPECT_EQ(co_await p.b.reader.read(), "");
    EXPECT_TRUE(p.b.reader.at_eof());
    co_await p.b.aclose();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Stream, CarriesMuch) {
  VirtualLoop l;
  static constexpr std::size_t much = 20 * 1000 * 1000;
  auto send = [](connection c) -> task<> {
    const std::string piece(100000, 'x');
    for (std::size_t sent = 0; sent < much; sent += piece.size()) {
      c.writer.write(piece);
      co_await c.writer.drain();
    }
    co_await c.aclose();
  };
  auto main = [&]() -> task<> {
    StreamPair p;
    auto sending = create_task(send(std::move(p.a)));
    std::size_t count = 0;
    for (std::string some; !(some = co_await p.b.reader.read(1 << 20)).empty();)
      count += some.size();
    EXPECT_EQ(count, much);
    co_await sending;
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Stream, KeepsWhatTheKernelDoesNotTake) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    const std::string much(3000000, 'y');
    p.a.writer.write(much);
    EXPECT_GT(p.a.writer.write_buffer_size(), 0u);
    p.a.writer.close();
    EXPECT_TRUE(p.a.writer.is_closing());
    EXPECT_EQ(to_string(p.a.writer).find("<stream_writer, closing, "), 0u);
    EXPECT_EQ(co_await p.b.reader.read(), much);
    co_await p.a.writer.wait_closed();
    EXPECT_EQ(to_string(p.a.writer), "<stream_writer, closed>");
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Stream, HasAPrintableForm) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    EXPECT_EQ(to_string(p.a.reader), "<stream_reader, connected>");
    EXPECT_EQ(to_string(p.a.writer),
              "<stream_writer, descriptor " + std::to_string(p.a.writer.fd()) + ">");
    p.a.writer.close();
    EXPECT_EQ(to_string(p.a.reader), "<stream_reader, closed>");
    EXPECT_EQ(to_string(stream_writer()), "<stream_writer, none>");
    EXPECT_THROW(stream_writer().write("x"), invalid_state);
    p.b.writer.close();
    co_return;
  };
  l.run(main());
}

TEST(Stream, DoesNotStarveTheOthers) {
  VirtualLoop l;
  int others = 0;
  std::function<void()> count = [&] {
    ++others;
    l.loop.call_soon([&] { count(); });
  };
  auto main = [&]() -> task<> {
    StreamPair p;
    char byte;
    p.a.writer.write(std::string(1000, 'x'));
    for (int i = 0; i < 1000; ++i)
      co_await p.b.reader.read_some(std::span(&byte, 1));
    for (int i = 0; i < 1000; ++i)
      co_await p.a.writer.drain();
    p.a.writer.close();
    p.b.writer.close();
  };
  l.loop.call_soon([&] { count(); });
  l.run(main());
  EXPECT_GT(others, 60);
}

// --- the writing side ----------------------------------------------------------------

task<> drained(stream_writer &writer) { co_await writer.drain(); }

TEST(Drain, OfManyTasksWakesAll) {
  VirtualLoop l;
  auto main = [&]() -> task<> {
    StreamPair p;
    p.a.writer.write(std::string(3000000, 'x'));
    std::vector<spawned<>> waiting;
    for (int i = 0; i < 5; ++i)
      waiting.push_back(create_task(drained(p.a.writer)));
    co_await rounds(3);
    for (const auto &one : waiting)
      EXPECT_FALSE(one.done());
    auto all = create_task(p.b.reader.read_exactly(3000000));
    co_await all;
    for (const auto &one : waiting)
      co_await one;
    EXPECT_EQ(p.a.writer.write_buffer_size(), 0u);
    p.a.writer.close();
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Drain, ThrowsWhenThePeerIsGone) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.b.writer.close();
    for (;;) {
      p.a.writer.write("foo\n");
      co_await p.a.writer.drain();
    }
  };
  const auto thrown = thrownBy<connection_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->code().value(), EPIPE);
}

TEST(Drain, ThatWaitsThrowsWhenThePeerGoes) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write(std::string(3000000, 'x'));
    running_loop().call_soon([&] { p.b.writer.close(); });
    co_await p.a.writer.drain();
  };
  thrownBy<connection_error>(l, main());
}

TEST(Drain, WaitsBetweenTheWaterMarks) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    const int small = 4096;
    setsockopt(p.a.writer.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    p.a.writer.set_write_buffer_limits(1000000);
    p.a.writer.write(std::string(500000, 'x'));
    co_await p.a.writer.drain(); // below the high one
    p.a.writer.set_write_buffer_limits(400000, 100000);
    auto draining = create_task(drained(p.a.writer));
    co_await rounds(3);
    EXPECT_FALSE(draining.done());
    while (!draining.done())
      co_await p.b.reader.read(10000);
    EXPECT_LE(p.a.writer.write_buffer_size(), 100000u);
    EXPECT_THROW(p.a.writer.set_write_buffer_limits(1, 2), invalid_argument);
    p.a.writer.abort();
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Drain, MayBeCancelled) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write(std::string(3000000, 'x'));
    auto draining = create_task(drained(p.a.writer));
    co_await rounds(2);
    draining.cancel();
    co_await rounds(2);
    EXPECT_TRUE(draining.cancelled());
    auto all = co_await p.b.reader.read_exactly(3000000);
    EXPECT_EQ(all.size(), 3000000u);
    p.a.writer.close();
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Writer, EndsItsSideBehindWhatItWrote) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    EXPECT_TRUE(p.a.writer.can_write_eof());
    p.a.writer.write(std::string(1000000, 'x'));
    p.a.writer.write_eof();
    p.a.writer.write_eof();
    EXPECT_THROW(p.a.writer.write("more"), invalid_state);
    EXPECT_EQ((co_await p.b.reader.read()).size(), 1000000u);
    // The other direction is still open.
    p.b.writer.write("answer");
    p.b.writer.close();
    EXPECT_EQ(co_await p.a.reader.read(), "answer");
    p.a.writer.close();
  };
  l.run(main());
}

TEST(Writer, WritesLines) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write_lines(list<std::string>("one\n", "two\n"));
    p.a.writer.write_lines({});
    p.a.writer.close();
    EXPECT_EQ(co_await p.b.reader.read(), "one\ntwo\n");
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Writer, IsClosedAtTheEndOfWaitClosed) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.b.writer.write("one\ntwo\n");
    EXPECT_EQ(co_await p.a.reader.read_line(), "one\n");
    EXPECT_EQ(co_await p.a.reader.read_line(), "two\n");
    p.a.writer.close();
    co_await p.a.writer.wait_closed();
    EXPECT_EQ(p.a.writer.fd(), -1);
    co_await p.a.aclose(); // once more
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Writer, IsClosedWithUnreadBytes) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.b.writer.write("one\ntwo\n");
    EXPECT_EQ(co_await p.a.reader.read_line(), "one\n");
    co_await p.a.aclose();
    EXPECT_EQ(co_await p.a.reader.read(), "two\n"); // what was received is there
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Writer, DropsWhatIsWrittenAfterCloseAndDrainThrows) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.close();
    p.a.writer.write("data");
    p.b.writer.close();
    co_await p.a.writer.drain();
  };
  const auto thrown = thrownBy<connection_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->code().value(), ECONNRESET);
}

TEST(Writer, ThatClosesEndsAReadOfItsOwn) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    auto reading = create_task(p.a.reader.read());
    co_await rounds(2);
    p.a.writer.close();
    EXPECT_EQ(co_await reading, "");
    EXPECT_TRUE(p.a.reader.at_eof());
    p.b.writer.close();
  };
  l.run(main());
}

TEST(Writer, AbortsWithoutSendingTheRest) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write(std::string(3000000, 'x'));
    p.a.writer.abort();
    EXPECT_EQ(p.a.writer.fd(), -1);
    EXPECT_LT((co_await p.b.reader.read()).size(), 3000000u);
    p.b.writer.close();
    co_await p.a.writer.wait_closed();
  };
  const auto thrown = thrownBy<connection_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->code().value(), ECONNABORTED);
}

TEST(Writer, WaitClosedThrowsWhenNotAllWasSent) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.write(std::string(3000000, 'x'));
    p.b.writer.close();
    co_await p.a.aclose();
  };
  thrownBy<connection_error>(l, main());
}

// --- dropped streams -------------------------------------------------------------------

TEST(Stream, DroppedIsClosedInOrder) {
  VirtualLoop l;
  l.loop.set_debug(false);
  const int before = openDescriptors();
  auto main = []() -> task<> {
    StreamPair p;
    {
      connection gone = std::move(p.a);
      gone.writer.write(std::string(1000000, 'x'));
    }
    EXPECT_EQ((co_await p.b.reader.read()).size(), 1000000u);
    p.b.writer.close();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Stream, DroppedOpenIsReportedInDebugMode) {
  VirtualLoop l;
  l.loop.set_debug(true);
  auto main = []() -> task<> {
    StreamPair p;
    p.a.writer.close();
    co_return;
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "a stream was dropped without close()");
  EXPECT_EQ(l.reports[0].level, severity::warning);
}

TEST(Stream, HalvesMayBeDroppedOneByOne) {
  VirtualLoop l;
  l.loop.set_debug(true);
  auto main = []() -> task<> {
    StreamPair p;
    {
      const stream_reader gone = std::move(p.a.reader);
    }
    p.a.writer.write("still there");
    p.a.writer.close();
    {
      const stream_writer gone = std::move(p.a.writer);
    }
    EXPECT_EQ(co_await p.b.reader.read(), "still there");
    p.b.writer.close();
  };
  l.run(main());
  EXPECT_TRUE(l.reports.empty());
}

TEST(Stream, MayOutliveItsLoop) {
  const int before = openDescriptors();
  std::optional<connection> kept;
  {
    VirtualLoop l;
    l.loop.set_debug(true);
    auto main = [&]() -> task<> {
      StreamPair p;
      kept.emplace(std::move(p.a));
      p.b.writer.close();
      co_return;
    };
    l.run(main());
  }
  EXPECT_EQ(openDescriptors(), before);
  EXPECT_EQ(kept->writer.fd(), -1);
  kept->writer.write("nobody");
  kept->writer.close();
  kept.reset();
}

TEST(Stream, WithUnsentBytesIsReportedWhenItsLoopCloses) {
  std::vector<report> reports;
  const Ends ends;
  {
    VirtualLoop l;
    auto main = [&]() -> task<> {
      stream_writer writer = adopt_writer(::dup(ends.a.get()));
      writer.write(std::string(3000000, 'x'));
      writer.close();
      co_return;
    };
    l.run(main());
    l.loop.close();
    reports = l.reports;
  }
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_NE(reports[0].message.find("before a stream had sent its last"), std::string::npos);
}

TEST(Stream, TasksMayDieWithTheLoopAnywhere) {
  const int before = openDescriptors();
  for (int rounds_left = 0; rounds_left < 12; ++rounds_left) {
    VirtualLoop l;
    auto talk = [](connection c) -> task<> {
      for (;;) {
        c.writer.write(std::string(200000, 'x'));
        co_await c.writer.drain();
        co_await c.reader.read(100);
        co_await c.reader.read_line();
      }
    };
    auto main = [&]() -> task<> {
      StreamPair p;
      create_task(talk(std::move(p.a)));
      create_task(talk(std::move(p.b)));
      co_return;
    };
    l.run(main());
    l.rounds(rounds_left);
  }
  EXPECT_EQ(openDescriptors(), before);
}

// --- peers that misbehave ----------------------------------------------------------------

TEST(Peer, ThatHalfClosesStillReads) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Ends ends;
    connection c = adopt_connection(ends.a.release());
    put(ends.b, "question");
    ::shutdown(ends.b.get(), SHUT_WR);
    EXPECT_EQ(co_await c.reader.read(), "question");
    c.writer.write("answer");
    co_await c.writer.drain();
    EXPECT_EQ(got(ends.b), "answer");
    co_await c.aclose();
    EXPECT_EQ(got(ends.b), "");
  };
  l.run(main());
}

TEST(Peer, ThatResetsIsAnErrorOfTheReader) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const owned_fd listening = boundSocket(local(), 1);
    owned_fd peer = rawClient(portOf(listening));
    connection c = adopt_connection(::accept(listening.get(), nullptr, nullptr));
    put(peer, "before");
    co_await rounds(2);
    reset(peer);
    EXPECT_EQ(co_await c.reader.read(100), "before");
    co_await c.reader.read(100);
  };
  const auto thrown = thrownBy<connection_error>(l, main());
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->code().value(), ECONNRESET);
}

TEST(Peer, ThatIsGoneMayHaveAnsweredBefore) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    p.b.writer.write("413 Too Large\n");
    p.b.writer.close();
    p.a.writer.write("too large"); // EPIPE
    EXPECT_EQ(co_await p.a.reader.read_line(), "413 Too Large\n");
    bool broke = false;
    try {
      co_await p.a.writer.drain();
    } catch (const connection_error &) {
      broke = true;
    }
    EXPECT_TRUE(broke);
  };
  l.run(main());
}

TEST(Peer, SendsItsEndTogetherWithItsBytes) {
  // One event tells of both: the end must not be forgotten after a short read.
  VirtualLoop l;
  auto main = []() -> task<> {
    const owned_fd listening = boundSocket(local(), 1);
    owned_fd peer = rawClient(portOf(listening));
    put(peer, "x");
    peer.reset();
    connection c = adopt_connection(::accept(listening.get(), nullptr, nullptr));
    EXPECT_EQ(co_await c.reader.read(100), "x");
    EXPECT_EQ(co_await c.reader.read(100), "");
    c.writer.close();
  };
  l.run(main());
}

// --- descriptors that are open already ------------------------------------------------------

TEST(Adopt, AnAcceptedSocket) {
  VirtualLoop l;
  auto main = []() -> task<> {
    const owned_fd listening = boundSocket(local(), 1);
    auto client = co_await open_connection(address::local_of(listening.get()));
    connection c = adopt_connection(::accept(listening.get(), nullptr, nullptr));
    EXPECT_EQ(c.writer.peer(), client.writer.local());
    EXPECT_EQ(c.writer.local(), client.writer.peer());
    c.writer.write("hello");
    co_await c.aclose();
    EXPECT_EQ(co_await client.reader.read(), "hello");
    co_await client.aclose();
  };
  l.run(main());
}

TEST(Adopt, NoDatagramSocket) {
  VirtualLoop l;
  auto main = []() -> task<> {
    adopt_connection(boundSocket(local(), -1, SOCK_DGRAM).release());
    co_return;
  };
  const int before = openDescriptors();
  thrownBy<invalid_argument>(l, main());
  EXPECT_EQ(openDescriptors(), before);
}

TEST(Adopt, NoFileAndNoClosedDescriptor) {
  VirtualLoop l;
  auto main = [](int fd) -> task<> {
    adopt_reader(fd);
    co_return;
  };
  EXPECT_EQ(thrownBy<os_error>(l, main(::open("/proc/self/exe", O_RDONLY)))->code().value(), EPERM);
  EXPECT_EQ(thrownBy<os_error>(l, main(999))->code().value(), EBADF);
  EXPECT_THROW(adopt_reader(-1), no_running_loop);
}

TEST(Pipes, AreReadToTheirEnd) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Pipe p;
    stream_reader reader = adopt_reader(p.read.release());
    put(p.write, "1");
    EXPECT_EQ(co_await reader.read(100), "1");
    put(p.write, "2345");
    EXPECT_EQ(co_await reader.read(100), "2345");
    p.write.reset();
    EXPECT_EQ(co_await reader.read(100), "");
  };
  l.run(main());
}

TEST(Pipes, WithBytesAndEndAreReadAtOnce) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Pipe p;
    put(p.write, "data");
    p.write.reset();
    stream_reader reader = adopt_reader(p.read.release());
    EXPECT_EQ(co_await reader.read(), "data");
  };
  l.run(main());
}

TEST(Pipes, AreWritten) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Pipe p;
    stream_writer writer = adopt_writer(p.write.release());
    writer.write("1");
    EXPECT_EQ(got(p.read), "1");
    writer.write("2345");
    EXPECT_EQ(got(p.read), "2345");
    writer.write_eof();
    co_await writer.wait_closed();
    EXPECT_EQ(got(p.read), "");
  };
  l.run(main());
}

TEST(Pipes, ThatAreFullAreWrittenLater) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Pipe p;
    stream_writer writer = adopt_writer(p.write.release());
    stream_reader reader = adopt_reader(p.read.release());
    const std::string much(1000000, 'z');
    writer.write(much);
    writer.close();
    EXPECT_EQ(co_await reader.read(), much);
    co_await writer.wait_closed();
  };
  l.run(main());
}

TEST(Pipes, WhoseReaderIsGoneBreakWithoutASignal) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Pipe p;
    stream_writer writer = adopt_writer(p.write.release());
    writer.write("1");
    p.read.reset();
    co_await rounds(2);
    writer.write("2"); // SIGPIPE has its default action, and would end the test
    co_await writer.drain();
  };
  EXPECT_EQ(thrownBy<connection_error>(l, main())->code().value(), EPIPE);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(Pipes, DroppedOpenAreReportedInDebugMode) {
  VirtualLoop l;
  l.loop.set_debug(true);
  auto main = []() -> task<> {
    Pipe p;
    adopt_writer(p.write.release());
    co_return;
  };
  l.run(main());
  ASSERT_EQ(l.reports.size(), 1u);
  EXPECT_EQ(l.reports[0].message, "a stream was dropped without close()");
}

TEST(Terminals, AreRead) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Terminal t;
    stream_reader reader = adopt_reader(t.master.release());
    put(t.slave, "1");
    EXPECT_EQ(co_await reader.read(100), "1");
    put(t.slave, "2345");
    EXPECT_EQ(co_await reader.read(100), "2345");
    t.slave.reset();
    EXPECT_EQ(co_await reader.read(100), ""); // EIO is the end
  };
  l.run(main());
}

TEST(Terminals, AreWritten) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Terminal t;
    stream_writer writer = adopt_writer(t.master.release());
    writer.write("1");
    EXPECT_EQ(got(t.slave), "1");
    writer.write("2345");
    EXPECT_EQ(got(t.slave), "2345");
    co_await writer.aclose();
  };
  l.run(main());
}

TEST(Terminals, AreReadAndWritten) {
  VirtualLoop l;
  auto main = []() -> task<> {
    Terminal t;
    connection c = adopt_connection(t.master.release());
    c.writer.write("in");
    EXPECT_EQ(got(t.slave), "in");
    put(t.slave, "out");
    EXPECT_EQ(co_await c.reader.read(100), "out");
    co_await c.aclose();
  };
  l.run(main());
}

// --- cancellation ----------------------------------------------------------------------------

TEST(Stream, ACancelledReadEndsAtOnceAndLosesNothing) {
  VirtualLoop l;
  auto main = []() -> task<> {
    StreamPair p;
    auto reading = create_task(p.a.reader.read(10));
    co_await rounds(2);
    reading.cancel();
    co_await rounds(1);
    EXPECT_TRUE(reading.cancelled());
    p.b.writer.write("late");
    EXPECT_EQ(co_await p.a.reader.read(10), "late");
    bool timed_out = false;
    try {
      co_await wait_for(p.a.reader.read(10), 1s);
    } catch (const timeout_error &) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    p.b.writer.write("later");
    EXPECT_EQ(co_await p.a.reader.read(10), "later");
    p.a.writer.close();
    p.b.writer.close();
  };
  l.run(main());
}

} // namespace
} // namespace abide::test

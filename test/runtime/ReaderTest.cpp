//===- ReaderTest.cpp - Streams that are fed by hand ----------------------===//

#include "Fed.h"

#include <unistd.h>

using namespace std::chrono_literals;

namespace abide::test {
namespace {

const std::string Data = "line1\nline2\nline3\n";

struct Fed : VirtualLoop {
  explicit Fed(std::size_t limit = stream_limit) : reader(limit) {}
  stream_reader reader;

  std::string read(std::size_t n) { return run(reader.read(n)); }
  std::string line() { return run(reader.read_line()); }
  /// The rest, without waiting for the end.
  std::string rest() { return run(reader.read(1000000)); }
  std::size_t some(std::span<char> into) {
    auto read = [](stream_reader &from, std::span<char> into) -> task<std::size_t> {
      co_return co_await from.read_some(into);
    };
    return run(read(reader, into));
  }
  /// Calls `call` in the next round.
  template <class F> void soon(F call) { loop.call_soon(std::move(call)); }
};

struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// --- feed and read --------------------------------------------------------------

TEST(Reader, IsNotFedByNothing) {
  Fed f;
  f.reader.feed("");
  EXPECT_EQ(to_string(f.reader), "<stream_reader>");
  f.reader.feed("x");
  EXPECT_EQ(f.rest(), "x");
}

TEST(Reader, GivesWhatItWasFed) {
  Fed f;
  f.reader.feed(Data);
  EXPECT_EQ(f.read(1000), Data);
}

TEST(Reader, ReadsZeroBytesAtOnce) {
  Fed f;
  f.reader.feed(Data);
  EXPECT_EQ(f.read(0), "");
  EXPECT_EQ(f.rest(), Data);
}

TEST(Reader, WaitsForBytes) {
  Fed f;
  f.soon([&] { f.reader.feed(Data); });
  EXPECT_EQ(f.read(30), Data);
}

TEST(Reader, GivesNoMoreThanAskedFor) {
  Fed f;
  f.reader.feed("line1");
  f.reader.feed("line2");
  EXPECT_EQ(f.read(5), "line1");
  EXPECT_EQ(f.rest(), "line2");
}

TEST(Reader, GivesNothingAtTheEnd) {
  Fed f;
  f.soon([&] { f.reader.feed_eof(); });
  EXPECT_EQ(f.read(1024), "");
  EXPECT_EQ(f.read(1024), "");
}

TEST(Reader, ReadsAllUntilTheEnd) {
  Fed f;
  f.soon([&] {
    f.reader.feed("chunk1\n");
    f.reader.feed("chunk2");
    f.reader.feed_eof();
  });
  EXPECT_EQ(f.run(f.reader.read()), "chunk1\nchunk2");
  EXPECT_EQ(f.run(f.reader.read()), "");
}

TEST(Reader, ThrowsItsExceptionBehindItsBytes) {
  Fed f;
  f.reader.feed("line\n");
  EXPECT_EQ(f.read(2), "li");
  f.reader.set_exception(broken("x"));
  EXPECT_EQ(f.read(9), "ne\n");
  thrownBy<broken>(f, f.reader.read(2));
  thrownBy<broken>(f, f.reader.read());
}

TEST(Reader, NeedsALimit) {
  EXPECT_THROW(stream_reader(0), invalid_argument);
  EXPECT_EQ(stream_reader().limit(), stream_limit);
}

TEST(Reader, ReadsBeyondItsLimit) {
  Fed f(3);
  f.reader.feed("chunk");
  EXPECT_EQ(f.read(5), "chunk");
}

TEST(Reader, MayBeFedByATaskBetweenReads) {
  Fed f;
  auto main = [&]() -> task<std::string> {
    std::string all;
    for (std::string some; !(some = co_await f.reader.read(3)).empty();)
      all += some + "|";
    co_return all;
  };
  f.loop.call_later(1s, [&] { f.reader.feed("abcd"); });
  f.loop.call_later(2s, [&] { f.reader.feed("e"); });
  f.loop.call_later(3s, [&] { f.reader.feed_eof(); });
  EXPECT_EQ(f.run(main()), "abc|d|e|");
}

TEST(Reader, ReadsIntoMemoryOfTheCaller) {
  Fed f;
  char into[4];
  f.reader.feed("abcdef");
  EXPECT_EQ(f.some(into), 4u);
  EXPECT_EQ(std::string_view(into, 4), "abcd");
  EXPECT_EQ(f.some(into), 2u);
  EXPECT_EQ(f.some({}), 0u);
  f.soon([&] { f.reader.feed_eof(); });
  EXPECT_EQ(f.some(into), 0u);
  Fed failed;
  failed.soon([&] { failed.reader.set_exception(broken("x")); });
  EXPECT_THROW(failed.some(into), broken);
}

TEST(Reader, ACancelledReadGivesBackWhatItHasGot) {
  Fed f;
  char into[4];
  auto read = [&]() -> task<> { co_await f.reader.read_some(into); };
  auto reading = f.loop.create_task(read());
  f.rounds(2);
  thrownBy<invalid_state>(f, f.reader.read(1));
  f.reader.feed("abcdef"); // four of them are in the memory of the task
  reading.cancel();
  f.rounds(2);
  EXPECT_TRUE(reading.cancelled());
  EXPECT_EQ(f.rest(), "abcdef");
}

TEST(Reader, CannotBeFedAfterItsEnd) {
  Fed f;
  f.reader.feed_eof();
  EXPECT_THROW(f.reader.feed("x"), invalid_state);
  EXPECT_TRUE(f.reader.at_eof());
}

TEST(Reader, LetsOneTaskReadAtATime) {
  Fed f;
  auto first = f.loop.create_task(f.reader.read(1));
  f.rounds(2);
  thrownBy<invalid_state>(f, f.reader.read(1));
  f.reader.feed("x");
  EXPECT_EQ(f.loop.run_until_complete(first), "x");
  f.reader.feed("y");
  EXPECT_EQ(f.read(1), "y");
}

TEST(Reader, ACancelledReadHasTakenNothing) {
  Fed f;
  auto reading = f.loop.create_task(f.reader.read_exactly(4));
  f.rounds(2);
  f.reader.feed("ab");
  f.rounds(2);
  reading.cancel();
  f.rounds(2);
  EXPECT_TRUE(reading.cancelled());
  f.reader.feed("cd");
  EXPECT_EQ(f.run(f.reader.read_exactly(4)), "abcd");
}

TEST(Reader, MayDieWhileATaskReads) {
  Fed f;
  auto reader = std::make_unique<stream_reader>();
  auto reading = f.loop.create_task(reader->read(1));
  f.rounds(2);
  reader.reset();
  f.rounds(2);
  EXPECT_FALSE(reading.done());
  EXPECT_THROW(reading.result(), invalid_state);
  reading.cancel();
  f.rounds(2);
  EXPECT_TRUE(reading.cancelled());
}

TEST(Reader, ThatWasMovedFromSaysSo) {
  Fed f;
  const stream_reader other = std::move(f.reader);
  EXPECT_FALSE(f.reader);
  EXPECT_THROW((void)f.reader.read(1), invalid_state);
  EXPECT_EQ(to_string(f.reader), "<stream_reader, none>");
}

// --- lines ------------------------------------------------------------------------

TEST(ReadLine, WaitsForTheEndOfTheLine) {
  Fed f;
  f.reader.feed("chunk1 ");
  f.soon([&] {
    f.reader.feed("chunk2 ");
    f.reader.feed("chunk3 ");
    f.reader.feed("\n chunk4");
  });
  EXPECT_EQ(f.line(), "chunk1 chunk2 chunk3 \n");
  EXPECT_EQ(f.rest(), " chunk4");
}

TEST(ReadLine, KeepsTheBreaks) {
  Fed f;
  f.reader.feed(Data);
  EXPECT_EQ(f.line(), "line1\n");
  EXPECT_EQ(f.line(), "line2\n");
  EXPECT_EQ(f.rest(), "line3\n");
}

TEST(ReadLine, OverTheLimitIsDropped) {
  Fed f(3);
  f.reader.feed("li");
  f.reader.feed("ne1\nline2\n");
  thrownBy<limit_overrun>(f, f.reader.read_line());
  // The next line is there, and is too long, too.
  EXPECT_EQ(to_string(f.reader), "<stream_reader, 6 bytes, limit 3>");
  thrownBy<limit_overrun>(f, f.reader.read_line());
  EXPECT_EQ(to_string(f.reader), "<stream_reader, limit 3>");
}

TEST(ReadLine, OverTheLimitWithoutItsEndIsDropped) {
  Fed f(7);
  f.soon([&] {
    f.reader.feed("chunk1");
    f.reader.feed("chunk2");
    f.reader.feed("chunk3\n");
    f.reader.feed_eof();
  });
  thrownBy<limit_overrun>(f, f.reader.read_line());
  EXPECT_TRUE(f.reader.at_eof());
}

TEST(ReadLine, OverTheLimitLeavesTheNextOne) {
  Fed f(7);
  f.soon([&] {
    f.reader.feed("chunk1");
    f.reader.feed("chunk2\n");
    f.reader.feed("chunk3\n");
    f.reader.feed_eof();
  });
  thrownBy<limit_overrun>(f, f.reader.read_line());
  EXPECT_EQ(f.rest(), "chunk3\n");
}

TEST(ReadLine, DoesNotWaitForWhatIsThere) {
  Fed f;
  f.reader.feed(Data);
  auto reading = f.loop.create_task(f.reader.read_line());
  f.once();
  EXPECT_EQ(reading.result(), "line1\n");
}

TEST(ReadLine, GivesTheRestAtTheEnd) {
  Fed f;
  f.reader.feed("some data");
  f.reader.feed_eof();
  EXPECT_EQ(f.line(), "some data");
}

TEST(ReadLine, GivesNothingAtTheEnd) {
  Fed f;
  f.reader.feed_eof();
  EXPECT_EQ(f.line(), "");
}

TEST(ReadLine, GoesTogetherWithCounts) {
  Fed f;
  f.reader.feed(Data);
  f.line();
  EXPECT_EQ(f.read(7), "line2\nl");
  EXPECT_EQ(f.rest(), "ine3\n");
}

TEST(ReadLine, ThrowsWhatTheStreamFailedWith) {
  Fed f;
  f.reader.feed("line\n");
  EXPECT_EQ(f.line(), "line\n");
  f.reader.set_exception(broken("x"));
  thrownBy<broken>(f, f.reader.read_line());
}

// --- separators -------------------------------------------------------------------

TEST(ReadUntil, NeedsASeparator) {
  Fed f;
  thrownBy<invalid_argument>(f, f.reader.read_until(""));
  thrownBy<invalid_argument>(f, f.reader.read_until(list<std::string>("a", "")));
  thrownBy<invalid_argument>(f, f.reader.read_until(std::vector<std::string>()));
}

TEST(ReadUntil, FindsASeparatorInPieces) {
  Fed f;
  f.reader.feed("lineAAA");
  EXPECT_EQ(f.run(f.reader.read_until("AAA")), "lineAAA");
  f.reader.feed("lineAAA");
  EXPECT_EQ(f.run(f.reader.read_until("AAA")), "lineAAA");
  f.reader.feed("lineAAAxxx");
  EXPECT_EQ(f.run(f.reader.read_until("AAA")), "lineAAA");
  EXPECT_EQ(f.rest(), "xxx");
}

TEST(ReadUntil, FindsASeparatorThatArrivesByBytes) {
  Fed f;
  f.reader.feed("QWERTY");
  for (const char *piece : {"a", "a", "b", "a", "a", "a", "!"})
    f.loop.call_soon([&f, piece] { f.reader.feed(piece); });
  EXPECT_EQ(f.run(f.reader.read_until("aaa")), "QWERTYaabaaa");
  f.rounds(2);
  EXPECT_EQ(f.rest(), "!");
}

TEST(ReadUntil, ThrowsWhatIsThereAtTheEnd) {
  Fed f;
  f.reader.feed("some data");
  f.reader.feed_eof();
  const auto thrown = thrownBy<incomplete_read>(f, f.reader.read_until("x"));
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->partial(), "some data");
  EXPECT_EQ(thrown->expected(), std::nullopt);
  EXPECT_TRUE(f.reader.at_eof());
}

TEST(ReadUntil, KeepsEverythingWhenTheSeparatorIsBehindTheLimit) {
  Fed f(3);
  f.reader.feed("some dataAAA");
  const auto found = thrownBy<limit_overrun>(f, f.reader.read_until("AAA"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->consumed(), 9u);
  EXPECT_EQ(f.rest(), "some dataAAA");
  f.reader.feed("XXXXXAA");
  const auto missing = thrownBy<limit_overrun>(f, f.reader.read_until("AAA"));
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->consumed(), 5u);
  EXPECT_EQ(f.rest(), "XXXXXAA");
}

TEST(ReadUntil, TakesTheSeparatorThatEndsFirst) {
  Fed f;
  f.reader.feed("line AAAsep BB rest CCC");
  const auto separators = list<std::string>("CCC", "BB", "A sep", "AAA");
  EXPECT_EQ(f.run(f.reader.read_until(separators)), "line AAA");
  EXPECT_EQ(f.run(f.reader.read_until(separators)), "sep BB");
  EXPECT_EQ(f.run(f.reader.read_until(separators)), " rest CCC");
  // The short one wins within the long one.
  f.reader.feed("x\r\ny");
  EXPECT_EQ(f.run(f.reader.read_until(list<std::string>("\r\n", "\r"))), "x\r");
}

TEST(ReadUntil, OfSeveralKeepsEverythingBehindTheLimit) {
  Fed f(3);
  f.reader.feed("some dataA");
  const auto found =
      thrownBy<limit_overrun>(f, f.reader.read_until(list<std::string>("A", "ome dataA")));
  ASSERT_TRUE(found);
  EXPECT_EQ(f.rest(), "some dataA");
}

TEST(ReadUntil, ThrowsWhatTheStreamFailedWith) {
  Fed f;
  f.reader.feed("no end");
  f.soon([&] { f.reader.set_exception(broken("x")); });
  thrownBy<broken>(f, f.reader.read_until("\n"));
}

// --- counts -----------------------------------------------------------------------

TEST(ReadExactly, ZeroBytesAtOnce) {
  Fed f;
  f.reader.feed(Data);
  EXPECT_EQ(f.run(f.reader.read_exactly(0)), "");
  EXPECT_EQ(f.rest(), Data);
}

TEST(ReadExactly, WaitsForAllOfThem) {
  Fed f;
  for (int i = 0; i < 3; ++i)
    f.soon([&] { f.reader.feed(Data); });
  EXPECT_EQ(f.run(f.reader.read_exactly(2 * Data.size())), Data + Data);
  f.rounds(2);
  EXPECT_EQ(f.rest(), Data);
}

TEST(ReadExactly, BeyondTheLimit) {
  Fed f(3);
  f.reader.feed("chunk");
  EXPECT_EQ(f.run(f.reader.read_exactly(5)), "chunk");
}

TEST(ReadExactly, ThrowsWhatIsThereAtTheEnd) {
  Fed f;
  f.soon([&] {
    f.reader.feed(Data);
    f.reader.feed_eof();
  });
  const auto thrown = thrownBy<incomplete_read>(f, f.reader.read_exactly(2 * Data.size()));
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->partial(), Data);
  EXPECT_EQ(thrown->expected(), 2 * Data.size());
  EXPECT_STREQ(thrown->what(), "abide: the stream ended after 18 bytes, 36 were expected");
  EXPECT_EQ(f.rest(), "");
}

TEST(ReadExactly, ThrowsWhatTheStreamFailedWith) {
  Fed f;
  f.reader.feed("line\n");
  EXPECT_EQ(f.run(f.reader.read_exactly(2)), "li");
  f.reader.set_exception(broken("x"));
  thrownBy<broken>(f, f.reader.read_exactly(4));
}

// --- exceptions, end, form ---------------------------------------------------------

TEST(Reader, TellsItsException) {
  Fed f;
  EXPECT_EQ(f.reader.exception(), nullptr);
  const auto thrown = std::make_exception_ptr(broken("x"));
  f.reader.set_exception(thrown);
  EXPECT_EQ(f.reader.exception(), thrown);
}

TEST(Reader, AnExceptionWakesTheTaskThatReads) {
  Fed f;
  f.soon([&] { f.reader.set_exception(broken("x")); });
  thrownBy<broken>(f, f.reader.read_line());
}

TEST(Reader, AnExceptionAfterACancellationIsHarmless) {
  Fed f;
  auto reading = f.loop.create_task(f.reader.read_line());
  f.rounds(2);
  reading.cancel();
  f.rounds(2);
  f.reader.set_exception(broken("x"));
  f.rounds(2);
  EXPECT_TRUE(reading.cancelled());
}

TEST(Reader, IsAtItsEndWhenNothingIsLeft) {
  Fed f;
  EXPECT_FALSE(f.reader.at_eof());
  f.reader.feed("some data\n");
  EXPECT_FALSE(f.reader.at_eof());
  f.line();
  EXPECT_FALSE(f.reader.at_eof());
  f.reader.feed("some data\n");
  f.reader.feed_eof();
  EXPECT_FALSE(f.reader.at_eof());
  f.line();
  EXPECT_TRUE(f.reader.at_eof());
}

TEST(Reader, HasAPrintableForm) {
  EXPECT_EQ(to_string(stream_reader()), "<stream_reader>");
  EXPECT_EQ(to_string(stream_reader(123)), "<stream_reader, limit 123>");
  Fed f;
  f.reader.feed("data");
  EXPECT_EQ(to_string(f.reader), "<stream_reader, 4 bytes>");
  f.reader.feed_eof();
  EXPECT_EQ(to_string(f.reader), "<stream_reader, 4 bytes, at the end>");
}

TEST(Reader, NamesItsExceptionInItsForm) {
  Fed f;
  f.reader.set_exception(broken("x"));
  EXPECT_NE(to_string(f.reader).find("failed: "), std::string::npos);
  EXPECT_NE(to_string(f.reader).find("broken: x>"), std::string::npos);
}

TEST(Reader, NamesItsWaiterInItsForm) {
  Fed f;
  auto reading = f.loop.create_task(f.reader.read(1));
  f.rounds(2);
  EXPECT_EQ(to_string(f.reader), "<stream_reader, a task waits>");
  reading.cancel();
  f.rounds(2);
  EXPECT_EQ(to_string(f.reader), "<stream_reader>");
}

} // namespace
} // namespace abide::test

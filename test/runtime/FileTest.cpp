//===- FileTest.cpp - Files through the executor --------------------------===//

#include "Files.h"
#include "Net.h"

namespace abide::test {
namespace {

TEST(File, IsReadAndWrittenAsAWhole) {
  loop l;
  const TempDir dir;
  auto main = [&]() -> task<> {
    const std::string path = dir.path() / "file";
    const std::string much(1000000, 'x');
    co_await write_file(path, much);
    EXPECT_EQ(co_await read_file(path), much);
    co_await write_file(path, "short");
    EXPECT_EQ(co_await read_file(path), "short");
  };
  l.run_until_complete(main());
}

TEST(File, IsReadAndWrittenInPieces) {
  loop l;
  const TempDir dir;
  const int before = openDescriptors();
  auto main = [&]() -> task<> {
    file f = co_await file::open(dir.path() / "file", O_RDWR | O_CREAT);
    co_await f.write_at(0, "hello world");
    co_await f.write_at(6, "abide");
    EXPECT_EQ(co_await f.read_at(0, 5), "hello");
    EXPECT_EQ(co_await f.read_at(6, 100), "abide");
    EXPECT_EQ(co_await f.read_at(100, 1), "");
    EXPECT_EQ(co_await f.read_from(), "hello abide");
    EXPECT_EQ(co_await f.size(), 11u);
    co_await f.sync();
    co_await f.close();
    EXPECT_FALSE(f);
    EXPECT_THROW((void)f.size(), invalid_state);
    file log = co_await file::open(dir.path() / "file", O_WRONLY | O_APPEND);
    co_await log.append("!");
    EXPECT_EQ(co_await read_file(dir.path() / "file"), "hello abide!");
  };
  l.run_until_complete(main());
  EXPECT_LE(openDescriptors(), before);
}

TEST(File, ThatIsNotThereThrows) {
  loop l;
  auto main = []() -> task<> { co_await read_file("/no/such/file"); };
  try {
    l.run_until_complete(main());
    ADD_FAILURE();
  } catch (const os_error &thrown) {
    EXPECT_EQ(thrown.code().value(), ENOENT);
    EXPECT_NE(std::string(thrown.what()).find("'/no/such/file'"), std::string::npos);
  }
}

TEST(File, OperationsMayBeCancelled) {
  loop l;
  const TempDir dir;
  auto main = [&]() -> task<> {
    file f = co_await file::open(dir.path() / "file", O_RDWR | O_CREAT);
    auto writing = create_task(f.write_at(0, std::string(1000000, 'x')));
    co_await rounds(1);
    writing.cancel();
    f = file();
    bool cancelled = false;
    try {
      co_await writing;
    } catch (const cancelled_error &) {
      cancelled = true;
    }
    EXPECT_TRUE(cancelled);
  };
  l.run_until_complete(main());
}

} // namespace
} // namespace abide::test

#include "model/Frames.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

uint64_t bytes(const std::string &Parameters, const std::string &Body) {
  Tu T("#include <mini/task.hpp>\nmini::task<int> read(char *); int look(const char *);"
       "struct big { char text[512]; };"
       "mini::task<> f(" +
       Parameters + ") {" + Body + "}");
  return estimateFrame(T.model(), T.function("f")).Bytes;
}

TEST(Frames, HoldWhatIsUsedAfterASuspension) {
  EXPECT_EQ(bytes("", "char a[100]; co_await read(a); look(a);"), 100u);
  EXPECT_EQ(bytes("", "char a[100]; look(a); co_await read(nullptr);"), 0u);
  EXPECT_EQ(bytes("", "{ char a[100]; look(a); } co_await read(nullptr);"), 0u);
}

TEST(Frames, HoldWhatIsUsedInTheNextRound) {
  EXPECT_EQ(bytes("", "char a[100]; while (look(a)) co_await read(nullptr);"), 100u);
}

TEST(Frames, HoldParametersByValue) {
  EXPECT_EQ(bytes("big b", "co_await read(nullptr);"), 512u);
  EXPECT_EQ(bytes("const big &b", "co_await read(nullptr);"), 0u);
}

TEST(Frames, CountTheLargestSuspension) {
  EXPECT_EQ(bytes("", "{ char a[100]; co_await read(a); look(a); }"
                      "{ char b[300]; co_await read(b); look(b); }"),
            300u);
}

} // namespace

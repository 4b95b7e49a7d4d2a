#include "model/ThreadBound.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

BoundBy bound(const std::string &Code) {
  Tu T("#include <exception>\n#include <utility>\nthread_local int depth; int plain;"
       "[[clang::annotate(\"async::hostile\")]] int set_mode(int);" +
       Code + " void f() { guard x; }");
  return threadBound(T.model(), T.local("x").Decl->getType()->getAsCXXRecordDecl()).How;
}

TEST(ThreadBound, ByWhatConstructorAndDestructorDo) {
  EXPECT_EQ(bound("struct guard { guard() { ++depth; } ~guard() { --depth; } };"),
            BoundBy::Variable);
  EXPECT_EQ(bound("struct guard { int o = std::exchange(depth, 1); guard() {}"
                  "~guard() { depth = o; } };"),
            BoundBy::Variable);
  EXPECT_EQ(bound("struct guard { int o; guard() : o(set_mode(1)) {} ~guard() { set_mode(o); } };"),
            BoundBy::State);
  EXPECT_EQ(bound("struct guard { int n = std::uncaught_exceptions(); guard() {}"
                  "~guard() { if (std::uncaught_exceptions() > n) plain = 1; } };"),
            BoundBy::Exceptions);
  EXPECT_EQ(bound("struct inner { inner() { ++depth; } ~inner() { --depth; } };"
                  "struct guard { inner i; };"),
            BoundBy::Variable);
}

TEST(ThreadBound, NotByHalfOfIt) {
  EXPECT_EQ(bound("struct guard { guard() { ++plain; } ~guard() { --plain; } };"),
            BoundBy::Nothing);
  EXPECT_EQ(bound("struct guard { guard() {} ~guard() { --depth; } };"), BoundBy::Nothing);
  EXPECT_EQ(bound("struct guard { ~guard() { if (!std::uncaught_exceptions()) plain = 1; } };"),
            BoundBy::Nothing);
}

} // namespace

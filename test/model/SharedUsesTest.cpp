#include "model/SharedUses.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

/// The objects that the first thread of the code shares, as "name name".
std::string shared(const std::string &Code) {
  Tu T("#include <functional>\n#include <thread>\n"
       "struct thing { void use(); void look() const; int n; };" +
       Code);
  std::string Names;
  for (const ThreadStart &Start : T.model().threads().starts())
    if (Start.Kind == ThreadKind::OtherThread)
      for (const SharedUse &Use : sharedUses(T.model(), Start).Uses)
        Names += (Names.empty() ? "" : " ") + (Use.Object ? Use.Object->getNameAsString() : "this");
  return Names;
}

TEST(SharedUses, CapturesByReferenceAndPointer) {
  EXPECT_EQ(shared("void f(thing &a, thing *b) { std::thread([&a, b] { a.use(); b->use(); }); }"),
            "a b");
  EXPECT_EQ(shared("void f(thing &a) { std::thread([p = &a] { p->use(); }); }"), "a");
}

TEST(SharedUses, CopiesAreItsOwn) {
  EXPECT_EQ(shared("void f(thing a) { std::thread([a]() mutable { a.use(); }); }"), "");
  EXPECT_EQ(shared("void f() { std::thread([] { thing a; a.use(); }); }"), "");
}

TEST(SharedUses, ConstFunctionsRead) {
  EXPECT_EQ(shared("void f(thing &a) { std::thread([&a] { a.look(); }); }"), "");
}

TEST(SharedUses, FollowsThisAndParameters) {
  EXPECT_EQ(shared("struct s { thing t; void go() { t.use(); }"
                   "void f() { std::thread([this] { go(); }); } };"),
            "this t");
  EXPECT_EQ(shared("void g(thing &p) { p.n = 1; }"
                   "void f(thing &a) { std::thread([&a] { g(a); }); }"),
            "n");
  EXPECT_EQ(shared("void g(thing &p) { p.use(); }"
                   "void f() { thing a; std::thread t(g, std::ref(a)); t.join(); }"),
            "a");
}

TEST(SharedUses, StopAtWhatNobodySees) {
  EXPECT_EQ(shared("void g(const thing &); void f(thing &a) { std::thread([&a] { g(a); }); }"), "");
}

TEST(SharedUses, Mentions) {
  Tu T("void f() { int v = 1; v = 2; auto l = [&] { v = 3; }; }");
  std::string Found;
  for (const clang::Expr *E : mentions(T.function("f"), T.local("v").Decl))
    Found += T.text(E);
  EXPECT_EQ(Found, "v");
}

} // namespace

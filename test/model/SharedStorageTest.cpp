#include "model/SharedStorage.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

constexpr const char *Header =
    "#include <mini/task.hpp>\n#include <deque>\n#include <map>\n#include <memory>\n"
    "#include <string>\n#include <string_view>\n#include <unordered_map>\n#include <vector>\n"
    "struct item { int n; std::string s; };";

/// What the local x of f points into.
std::string storage(const std::string &Members, const std::string &Body) {
  Tu T(Header + ("struct s {" + Members + " void f(int i) {" + Body + "} };"));
  const LocalFacts &Local = T.local("x");
  std::string Names;
  for (const StoragePlace &Place : borrowed(T.model(), Local.Decl->getType(), Local.Init).Places)
    Names += (Names.empty() ? "" : " ") + Place.Decl->getNameAsString() +
             (Place.Behind ? "*" : "") + std::string(Place.Depth, '+');
  return Names;
}

TEST(SharedStorage, References) {
  EXPECT_EQ(storage("std::vector<item> v;", "auto &x = v[i];"), "v");
  EXPECT_EQ(storage("std::vector<item> v;", "auto &x = v.at(i).s;"), "v");
  EXPECT_EQ(storage("std::vector<item> v;", "auto &a = v; auto &x = a.back();"), "v");
  EXPECT_EQ(storage("std::map<int, item> v;", "auto &x = v.find(i)->second;"), "v");
  EXPECT_EQ(storage("std::unique_ptr<item> v;", "auto &x = v->s;"), "v*");
  EXPECT_EQ(storage("std::vector<std::vector<int>> v;", "auto &x = v[i][i];"), "v+ v");
  EXPECT_EQ(storage("std::vector<std::unique_ptr<item>> v;", "auto &x = v[i]->s;"), "v*+ v*");
  EXPECT_EQ(storage("std::vector<item> v;", "auto &x = v;"), "");
  EXPECT_EQ(storage("std::vector<item> v;", "auto x = v[i];"), "");
  EXPECT_EQ(storage("std::vector<item *> v;", "auto &x = *v[i];"), "");
}

TEST(SharedStorage, IteratorsPointersViews) {
  EXPECT_EQ(storage("std::vector<item> v;", "auto x = v.begin();"), "v");
  EXPECT_EQ(storage("std::map<int, item> v;", "std::map<int, item>::const_iterator x = v.find(i);"),
            "v");
  EXPECT_EQ(storage("std::vector<item> v;", "auto x = &v[i];"), "v");
  EXPECT_EQ(storage("std::vector<item> v;", "auto x = v.data();"), "v");
  EXPECT_EQ(storage("std::shared_ptr<item> v;", "auto x = v.get();"), "v*");
  EXPECT_EQ(storage("std::shared_ptr<item> v;", "auto x = v;"), "");
  EXPECT_EQ(storage("std::string v;", "std::string_view x = v;"), "v");
  EXPECT_EQ(storage("std::string v;", "std::string_view x = v.c_str();"), "v");
  EXPECT_EQ(storage("std::string v;", "std::string_view x = v.substr(1);"), "");
  EXPECT_EQ(storage("std::string_view v;", "std::string_view x = v;"), "");
}

TEST(SharedStorage, WhatIsInTheFrameIsNobodyElses) {
  EXPECT_EQ(storage("", "std::vector<item> v; auto &x = v[i];"), "");
  EXPECT_EQ(storage("std::vector<item> v;", "s o; auto &x = o.v[i];"), "");
  EXPECT_EQ(storage("const std::vector<item> v;", "auto &x = v[i];"), "");
}

/// Who changes the member v while the coroutine f sleeps, and whether an iterator dangles then.
std::string changers(const std::string &Code) {
  Tu T(Header + Code);
  SharedStorage Storage(T.model());
  const clang::ValueDecl *V = nullptr;
  for (const clang::Decl *D : T.model().ast().getTranslationUnitDecl()->decls())
    if (const auto *Class = llvm::dyn_cast<clang::CXXRecordDecl>(D);
        Class && Class->getName() == "s")
      for (const clang::FieldDecl *Field : Class->fields())
        V = Field;
  std::string Names;
  for (const StorageChange *Change : Storage.changes(V, T.function("f"))) {
    Names += (Names.empty() ? "" : " ") + Change->In->Decl->getNameAsString();
    Names += invalidates(*Change, BorrowKind::Reference, {V})  ? "!"
             : invalidates(*Change, BorrowKind::Iterator, {V}) ? "?"
                                                               : "";
  }
  return Names;
}

TEST(SharedStorage, WhoChangesIt) {
  EXPECT_EQ(changers("struct s { mini::task<> f(); void g() { v.push_back(1); }"
                     "void h() { v.erase(v.begin()); } void k() const { v.size(); }"
                     "std::vector<int> v; }; mini::task<> s::f() { co_return; }"),
            "g! h!");
  EXPECT_EQ(changers("struct s { mini::task<> f() { co_return; } void g() { v[1] = 1; }"
                     "void h() { v = {}; } std::map<int, int> v; };"),
            "g g h!")
      << "the second one is of the element";
  EXPECT_EQ(changers("struct s { mini::task<> f() { co_return; } void g() { v.push_back(1); }"
                     "std::deque<int> v; };"),
            "g?");
}

TEST(SharedStorage, WhoCannotRunMeanwhile) {
  EXPECT_EQ(changers("struct s { s() { init(); } mini::task<> f() { v.clear(); co_return; }"
                     "~s() { v.clear(); } private: void init() { v.push_back(1); }"
                     "std::vector<int> v; };"),
            "");
  EXPECT_EQ(changers("struct s { mini::task<> f() { co_return; }"
                     "mini::task<> g() { co_await f(); v.clear(); } std::vector<int> v; };"),
            "");
  EXPECT_EQ(changers("struct s { mini::task<> f() { co_return; } private: void h() { v.clear(); }"
                     "public: mini::task<> g() { co_await f(); h(); } std::vector<int> v; };"),
            "");
  EXPECT_EQ(changers("struct s { mini::task<> f() { co_return; } s &operator=(s &&o) noexcept {"
                     "v = std::move(o.v); return *this; } void start() { v = {}; }"
                     "void stop() { v = {}; } std::vector<int> v; };"),
            "stop!");
}

} // namespace

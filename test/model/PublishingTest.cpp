#include "model/Publishing.h"
#include "Tu.h"

using namespace abide;
using namespace abide::test;

namespace {

/// What an await_suspend with this body uses too late, and how it was published.
std::string lateUse(const std::string &Body, const std::string &Members = "") {
  Tu T("#include <atomic>\n#include <coroutine>\n#include <deque>\n#include <mutex>\n"
       "#include <thread>\n"
       "struct shared { std::mutex m; std::deque<std::coroutine_handle<>> list;"
       "std::atomic<void *> head; };"
       "struct awaiter { shared &s; int n;" +
       Members +
       "bool await_ready() { return false; }"
       "void await_suspend(std::coroutine_handle<> h) {" +
       Body + "} void await_resume() {} };");
  std::optional<UseAfterPublish> Found = usedAfterPublish(T.model(), T.function("await_suspend"));
  return Found ? Found->What->getNameAsString() + std::to_string(int(Found->How)) : "";
}

TEST(Publishing, GivesTheHandleToAThread) {
  EXPECT_EQ(lateUse("std::thread([h] { h.resume(); }).detach(); n = 1;"), "n0");
  EXPECT_EQ(lateUse("n = 1; std::thread([h] { h.resume(); }).detach();"), "");
  EXPECT_EQ(lateUse("std::thread([h] { h.resume(); }).detach(); h.done();"), "h0");
}

TEST(Publishing, PutsItIntoAnAtomic) {
  EXPECT_EQ(lateUse("s.head.store(h.address()); n = 1;"), "n1");
  EXPECT_EQ(lateUse("s.head.store(h.address(), std::memory_order_relaxed); n = 1;"), "");
  EXPECT_EQ(lateUse("void *o = nullptr; while (!s.head.compare_exchange_weak(o, this)) n = 1;"),
            "");
  EXPECT_EQ(lateUse("void *o = nullptr; if (s.head.compare_exchange_weak(o, this)) n = 1;"), "n1");
}

TEST(Publishing, UnlocksWhereItIsStored) {
  EXPECT_EQ(lateUse("std::unique_lock l(s.m); s.list.push_back(h); l.unlock(); n = 1;"), "n2");
  EXPECT_EQ(lateUse("std::unique_lock l(s.m); s.list.push_back(h); n = 1;"), "");
  EXPECT_EQ(lateUse("{ std::lock_guard l(s.m); s.list.push_back(h); } n = 1;"), "n2");
}

TEST(Publishing, LeavesProtocolsAlone) {
  EXPECT_EQ(lateUse("s.head.store(h.address()); n = 1;", "std::atomic<int> count;"), "");
}

} // namespace

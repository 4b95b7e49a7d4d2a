// Locals that lead to elements which a generator has left.
#include "model/KeptElements.h"
#include "Tu.h"
#include <set>

using namespace abide;
using namespace abide::test;

namespace {

using Names = std::multiset<std::string>;

constexpr const char *Prelude = R"(
#include <mini/task.hpp>
#include <string>
#include <string_view>
#include <vector>
bool more();
std::string read();
void use(std::string_view);
mini::generator<std::string> own() { while (more()) { std::string s = read(); co_yield s; } }
mini::generator<std::string> one() { std::string s = read(); co_yield s; }
mini::generator<std::string> outside(const std::vector<std::string> &v) {
  for (const auto &s : v) co_yield s;
}
)";

Names kept(const std::string &Body) {
  Tu T(Prelude + ("void f(const std::vector<std::string> &v) { " + Body + " }"));
  Names Found;
  for (const KeptElement &Kept : keptElements(T.model(), T.function("f")))
    Found.insert(Kept.Keeper->Decl->getNameAsString() + (Kept.Step ? " stepped" : " gone"));
  return Found;
}

TEST(KeptElements, LeadToWhatTheNextStepEnds) {
  EXPECT_EQ(kept("std::string_view k; for (const auto &s : own()) { use(k); k = s; }"),
            Names{"k stepped"});
  EXPECT_EQ(kept("auto g = own(); auto i = g.begin(); const auto &k = *i; ++i; use(k);"),
            Names{"k stepped"});
}

TEST(KeptElements, LeadToWhatEndsWithTheGenerator) {
  EXPECT_EQ(kept("std::string_view k; for (const auto &s : one()) k = s; use(k);"),
            Names{"k gone"});
}

TEST(KeptElements, AreNoneWhereTheElementLivesOn) {
  EXPECT_EQ(kept("std::string k; for (const auto &s : own()) k = s; use(k);"), Names{});
  EXPECT_EQ(kept("std::string_view k; for (const auto &s : own()) { k = s; use(k); }"), Names{});
  EXPECT_EQ(kept("std::string_view k; for (const auto &s : outside(v)) k = s; use(k);"), Names{});
  EXPECT_EQ(kept("auto g = one(); std::string_view k; for (const auto &s : g) k = s; use(k);"),
            Names{});
}

} // namespace

//===- FactsJsonTest.cpp - Facts in files and between processes -----------===//

#include "FactsJson.h"
#include "llvm/Support/Error.h"
#include <gtest/gtest.h>

using nlohmann::json;

namespace abide {
namespace {

Facts someFacts() {
  return {
      {"c:@F@save#", {{Trait::Blocks, 2, 0, "await it", {{"/a b\n.cpp", 3, 4, "'fsync'"}}}}},
      {"c:@F@wait#",
       {{Trait::SyncWaits, 0, 3, "", {{"/c.cpp", 1, 1, "'wait'"}, {"/d.cpp", 2, 2, "'get'"}}}}}};
}

std::string refusal(llvm::StringRef Text) {
  auto Read = readFacts(Text, "facts.json");
  return Read ? "none" : llvm::toString(Read.takeError());
}

TEST(FactsFile, IsReadAsItWasWritten) {
  auto Read = readFacts(writeFacts(someFacts()), "facts.json");
  ASSERT_TRUE(bool(Read));
  EXPECT_EQ(*Read, someFacts());
  auto Empty = readFacts(writeFacts({}), "facts.json");
  ASSERT_TRUE(bool(Empty));
  EXPECT_TRUE(Empty->empty());
}

TEST(FactsFile, OthersAreRefusedWithTheCure) {
  for (const char *Text : {"", "[]", "{", "{\"abide-facts\": 2}", "{\"functions\": {}}",
                           "{\"abide-facts\": 2, \"functions\": []}", "\xff\xfe"})
    EXPECT_EQ(refusal(Text),
              "'facts.json' is no facts file; write it again: abide check --write-facts=facts.json")
        << Text;
  EXPECT_NE(refusal("{\"abide-facts\": 99, \"functions\": {}}").find("another version"),
            std::string::npos);
}

TEST(FactsFile, DamagedEntriesAreLeftOut) {
  for (const char *Blocks :
       {"3", "[]", "[3]", "[[1,2,0,\"\",[]]]", "[[1,2,0,\"\",3]]", "[[]]", "null", "{\"a\":1}",
        "[[1,2,3,[]]]", "[[-1,-2,0,\"\",[]]]", "[[99,0,0,\"\",[[\"/a\",1,1,\"\"]]]]"}) {
    auto Read =
        readFacts("{\"abide-facts\": 2, \"functions\": {\"c:f\": " + std::string(Blocks) + "}}",
                  "facts.json");
    ASSERT_TRUE(bool(Read)) << Blocks;
    EXPECT_TRUE(Read->at("c:f").empty()) << Blocks;
  }
}

TEST(SummaryJson, SurvivesTheWay) {
  UnitSummary S;
  S.Asked = {{"c:x", Trait::Blocks, 3}, {"c:y", Trait::SyncWaits, 0xffff}};
  S.Dispatches = {{"virtual c:f", "c:g"}};
  S.Functions.push_back({"c:f",
                         "/f.cpp",
                         7,
                         {{Trait::Blocks, 2, 0, "", {{"/f.cpp", 8, 9, "'read'"}}}},
                         {{"c:g", {"/f.cpp", 9, 1, "'g'"}, Trait::Blocks, 0, 0},
                          {"c:h", {"/f.cpp", 9, 1, "'h'"}, Trait::Blocks, 1, 2, "c:run", 2}}});
  json J = S;
  std::string Bytes;
  json::to_cbor(J, Bytes);
  auto Read = json::from_cbor(Bytes, true, false).get<UnitSummary>();
  EXPECT_EQ(Read.Functions, S.Functions);
  EXPECT_EQ(Read.Dispatches, S.Dispatches);
  EXPECT_EQ(Read.Asked, S.Asked);
}

TEST(SummaryJson, NonsenseIsEmpty) {
  for (const char *Text : {"null", "3", "{}", "[[], 3]", "[3, {}]"}) {
    auto Read = json::parse(Text).get<UnitSummary>();
    EXPECT_TRUE(Read.Functions.empty()) << Text;
  }
}

} // namespace
} // namespace abide

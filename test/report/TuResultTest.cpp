//===- TuResultTest.cpp - The record of a translation unit ----------------===//

#include "TuResult.h"
#include "gtest/gtest.h"
#include <nlohmann/json.hpp>

namespace abide {
namespace {

TuResult sample() {
  TuResult R;
  Finding &Found = R.Findings.emplace_back();
  Found.CheckId = "async-sample";
  Found.Level = FindingLevel::Error;
  Found.Where = {"/d/caf\xe9.cpp", 3, 4, 25};
  Found.Message = "two\nlines";
  Found.Ranges = {{"/d/a.cpp", 1, 2}};
  Found.Notes.emplace_back().Where = {"/d/b.h", 5, 6, 70};
  Found.Notes[0].Message = "because";
  Found.Edits.emplace_back().Where = {"/d/a.cpp", 8, 9};
  Found.Edits[0].Text = "co_await ";
  Failure &F = R.Failures.emplace_back();
  F.What = Failure::Kind::CompileError;
  F.File = "/d/a.cpp";
  R.Notes.push_back("ignored");
  R.Shows.Functions.push_back({"c:@F@save#",
                               "/d/a.cpp",
                               7,
                               {{Trait::Blocks, 2, 0, "x", {{"/d/a.cpp", 8, 1, "'fsync'"}}}},
                               {}});
  R.Shows.Asked.push_back({"c:@F@other#", Trait::Blocks, 3});
  return R;
}

std::string whyNot(llvm::StringRef Bytes) {
  llvm::Expected<TuResult> R = decodeTuResult(Bytes);
  return R ? "" : llvm::toString(R.takeError());
}

TEST(TuResult, ComesBackAsItWent) {
  const std::string Bytes = encode(sample());
  llvm::Expected<TuResult> R = decodeTuResult(Bytes);
  ASSERT_TRUE(bool(R)) << llvm::toString(R.takeError());
  EXPECT_EQ(encode(*R), Bytes);
  EXPECT_EQ(R->Findings.at(0).Where, sample().Findings[0].Where);
  EXPECT_EQ(R->Findings.at(0).Edits, sample().Findings[0].Edits);
  EXPECT_EQ(R->Failures.at(0).What, Failure::Kind::CompileError);
  EXPECT_EQ(R->Notes, sample().Notes);
  EXPECT_EQ(R->Shows.Functions, sample().Shows.Functions);
  EXPECT_EQ(R->Shows.Asked, sample().Shows.Asked);
}

TEST(TuResult, NoPrefixIsTakenForAWhole) {
  const std::string Bytes = encode(sample());
  for (size_t Size = 0; Size != Bytes.size(); ++Size)
    EXPECT_EQ(whyNot(llvm::StringRef(Bytes).take_front(Size)),
              "is truncated or no record of abide");
  EXPECT_NE(whyNot(Bytes + "x"), "");
}

TEST(TuResult, HostileBytesAreRefused) {
  const std::string Deep(1 << 20, '\x81'); // An array in an array in an array...
  const std::string Huge = "\x9b\x0f" + std::string(7, '\xff'); // An array of 2^60 items.
  const std::string Long = "\x7b\x0f" + std::string(7, '\xff'); // A text of as many bytes.
  for (const std::string &Bytes : {Deep, Huge, Long, std::string("\xff"), std::string("\xc0\xc0")})
    EXPECT_EQ(whyNot(Bytes), "is truncated or no record of abide");
  for (const char *Text : {"\x80", "\xa0", "\xf6", "\x01"})
    EXPECT_EQ(whyNot(Text), "is no record of abide");
}

TEST(TuResult, MembersOfAnotherTypeReadAsEmpty) {
  nlohmann::json J = nlohmann::json::from_cbor(encode(sample()));
  for (const char *Key : {"findings", "failures", "notes", "shows"})
    J[Key] = {3, "x", nlohmann::json::array({nullptr})};
  std::string Bytes;
  nlohmann::json::to_cbor(J, Bytes);
  llvm::Expected<TuResult> R = decodeTuResult(Bytes);
  ASSERT_TRUE(bool(R)) << llvm::toString(R.takeError());
  EXPECT_TRUE(R->Shows.Functions.empty());
}

TEST(TuResult, AnotherVersionIsNamed) {
  nlohmann::json J = nlohmann::json::from_cbor(encode(sample()));
  std::string Bytes;
  J["version"] = "9.9";
  nlohmann::json::to_cbor(J, Bytes);
  EXPECT_NE(whyNot(Bytes).find("is of another version of abide (9.9, this is "), std::string::npos);
  J["version"] = 9;
  Bytes.clear();
  nlohmann::json::to_cbor(J, Bytes);
  EXPECT_NE(whyNot(Bytes).find("(unknown, this is "), std::string::npos);
}

} // namespace
} // namespace abide

//===- RelocateTest.cpp - Texts that do not say where they were made ------===//

#include "Relocate.h"
#include "gtest/gtest.h"

using nlohmann::json;

namespace abide {
namespace {

TEST(Relocate, TheDirectoryIsFoundWhereverItIsNamed) {
  const json Before = {{"/a/b/x.cpp#c:@F@f", {"/a/b/x.cpp", 7, true, nullptr}},
                       {"text", "cannot open '/a/b/y.h': it is in /a/b"},
                       {"flag", "-I=/a/b"}};
  const json Folded = withoutDirectory(Before, "/a/b");
  EXPECT_EQ(Folded.dump().find("/a/b"), std::string::npos);
  EXPECT_EQ(withDirectory(Folded, "/a/b"), Before);
  EXPECT_EQ(withDirectory(Folded, "/c d")["flag"], "-I=/c d");
  EXPECT_EQ(withDirectory(Folded, "/")["flag"], "-I=");
}

TEST(Relocate, WhatOnlyLooksLikeItStays) {
  for (const char *Text : {"/a/bc/x.cpp", "/z/a/b/x.cpp", "/a", "x/a/b", "", "/a/b2"})
    EXPECT_EQ(withoutDirectory(Text, "/a/b"), Text);
  EXPECT_EQ(withoutDirectory("/a/b", "/"), "/a/b");
}

TEST(Relocate, EveryTextComesBack) {
  for (std::string Text : {std::string("\x01"), std::string("\x01.\x01\x01"), std::string("\0x", 2),
                           std::string("/a/b\x01/a/b"), std::string("\xff/a/b")})
    EXPECT_EQ(withDirectory(withoutDirectory(Text, "/a/b"), "/a/b"), json(Text));
}

} // namespace
} // namespace abide

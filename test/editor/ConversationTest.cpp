//===- ConversationTest.cpp - abide-clangd and an editor talk -------------===//

#include "Project.h"

using nlohmann::json;

namespace abide::test {
namespace {

TEST(Conversation, ShowsAFindingAndTakesItBackWhenItIsFixed) {
  Project P;
  fs::path File = P.write("a.cpp", Dropped);
  Editor E(P);
  ASSERT_TRUE(E.Answer.contains("capabilities")) << E.log();

  E.open(File, Dropped, 1);
  json Diagnostics = E.diagnostics(File, 1);
  ASSERT_EQ(Diagnostics.size(), 1u) << Diagnostics.dump(1) << E.log();
  json Finding = Diagnostics[0];
  EXPECT_EQ(Finding["code"], "async-never-awaited");
  EXPECT_EQ(Finding["source"], "clang-tidy");
  EXPECT_EQ(Finding["severity"], 2);
  EXPECT_EQ(Finding["range"]["start"]["line"], DroppedLine);

  E.change(File, Awaited, 2);
  EXPECT_EQ(E.diagnostics(File, 2), json::array()) << E.log();
  E.change(File, Dropped, 3);
  EXPECT_EQ(withCode(E.diagnostics(File, 3), "async-never-awaited").size(), 1u);
  EXPECT_EQ(E.shutdown(), 0) << E.log();
}

TEST(Conversation, OffersTheFixAsAQuickFix) {
  Project P;
  fs::path File = P.write("a.cpp", Dropped);
  Editor E(P);
  E.open(File, Dropped, 1);
  json Diagnostics = E.diagnostics(File, 1);
  ASSERT_EQ(Diagnostics.size(), 1u) << E.log();

  json Fixes = json::array();
  for (const json &Action : E.codeActions(File, Diagnostics[0]))
    if (Action.value("kind", "") == "quickfix")
      Fixes.push_back(Action);
  ASSERT_EQ(Fixes.size(), 1u) << Fixes.dump(1);
  EXPECT_TRUE(Fixes[0].value("isPreferred", false)) << Fixes.dump(1);
  EXPECT_EQ(Fixes[0]["diagnostics"][0]["code"], "async-never-awaited");
  std::string Fixed = applyEdits(Dropped, Fixes[0]["edit"]["changes"][LspClient::uriOf(File)]);
  EXPECT_EQ(Fixed, Awaited);

  E.change(File, Fixed, 2);
  EXPECT_EQ(E.diagnostics(File, 2), json::array());
  EXPECT_EQ(E.shutdown(), 0) << E.log();
}

TEST(Conversation, KeepsTwoDocumentsApart) {
  Project P;
  fs::path A = P.write("a.cpp", Dropped), B = P.write("b.cpp", Awaited);
  Editor E(P);
  E.open(A, Dropped, 1);
  E.open(B, Awaited, 1);
  EXPECT_EQ(E.diagnostics(A, 1).size(), 1u) << E.log();
  EXPECT_EQ(E.diagnostics(B, 1), json::array());

  E.change(A, Awaited, 2);
  E.change(B, "\n" + Dropped, 2);
  EXPECT_EQ(E.diagnostics(A, 2), json::array());
  json OfB = E.diagnostics(B, 2);
  ASSERT_EQ(OfB.size(), 1u) << E.log();
  EXPECT_EQ(OfB[0]["range"]["start"]["line"], DroppedLine + 1);
  EXPECT_EQ(E.shutdown(), 0) << E.log();
}

TEST(Conversation, HonoursNolint) {
  Project P;
  std::string Text = Dropped;
  Text.insert(Text.find("save();\n  co_return") + 7, " // NOLINT(async-never-awaited)");
  fs::path File = P.write("a.cpp", Text);
  Editor E(P);
  E.open(File, Text);
  EXPECT_EQ(E.diagnostics(File), json::array());
}

TEST(Conversation, FindsTheBuiltinHeaders) {
  const std::string Text = "#include <coroutine>\n#include <immintrin.h>\n#include <stdarg.h>\n"
                           "static_assert(sizeof(std::coroutine_handle<>) == sizeof(void *));\n"
                           "__m128i zero() { return _mm_setzero_si128(); }\n"
                           "void end(va_list list) { va_end(list); }\n";
  Project P;
  fs::path File = P.write("a.cpp", Text);
  Editor E(P);
  E.open(File, Text);
  json Errors = json::array();
  for (const json &D : E.diagnostics(File))
    if (D.value("severity", 0) == 1)
      Errors.push_back(D);
  EXPECT_EQ(Errors, json::array()) << E.log();
}

TEST(Conversation, GoesOnInCodeThatDoesNotCompileYet) {
  Project P;
  std::string Typing = Dropped + "mini::task<> next() { co_await \n";
  fs::path File = P.write("a.cpp", Typing);
  Editor E(P);
  E.open(File, Typing, 1);
  json Diagnostics = E.diagnostics(File, 1);
  EXPECT_TRUE(Diagnostics.is_array() && !Diagnostics.empty()) << E.log();
  E.change(File, Dropped, 2);
  EXPECT_EQ(E.diagnostics(File, 2).size(), 1u) << E.log();
  EXPECT_EQ(E.shutdown(), 0) << E.log();
}

} // namespace
} // namespace abide::test

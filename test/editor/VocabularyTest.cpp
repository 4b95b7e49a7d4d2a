//===- VocabularyTest.cpp - The user's own table, in the editor -----------===//

#include "Project.h"

using nlohmann::json;

namespace abide::test {
namespace {

const std::string Calls = "#include \"mini/task.hpp\"\n"
                          "namespace acme { void load(); }\n"
                          "mini::task<> load_bad() {\n"
                          "  acme::load();\n"
                          "  co_return;\n"
                          "}\n";

json diagnosticsWith(const std::string &Table) {
  Project P;
  P.write(".clang-tidy", "CheckOptions:\n  async.Vocabulary: table.json\n");
  P.write("table.json", Table);
  fs::path File = P.write("source/a.cpp", Calls + Dropped.substr(Dropped.find('\n') + 1));
  Editor E(P);
  E.open(File, readFile(File));
  json Result = E.diagnostics(File);
  EXPECT_EQ(E.shutdown(), 0) << E.log();
  return Result;
}

TEST(Vocabulary, OfTheUserIsFoundFromAnOpenFile) {
  json Diagnostics = diagnosticsWith(
      R"({"library": "acme", "namespaces": ["acme"], "blocking": [{"kind": "disk", "names": ["load"]}]})");
  EXPECT_EQ(withCode(Diagnostics, "async-blocking-call").size(), 1u) << Diagnostics.dump(1);
  EXPECT_EQ(withCode(Diagnostics, "async-never-awaited").size(), 1u) << Diagnostics.dump(1);
}

TEST(Vocabulary, ThatIsMalformedDoesNotTakeTheChecksAway) {
  json Diagnostics = diagnosticsWith("{\"library\": ");
  EXPECT_EQ(withCode(Diagnostics, "async-never-awaited").size(), 1u) << Diagnostics.dump(1);
}

} // namespace
} // namespace abide::test

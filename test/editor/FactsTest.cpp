//===- FactsTest.cpp - What the whole program knows, in the editor --------===//

#include "Project.h"

using nlohmann::json;

namespace abide::test {
namespace {

const std::string Calls = "#include \"mini/task.hpp\"\n"
                          "void save(int);\n"
                          "mini::task<> save_bad() {\n"
                          "  save(3);\n"
                          "  co_return;\n"
                          "}\n";
const std::string Saves = "#include <unistd.h>\n"
                          "void save(int fd) { ::fsync(fd); }\n";

TEST(Facts, OfTheWholeProgramReachAnOpenFile) {
  Project P;
  fs::path Store = P.write("store.cpp", Saves);
  json Chain = json::array({json::array({Store.string(), 2, 21, "'fsync'"})});
  json Fact = json::array({2, 2, 0, "", Chain});
  P.write("facts.json",
          json{{"abide-facts", 2}, {"functions", {{"c:@F@save#I#", json::array({Fact})}}}}.dump());
  P.write(".clang-tidy", "CheckOptions:\n  async.Facts: facts.json\n");
  fs::path File = P.write("a.cpp", Calls);
  Editor E(P);
  E.open(File, Calls, 1);
  json Found = withCode(E.diagnostics(File, 1), "async-blocking-call");
  ASSERT_EQ(Found.size(), 1u) << E.log();
  EXPECT_EQ(Found[0]["range"]["start"]["line"], 3);
  std::string Text = Found[0].dump();
  EXPECT_NE(Text.find("it ends in 'fsync'"), std::string::npos) << Text;
  EXPECT_NE(Text.find("store.cpp\"},\"message\":\"Which waits in"), std::string::npos) << Text;
  EXPECT_EQ(E.shutdown(), 0) << E.log();
}

} // namespace
} // namespace abide::test

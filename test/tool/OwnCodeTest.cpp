// The analyser on the runtime and on the examples of its pages: it has nothing to say.
#include "Project.h"

namespace abide::test {
namespace {

TEST(OwnCode, OfTheRuntimeHasNoFindings) {
  const fs::path Root = ABIDE_SOURCE_DIR;
  std::vector<std::string> Args = {ABIDE_BIN "/abide", "check", "--quiet", "--checks=-*,async-*"};
  for (const fs::path &Path : filesUnder(Root / "docs/examples/runtime", {".cpp"}))
    Args.push_back(Path.string());
  // Who has coroutines, callbacks and threads; and what the examples could wait for.
  for (const char *Name : {"connect", "loop", "run", "server", "subprocess", "task_group"})
    Args.push_back((Root / "runtime/src" / Name).string() + ".cpp");
  Args.insert(Args.end(), {"--", "-std=c++20", "-I", (Root / "runtime/include").string()});
  ProcessOptions Patient;
  Patient.Timeout = std::chrono::seconds(280);
  ProcessResult Result = run(Args, Patient);
  EXPECT_EQ(Result.ExitCode, Clean) << Result.describe();
}

} // namespace
} // namespace abide::test

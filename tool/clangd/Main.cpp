//===- Main.cpp - abide-clangd: the stock clangd with our checks in it ----===//
//
// Everything but three defaults is clangd's own: our checks count as fast, the recommended ones are
// on, and the resource directory is that of the Clang it was built from.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "HostCompat.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace clang;
using namespace llvm;

/// Our list goes in front of what the user's files say, so that they narrow and widen it as they do
/// clangd's own defaults ("-async-blocking-call", "-*,bugprone-*").
static void addRecommendedChecks(tidy::ClangTidyOptions &Options, StringRef File) {
  static const clangd::TidyProvider Stock = __real__ZN5clang6clangd20provideDefaultChecksEv();
  static const std::string Ours = [] {
    std::string Globs = abide::recommendedChecks();
    StringRef Rest = Globs;
    Rest.consume_front("-*,");
    return Rest.str();
  }();
  Stock(Options, File);
  std::string Checks = Options.Checks.value_or("");
  Options.Checks = Checks.empty() ? Ours : Ours + "," + Checks;
}

clangd::TidyProvider __wrap__ZN5clang6clangd20provideDefaultChecksEv() {
  return addRecommendedChecks;
}

std::optional<bool> __wrap__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE(StringRef Check) {
  if (Check.starts_with("async-"))
    return true;
  return __real__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE(Check);
}

/// The archives of the remote index need gRPC and Protocol Buffers, which an analyser should not
/// drag in: say so instead of connecting.
std::unique_ptr<clangd::SymbolIndex> clangd::remote::getClient(StringRef Address, StringRef) {
  errs() << "abide-clangd: cannot connect to the remote index '" << Address
         << "': built without it; use the background index or the stock clangd\n";
  return nullptr;
}

/// clangd looks for the builtin headers beside its executable, where only the stock one has them.
/// The option becomes repeatable: whatever the user says later (flag, CLANGD_FLAGS, response file)
/// replaces this default.
static void setDefaultResourceDir() {
  if (!sys::fs::is_directory(ABIDE_RESOURCE_DIR))
    return;
  cl::Option *ResourceDir = cl::getRegisteredOptions().lookup("resource-dir");
  assert(ResourceDir && "clangd has --resource-dir");
  ResourceDir->setNumOccurrencesFlag(cl::ZeroOrMore);
  ResourceDir->addOccurrence(0, "resource-dir", ABIDE_RESOURCE_DIR);
}

int main(int Argc, char *Argv[]) {
  setDefaultResourceDir();
  return clangd::clangdMain(Argc, Argv);
}

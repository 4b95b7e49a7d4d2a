//===- CacheCommand.cpp - abide cache -------------------------------------===//

#include "CacheFiles.h"
#include "Commands.h"
#include "Console.h"
#include "UnitCache.h"
#include "llvm/Support/Format.h"

using namespace llvm;

namespace abide {
namespace {

std::string megabytes(std::uint64_t Bytes) {
  std::string Text;
  raw_string_ostream(Text) << format("%.1f MiB", double(Bytes) / (1 << 20));
  return Text;
}

/// Where the cache is that Options mean.
Expected<std::string> locate(const CliOptions &Options) {
  std::string BuildDir;
  if (Options.CacheDir.empty()) {
    Expected<std::string> Found = findBuildDir(Options);
    if (!Found)
      return Found;
    BuildDir = std::move(*Found);
  }
  std::string Directory = cacheDirectory(Options, BuildDir);
  if (Directory.empty())
    return make_error<UsageError>("no compile_commands.json here or above; name the build "
                                  "directory with '-p', or the cache with '--cache-dir'");
  return Directory;
}

} // namespace

int runCache(const CliOptions &Options) {
  Expected<std::string> Directory = locate(Options);
  if (!Directory) {
    Console(false).error(toString(Directory.takeError()));
    return ExitUsage;
  }
  if (std::error_code EC = cannotRead(*Directory)) {
    Console(false).error("cannot read '" + *Directory + "': " + EC.message());
    return ExitIncomplete;
  }
  if (Options.ClearCache) {
    Expected<std::uint64_t> Freed = clearCache(*Directory);
    if (!Freed) {
      Console(false).error(toString(Freed.takeError()));
      return ExitIncomplete;
    }
    outs() << "removed " << megabytes(*Freed) << " from '" << *Directory << "'\n";
    return finishOutput();
  }
  std::shared_ptr<Cache> Kept =
      openCache(Options, /*BuildDir=*/sys::path::parent_path(*Directory).str());
  const CacheStat S = Kept ? Kept->stat() : CacheStat();
  outs() << *Directory << ": " << counted(S.Units, "result") << " that "
         << counted(S.Inputs, "path") << " decide, " << megabytes(S.Bytes) << " in "
         << counted(S.Files, "file");
  if (S.OtherBytes)
    outs() << ", and " << megabytes(S.OtherBytes) << " of other builds of abide";
  outs() << "\n";
  for (const std::string &Note : Kept ? Kept->notes() : std::vector<std::string>())
    Console(false).note(Note);
  return finishOutput();
}

} // namespace abide

//===- Output.cpp - Files that a run writes at its end --------------------===//

#include "Output.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <unistd.h>

using namespace llvm;

namespace abide {

Expected<Output> Output::open(const std::string &Path) {
  Output Out;
  Out.Path = Path;
  if (Path.empty() || Path == "-")
    return Out;
  std::error_code EC =
      sys::fs::openFileForWrite(Path, Out.Descriptor, sys::fs::CD_OpenAlways, sys::fs::OF_Append);
  if (EC)
    return createStringError(EC, "cannot write '" + Path + "': " + EC.message());
  return Out;
}

Error Output::write(StringRef Text) {
  if (isFile() && ftruncate(Descriptor, 0) != 0) {
    // A device has no length to cut.
  }
  raw_fd_ostream OS(isFile() ? Descriptor : STDOUT_FILENO, /*shouldClose=*/false);
  OS << Text;
  OS.flush();
  std::error_code EC = OS.error();
  OS.clear_error();
  if (isFile() && ::close(Descriptor) != 0 && !EC)
    EC = std::error_code(errno, std::generic_category());
  if (EC)
    return createStringError(EC, "cannot write " +
                                     (isFile() ? "'" + Path + "'" : std::string("the report")) +
                                     ": " + EC.message());
  return Error::success();
}

} // namespace abide

//===- Output.h - Where a report goes --------------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_OUTPUT_H
#define ABIDE_TOOL_CLI_OUTPUT_H

#include "llvm/Support/Error.h"
#include <string>

namespace abide {

/// Where the report goes. Opened before the work: nobody should wait for minutes to learn of a
/// mistyped path. What an earlier run left there stays until the new report is ready.
class Output {
public:
  /// Standard output when Path is empty or "-".
  static llvm::Expected<Output> open(const std::string &Path);

  bool isFile() const { return Descriptor >= 0; }

  llvm::Error write(llvm::StringRef Text);

private:
  std::string Path;
  int Descriptor = -1;
};

} // namespace abide

#endif

//===- Output.h - Files that a run writes at its end -----------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_OUTPUT_H
#define ABIDE_TOOL_CLI_OUTPUT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace abide {

/// Where the report goes. Opened before the analysis: nobody should wait for minutes to learn of a
/// mistyped path. What an earlier run left there stays until the new report is ready.
class Output {
public:
  /// An empty path and "-" mean standard output.
  static llvm::Expected<Output> open(const std::string &Path);

  bool isFile() const { return Descriptor >= 0; }
  llvm::Error write(llvm::StringRef Text);

private:
  std::string Path;
  int Descriptor = -1;
};

} // namespace abide

#endif

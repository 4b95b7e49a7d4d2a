//===- AnalyseTu.h - One translation unit, from command to findings -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_ANALYSETU_H
#define ABIDE_TOOL_CLI_ANALYSETU_H

#include "CompileCommands.h"
#include "Configuration.h"

namespace abide {

/// What a worker has to say about one translation unit.
struct TuResult {
  std::vector<Finding> Findings;
  std::vector<Failure> Failures;
  std::vector<std::string> Notes;
};

/// Parses Unit and runs the checks that its configuration enables.
TuResult analyse(const TranslationUnit &Unit, Configuration &Config);

} // namespace abide

#endif

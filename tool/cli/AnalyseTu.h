//===- AnalyseTu.h - One translation unit, from command to findings -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_ANALYSETU_H
#define ABIDE_TOOL_CLI_ANALYSETU_H

#include "CompileCommands.h"
#include "Configuration.h"
#include "TuResult.h"
#include <memory>

namespace abide {

/// Parses Unit and runs the checks that its configuration enables, knowing of other units what
/// Others says. SharedHeader is a precompiled header that the unit may use, or empty.
TuResult analyse(const TranslationUnit &Unit, Configuration &Config,
                 std::shared_ptr<const Facts> Others, llvm::StringRef SharedHeader);

} // namespace abide

#endif

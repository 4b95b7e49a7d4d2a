//===- Commands.h - The commands of abide ----------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_COMMANDS_H
#define ABIDE_TOOL_CLI_COMMANDS_H

#include "Options.h"
#include "Report.h"

namespace abide {

/// abide check. Arguments are those of the user, for the report.
int runCheckCommand(const CliOptions &Options, std::vector<std::string> Arguments);

/// abide cache: what is kept for the next run, or no more.
int runCache(const CliOptions &Options);

/// abide list-checks: id, default and summary of each.
int runListChecks();

/// abide explain: the page of one check, which may be given by id or slug.
int runExplain(const CliOptions &Options);

/// abide trace: a page of what tasks did.
int runTrace(const CliOptions &Options);

/// The exit code of a command that has written its answer to standard output: a full pipe or disk
/// must not pass for success.
int finishOutput();

/// What reports tell about the checks.
std::vector<RuleInfo> ruleInfos();

} // namespace abide

#endif

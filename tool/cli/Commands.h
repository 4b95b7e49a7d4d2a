//===- Commands.h - The commands of abide ----------------------*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_COMMANDS_H
#define ABIDE_TOOL_CLI_COMMANDS_H

#include "Options.h"
#include "Report.h"

namespace abide {

/// abide check and abide link, which differ in where the results of the units come from. Arguments
/// are those of the user, for the report.
int runCheckCommand(const CliOptions &Options, std::vector<std::string> Arguments);

/// abide cache: what is kept for the next run, or no more.
int runCache(const CliOptions &Options);

/// abide summarize: the record of one source.
int runSummarize(const CliOptions &Options);

/// abide tell: what each record has to know of the others.
int runTell(const CliOptions &Options);

/// abide commands: the compilation database in pieces, each left alone when it has not changed.
int runCommands(const CliOptions &Options);

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

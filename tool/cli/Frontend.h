//===- Frontend.h - Clang's parser on the command of a unit ----*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_FRONTEND_H
#define ABIDE_TOOL_CLI_FRONTEND_H

#include "CompileCommands.h"
#include "Configuration.h"
#include "clang/Frontend/CompilerInvocation.h"
#include "clang/Frontend/FrontendAction.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace abide {

/// The command with which our parser reads the unit; the file is its last word. Adds to Notes what
/// the user should know of it.
std::vector<std::string> parserCommand(const TranslationUnit &Unit,
                                       const clang::tidy::ClangTidyOptions &Options,
                                       std::vector<std::string> &Notes);

using ActionMaker =
    llvm::function_ref<std::unique_ptr<clang::FrontendAction>(clang::CompilerInvocation &)>;

/// Runs the action that Make returns on the command, understood in Directory. Bodies of functions
/// are skipped where the action's consumer agrees. Make may still change the invocation. Inputs are
/// the files that were read. False when there were errors.
bool runFrontend(std::vector<std::string> Command, const std::string &Directory,
                 clang::DiagnosticConsumer &Diags, ActionMaker Make,
                 std::vector<std::string> *Notes = nullptr,
                 std::vector<std::string> *Inputs = nullptr);

} // namespace abide

#endif

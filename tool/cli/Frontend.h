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
/// the user should know of it. Files are seen from the unit's directory.
std::vector<std::string> parserCommand(const TranslationUnit &Unit,
                                       const clang::tidy::ClangTidyOptions &Options,
                                       llvm::vfs::FileSystem &Files,
                                       std::vector<std::string> &Notes);

using ActionMaker =
    llvm::function_ref<std::unique_ptr<clang::FrontendAction>(clang::CompilerInvocation &)>;

/// Runs the action that Make returns on the command, with Files as seen from its directory. Bodies
/// of functions are skipped where the action's consumer agrees. Make may still change the
/// invocation. False when there were errors.
bool runFrontend(std::vector<std::string> Command,
                 llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> Files,
                 clang::DiagnosticConsumer &Diags, ActionMaker Make,
                 std::vector<std::string> *Notes = nullptr);

} // namespace abide

#endif

//===- CommandLine.h - Compile commands made fit for our parser -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_COMMANDLINE_H
#define ABIDE_TOOL_CLI_COMMANDLINE_H

#include "llvm/Support/VirtualFileSystem.h"
#include <string>
#include <vector>

namespace abide {

/// A compile command whose arguments this Clang can honour, and what was lost on the way.
struct CleanCommand {
  std::vector<std::string> Args;
  std::vector<std::string> Notes; ///< For the user; the same flag gives the same words everywhere.
};

/// Takes away what only the original compiler or only code generation needs: flags of gcc that
/// Clang does not know, modules of other compilers, output and dependency files, plugins, -Werror.
/// The result checks syntax only, without Clang's own warnings if Quiet. Relative paths in Args are
/// relative to the working directory of FS.
CleanCommand cleanCommand(std::vector<std::string> Args, const std::string &File,
                          llvm::vfs::FileSystem &FS, bool Quiet);

/// Turns the -I of every directory at or below one of Roots into -isystem. Paths in Args are
/// relative to Directory, Roots are absolute.
void treatAsSystem(std::vector<std::string> &Args, const std::string &Directory,
                   const std::vector<std::string> &Roots);

} // namespace abide

#endif

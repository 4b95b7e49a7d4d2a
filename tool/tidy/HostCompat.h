//===- HostCompat.h - clang-tidy's headers, for LLVM 19 and 22 -*- C++ -*-===//
//
// The only file of tool/ that may look at LLVM_VERSION_MAJOR.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_TIDY_HOSTCOMPAT_H
#define ABIDE_TOOL_TIDY_HOSTCOMPAT_H

#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/ClangTidyDiagnosticConsumer.h"
#include "clang-tidy/ClangTidyModule.h"
#include "llvm/Config/llvm-config.h"
#if LLVM_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

#endif

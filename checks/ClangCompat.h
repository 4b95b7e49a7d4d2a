//===- ClangCompat.h - The differences between LLVM 19 and 22 --*- C++ -*-===//
//
// The only file of checks/ that may look at LLVM_VERSION_MAJOR.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_CLANGCOMPAT_H
#define ABIDE_CHECKS_CLANGCOMPAT_H

#include "llvm/Config/llvm-config.h"

#endif

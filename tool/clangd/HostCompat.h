//===- HostCompat.h - The seams of clangd, for LLVM 19 and 22 --*- C++ -*-===//
//
// clangd ships no headers: this declares the functions of its archives that abide-clangd calls,
// defines or wraps, as the archives of each version have them.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_CLANGD_HOSTCOMPAT_H
#define ABIDE_TOOL_CLANGD_HOSTCOMPAT_H

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/ADT/FunctionExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include <memory>
#include <optional>

namespace clang::clangd {

int clangdMain(int Argc, char *Argv[]);

/// Only the destructor is known here: enough to return a null std::unique_ptr.
class SymbolIndex {
public:
  virtual ~SymbolIndex();
};

namespace remote {
/// Null when the remote index cannot be had.
std::unique_ptr<SymbolIndex> getClient(llvm::StringRef Address, llvm::StringRef IndexRoot);
} // namespace remote

#if LLVM_VERSION_MAJOR < 22
using TidyProvider = llvm::function_ref<void(tidy::ClangTidyOptions &, llvm::StringRef)>;
#else
using TidyProvider = llvm::unique_function<void(tidy::ClangTidyOptions &, llvm::StringRef) const>;
#endif

} // namespace clang::clangd

// The linker's --wrap sends every call of FUNCTION to __wrap_FUNCTION; __real_FUNCTION is the
// original. The names are the mangled ones of the two functions that CMakeLists.txt wraps.
extern "C" {

/// clang::clangd::isFastTidyCheck: whether the default FastCheckFilter lets a check run. Unknown
/// checks give no value and are dropped.
std::optional<bool>
__wrap__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE(llvm::StringRef Check);
std::optional<bool>
__real__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE(llvm::StringRef Check);

/// clang::clangd::provideDefaultChecks: the last of the providers of options. It sets Checks when
/// no .clang-tidy file and no clangd configuration did.
clang::clangd::TidyProvider __wrap__ZN5clang6clangd20provideDefaultChecksEv();
clang::clangd::TidyProvider __real__ZN5clang6clangd20provideDefaultChecksEv();
}

#endif

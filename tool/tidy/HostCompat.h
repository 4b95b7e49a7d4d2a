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
#include "clang/Frontend/TextDiagnosticPrinter.h"
#include "llvm/Config/llvm-config.h"
#if LLVM_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/Driver/Options.h"
#else
#include "clang/Options/Options.h"
#endif

namespace abide {

#if LLVM_VERSION_MAJOR < 22
namespace driver_options = clang::driver::options;
inline const llvm::opt::OptTable &driverOptionTable() { return clang::driver::getDriverOptTable(); }
using DiagnosticOptionsPtr = llvm::IntrusiveRefCntPtr<clang::DiagnosticOptions>;
#else
namespace driver_options = clang::options;
inline const llvm::opt::OptTable &driverOptionTable() { return clang::getDriverOptTable(); }
using DiagnosticOptionsPtr = std::unique_ptr<clang::DiagnosticOptions>;
#endif

/// A diagnostics engine that owns its options, over a consumer that it does not own.
class OwningEngine {
public:
  OwningEngine(DiagnosticOptionsPtr Opts, clang::DiagnosticConsumer &Consumer)
      : Options(std::move(Opts)),
#if LLVM_VERSION_MAJOR < 22
        Engine(new clang::DiagnosticIDs, Options, &Consumer, /*ShouldOwnClient=*/false) {
  }
#else
        Engine(clang::DiagnosticIDs::create(), *Options, &Consumer, /*ShouldOwnClient=*/false) {
  }
#endif

  clang::DiagnosticsEngine &engine() { return Engine; }

private:
  DiagnosticOptionsPtr Options;
  clang::DiagnosticsEngine Engine;
};

/// Clang's own way to print diagnostics to a stream.
class TextPrinter {
public:
  TextPrinter(llvm::raw_ostream &OS, bool Colour)
      : Options(optionsWith(Colour)),
#if LLVM_VERSION_MAJOR < 22
        Printer(OS, Options.get()),
#else
        Printer(OS, *Options),
#endif
        Owned(optionsWith(Colour), Printer) {
  }

  clang::DiagnosticConsumer &consumer() { return Printer; }
  clang::DiagnosticsEngine &engine() { return Owned.engine(); }

private:
  static DiagnosticOptionsPtr optionsWith(bool Colour) {
    DiagnosticOptionsPtr Options(new clang::DiagnosticOptions);
    Options->ShowColors = Colour;
    return Options;
  }
  DiagnosticOptionsPtr Options;
  clang::TextDiagnosticPrinter Printer;
  OwningEngine Owned;
};

/// Gives the context the engine that checks report to; the engine must outlive it.
inline void setEngine(clang::tidy::ClangTidyContext &Context, clang::DiagnosticsEngine &Engine) {
#if LLVM_VERSION_MAJOR < 22
  Context.setDiagnosticsEngine(&Engine);
#else
  Context.setDiagnosticsEngine(nullptr, &Engine);
#endif
}

/// The compiler arguments that a .clang-tidy file takes away; 19 has no such key.
inline std::vector<std::string> removedArgs(const clang::tidy::ClangTidyOptions &Options) {
#if LLVM_VERSION_MAJOR < 22
  return {};
#else
  return Options.RemovedArgs.value_or(std::vector<std::string>{});
#endif
}

} // namespace abide

#endif

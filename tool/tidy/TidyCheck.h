//===- TidyCheck.h - Any check of ours as a clang-tidy check ---*- C++ -*-===//
//
// The one adapter between the analysis and hosts that speak clang-tidy: the plugin, clangd and the
// CLI. All checks of one translation unit share one model.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_TIDY_TIDYCHECK_H
#define ABIDE_TOOL_TIDY_TIDYCHECK_H

#include "Check.h"
#include "HostCompat.h"
#include <memory>

namespace abide {

class TuModel;

/// Builds the model of a TU, or returns the one that a living check of the same TU and vocabulary
/// already holds. A user's vocabulary that cannot be read is reported through Context as a
/// configuration error, and the embedded one is used.
std::shared_ptr<const TuModel> modelFor(clang::ASTContext &Ast,
                                        clang::tidy::ClangTidyContext &Context);

/// Runs one check over a model, options and findings going through clang-tidy's context.
void runTidyCheck(const Check &C, const TuModel &Model, clang::tidy::ClangTidyContext &Context);

/// Gives a host the factories of all checks. They capture nothing of the module: clangd drops it.
void addTidyCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories);

} // namespace abide

#endif

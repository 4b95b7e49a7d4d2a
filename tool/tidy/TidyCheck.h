//===- TidyCheck.h - Any check of ours as a clang-tidy check ---*- C++ -*-===//
//
// The one adapter between the analysis and hosts that speak clang-tidy: the plugin, clangd and the
// CLI. All checks of one translation unit share one model.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_TIDY_TIDYCHECK_H
#define ABIDE_TOOL_TIDY_TIDYCHECK_H

#include "Check.h"
#include "Facts.h"
#include "HostCompat.h"
#include <memory>

namespace abide {

class TuModel;
struct UnitSummary;

/// Builds the model of a TU, or returns the one that a living check of the same TU already holds.
/// Others is what is known of other units; null: what the option "async.Facts" names. A user's
/// vocabulary or facts that cannot be read are reported through Context as a configuration error,
/// and the analysis goes on without.
std::shared_ptr<const TuModel> modelFor(clang::ASTContext &Ast,
                                        clang::tidy::ClangTidyContext &Context,
                                        std::shared_ptr<const Facts> Others = nullptr);

/// Runs one check over a model, options and findings going through clang-tidy's context.
void runTidyCheck(const Check &C, const TuModel &Model, clang::tidy::ClangTidyContext &Context);

/// Adds what the check has to tell other units.
void summarizeFor(const Check &C, const TuModel &Model, clang::tidy::ClangTidyContext &Context,
                  UnitSummary &Shows);

/// Adds what the bodies of the unit tell other units, whichever checks are on.
void showBodies(const TuModel &Model, UnitSummary &Shows);

/// Gives a host the factories of all checks. They capture nothing of the module: clangd drops it.
void addTidyCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories);

} // namespace abide

#endif

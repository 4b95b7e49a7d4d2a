//===- Elsewhere.h - Functions whose bodies other units show ---*- C++ -*-===//
//
// What a unit tells of its functions and asks of those of others goes by keys that are the same in
// all of them.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_ELSEWHERE_H
#define ABIDE_CHECKS_MODEL_ELSEWHERE_H

#include "model/TuModel.h"

namespace abide {

/// What a call through a virtual function runs: this function, or whatever overrides it.
std::string dispatchKeyOf(const clang::CXXMethodDecl &F);

/// By which key other units tell what the call runs; empty where the body is here, in a library, or
/// nowhere.
std::string elsewhereKey(const TuModel &Model, const CallSite &Site);

/// What other units tell of a function and one of its arguments; null for nothing.
const Fact *factOf(const TuModel &Model, llvm::StringRef Key, Trait What, unsigned Argument);

/// A place, and what is called there.
ChainCall placed(const TuModel &Model, clang::SourceLocation Loc, std::string Name);

/// The summary of a body, still empty; without a key if nobody else can mean this function.
FunctionSummary summaryHead(const TuModel &Model, const FunctionFacts &F);

/// Tells of what no check has options for: which bodies there are, which virtual functions they
/// override, and what they do with their arguments. And asks what matters to more than one check.
void summarizeBodies(const TuModel &Model, UnitSummary &Out);

} // namespace abide

#endif

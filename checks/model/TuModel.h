//===- TuModel.h - The facts of one translation unit -----------*- C++ -*-===//
//
// Built once per AST, read by every rule, changed by none.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_TUMODEL_H
#define ABIDE_CHECKS_MODEL_TUMODEL_H

#include "model/CoroutineTypes.h"
#include "model/Flow.h"
#include "model/Functions.h"
#include "model/Names.h"

namespace abide {

class TuModel {
public:
  TuModel(clang::ASTContext &Ast, std::shared_ptr<const Vocabulary> V, Scope Seen)
      : Ast(Ast), V(std::move(V)), Seen(Seen), Names(*this->V), Types(Ast, Names),
        Bodies(Ast, Types) {}

  clang::ASTContext &ast() const { return Ast; }
  const Vocabulary &vocabulary() const { return *V; }
  /// Rules that argue from absence stand down where only the main file is seen.
  Scope scope() const { return Seen; }
  const NameLookup &names() const { return Names; }
  const CoroutineTypes &types() const { return Types; }
  const Functions &functions() const { return Bodies; }
  /// The paths of a function, built when they are first asked for; null where there are none (see
  /// FunctionFlow::build).
  const FunctionFlow *flow(const FunctionFacts &F) const {
    auto [Slot, Inserted] = Flows.try_emplace(&F);
    if (Inserted)
      Slot->second = FunctionFlow::build(F, Ast);
    return Slot->second.get();
  }

private:
  clang::ASTContext &Ast;
  std::shared_ptr<const Vocabulary> V;
  Scope Seen;
  NameLookup Names;
  CoroutineTypes Types;
  Functions Bodies;
  mutable llvm::DenseMap<const FunctionFacts *, std::unique_ptr<FunctionFlow>> Flows;
};

} // namespace abide

#endif

//===- TuModel.h - The facts of one translation unit -----------*- C++ -*-===//
//
// Built once per AST, read by every rule, changed by none.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_TUMODEL_H
#define ABIDE_CHECKS_MODEL_TUMODEL_H

#include "Facts.h"
#include "model/CoroutineTypes.h"
#include "model/Flow.h"
#include "model/Functions.h"
#include "model/Names.h"

namespace abide {

class Threads;

class TuModel {
public:
  /// Others: what is known of functions whose bodies are in other units; null for nothing.
  TuModel(clang::ASTContext &Ast, std::shared_ptr<const Vocabulary> V,
          std::shared_ptr<const Facts> Others = nullptr);
  ~TuModel();

  clang::ASTContext &ast() const { return Ast; }
  const Vocabulary &vocabulary() const { return *V; }
  const NameLookup &names() const { return Names; }
  const CoroutineTypes &types() const { return Types; }
  const Functions &functions() const { return Bodies; }
  bool hasFacts() const { return Others && !Others->empty(); }
  /// What a function that has no body here does, by its elsewhereKey().
  llvm::ArrayRef<Fact> factsOf(llvm::StringRef Key) const;

  // Built when they are first asked for.

  /// The paths of a function; null where there are none (see FunctionFlow::build).
  const FunctionFlow *flow(const FunctionFacts &F) const;
  const Threads &threads() const;

private:
  clang::ASTContext &Ast;
  std::shared_ptr<const Vocabulary> V;
  std::shared_ptr<const Facts> Others;
  NameLookup Names;
  CoroutineTypes Types;
  Functions Bodies;
  mutable llvm::DenseMap<const FunctionFacts *, std::unique_ptr<FunctionFlow>> Flows;
  mutable std::unique_ptr<const Threads> Where;
};

} // namespace abide

#endif

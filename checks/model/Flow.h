//===- Flow.h - Paths through one function ---------------------*- C++ -*-===//
//
// A thin layer over Clang's CFG: where an expression stands, and what can happen after it. All
// rules that argue about paths share it.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_FLOW_H
#define ABIDE_CHECKS_MODEL_FLOW_H

#include "model/Functions.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <memory>

namespace abide {

enum class Path : unsigned char { Continue, Stop };

class FunctionFlow {
public:
  /// Null when Clang cannot build the CFG, for the pattern of a template, and in a TU with errors.
  static std::unique_ptr<FunctionFlow> build(const FunctionFacts &F, clang::ASTContext &Ast);

  /// Whether the expression stands on some path of this function.
  bool contains(const clang::Expr *E) const { return Positions.count(positionOf(E)); }

  /// Visits what is evaluated after From, on every path, each element at most once. Visit ends a
  /// path with Stop. Returns whether a path that was not stopped reaches the normal end of the
  /// function; paths that end in a throw or a noreturn call do not count. From must be contained.
  bool forward(const clang::Expr *From, llvm::function_ref<Path(const clang::Stmt *)> Visit) const;
  /// The same from the beginning of the function.
  bool fromEntry(llvm::function_ref<Path(const clang::Stmt *)> Visit) const;

private:
  struct Position {
    const clang::CFGBlock *Block;
    unsigned Index;
  };

  const clang::Stmt *positionOf(const clang::Expr *E) const;
  bool walk(Position Start, llvm::function_ref<Path(const clang::Stmt *)> Visit) const;

  std::unique_ptr<clang::CFG> Graph;
  llvm::DenseMap<const clang::Stmt *, Position> Positions;
};

} // namespace abide

#endif

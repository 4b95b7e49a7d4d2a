//===- Flow.cpp - Paths through one function ------------------------------===//

#include "model/Flow.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace abide {

std::unique_ptr<FunctionFlow> FunctionFlow::build(const FunctionFacts &F, ASTContext &Ast) {
  // Code with errors has holes that the CFG does not expect.
  if (!F.Decl || F.Dependent || F.Decl->isInvalidDecl() ||
      Ast.getDiagnostics().hasUncompilableErrorOccurred())
    return nullptr;
  CFG::BuildOptions Options;
  Options.AddImplicitDtors = true;
  Options.AddTemporaryDtors = true;
  Options.AddInitializers = true;
  Options.setAllAlwaysAdd();
  auto Flow = std::make_unique<FunctionFlow>();
  Flow->Graph = CFG::buildCFG(F.Decl, const_cast<Stmt *>(F.Body), &Ast, Options);
  if (!Flow->Graph)
    return nullptr;
  for (const CFGBlock *Block : *Flow->Graph)
    for (unsigned I = 0; I < Block->size(); ++I)
      if (auto S = (*Block)[I].getAs<CFGStmt>())
        Flow->Positions.try_emplace(S->getStmt(), Position{Block, I});
  return Flow;
}

/// The CFG leaves some wrappers out: take the outermost expression that it kept.
const Stmt *FunctionFlow::positionOf(const Expr *E) const {
  while (E && !Positions.count(E)) {
    const Expr *Inner = nullptr;
    if (const auto *Full = dyn_cast<FullExpr>(E))
      Inner = Full->getSubExpr();
    else if (const auto *Cast = dyn_cast<CastExpr>(E))
      Inner = Cast->getSubExpr();
    else if (const auto *Paren = dyn_cast<ParenExpr>(E))
      Inner = Paren->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      Inner = Temporary->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E))
      Inner = Bind->getSubExpr();
    E = Inner;
  }
  return E;
}

bool FunctionFlow::forward(const Expr *From, llvm::function_ref<Path(const Stmt *)> Visit) const {
  Position Start = Positions.lookup(positionOf(From));
  return walk({Start.Block, Start.Index + 1}, Visit);
}

bool FunctionFlow::fromEntry(llvm::function_ref<Path(const Stmt *)> Visit) const {
  return walk({&Graph->getEntry(), 0}, Visit);
}

bool FunctionFlow::walk(Position Start, llvm::function_ref<Path(const Stmt *)> Visit) const {
  bool ReachesEnd = false;
  llvm::SmallVector<Position, 16> Pending{Start};
  llvm::SmallPtrSet<const CFGBlock *, 16> Entered;
  while (!Pending.empty()) {
    auto [Block, Index] = Pending.pop_back_val();
    bool Stopped = Block->hasNoReturnElement();
    for (; Index < Block->size(); ++Index)
      if (auto S = (*Block)[Index].getAs<CFGStmt>()) {
        Stopped |= isa<CXXThrowExpr>(S->getStmt());
        if (Visit(S->getStmt()) == Path::Stop) {
          Stopped = true;
          break;
        }
      }
    if (Stopped)
      continue;
    ReachesEnd |= Block == &Graph->getExit();
    for (const CFGBlock *Next : Block->succs())
      if (Next && Entered.insert(Next).second)
        Pending.push_back({Next, 0});
  }
  return ReachesEnd;
}

} // namespace abide

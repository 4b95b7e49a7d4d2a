//===- Frames.cpp - What lives in the frame of a coroutine ----------------===//

#include "model/Frames.h"
#include "model/Handles.h"

using namespace clang;
using namespace llvm;

namespace abide {

static const Stmt *loopAround(const FunctionFlow &Flow, const Stmt *S, const Stmt *Outermost) {
  const Stmt *Found = nullptr;
  for (; S && S != Outermost; S = Flow.parent(S))
    if (isa<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(S))
      Found = S;
  return Found;
}

/// Whether the local is alive at the suspension, and not just in scope.
static bool isAliveAt(const FunctionFlow &Flow, const LocalFacts &Local, const Stmt *Declares,
                      const Suspension &S, const SourceManager &Sources) {
  const Stmt *Scope = Flow.parent(Declares);
  if (!Scope || !Flow.isInside(S.Expr, Scope) || Flow.isInside(S.Expr, Declares) ||
      Sources.isBeforeInTranslationUnit(S.Expr->getBeginLoc(), Declares->getBeginLoc()))
    return false;
  if (Local.Decl->getType().isDestructedType())
    return true;
  const Stmt *Loop = loopAround(Flow, S.Expr, Scope);
  return any_of(Local.Uses, [&](const VarUse &Use) {
    return Sources.isBeforeInTranslationUnit(S.Expr->getBeginLoc(), Use.Ref->getBeginLoc()) ||
           (Loop && Flow.isInside(Use.Ref, Loop));
  });
}

static uint64_t sizeOf(const ASTContext &Ast, QualType T) {
  if (T->isReferenceType() || T->isDependentType() || T->isIncompleteType() ||
      T->isUndeducedType() || T->isSizelessType() || T->isVariablyModifiedType())
    return 0;
  return Ast.getTypeSizeInChars(T).getQuantity();
}

FrameEstimate estimateFrame(const TuModel &Model, const FunctionFacts &F) {
  FrameEstimate Largest;
  const FunctionFlow *Flow = F.Suspensions.empty() ? nullptr : Model.flow(F);
  if (!Flow)
    return Largest;
  const ASTContext &Ast = Model.ast();
  SmallVector<FrameVariable, 8> Parameters;
  for (const ParmVarDecl *P : F.Decl->parameters())
    if (uint64_t Bytes = sizeOf(Ast, P->getType()))
      Parameters.push_back({P, Bytes});
  SmallVector<std::pair<const LocalFacts *, const Stmt *>, 16> Locals;
  anyStatement(F.Body, [&](const Stmt *S) {
    const auto *Declares = dyn_cast<DeclStmt>(S);
    if (!Declares)
      return false;
    for (const Decl *D : Declares->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->hasLocalStorage())
        if (const LocalFacts *Facts = Model.functions().local(Var))
          Locals.push_back({Facts, S});
    return false;
  });
  for (const Suspension &S : F.Suspensions) {
    FrameEstimate Here{0, &S, Parameters};
    for (auto [Local, Declares] : Locals)
      if (uint64_t Bytes = sizeOf(Ast, Local->Decl->getType());
          Bytes && isAliveAt(*Flow, *Local, Declares, S, Ast.getSourceManager()))
        Here.Alive.push_back({cast<VarDecl>(Local->Decl), Bytes});
    for (const FrameVariable &V : Here.Alive)
      Here.Bytes += V.Bytes;
    if (Here.Bytes > Largest.Bytes)
      Largest = std::move(Here);
  }
  llvm::stable_sort(Largest.Alive, [](const FrameVariable &A, const FrameVariable &B) {
    return A.Bytes > B.Bytes;
  });
  return Largest;
}

} // namespace abide

//===- Correlation.cpp - Decisions that exclude each other ----------------===//

#include "model/Correlation.h"

using namespace clang;
using namespace llvm;

namespace abide {

using Variables = DenseSet<const ValueDecl *>;

/// Of `options.verbose` only the member: the other members decide about other things.
static void mentioned(const Stmt *S, Variables &Out) {
  SmallVector<const Stmt *, 16> Pending{S};
  while (!Pending.empty()) {
    const Stmt *At = Pending.pop_back_val();
    if (!At)
      continue;
    const auto *Member = dyn_cast<MemberExpr>(At);
    if (Member && isa<FieldDecl>(Member->getMemberDecl())) {
      Out.insert(Member->getMemberDecl());
      continue;
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(At); Ref && isa<VarDecl>(Ref->getDecl()))
      Out.insert(Ref->getDecl());
    Pending.append(At->child_begin(), At->child_end());
  }
}

/// What the conditions around S, loops apart, depend on. One that is around Beside too lets both
/// happen: should the path ask it again, it is among the path's own.
static void decidedBy(const FunctionFlow &Flow, const Stmt *S, const Stmt *Beside, Variables &Out) {
  for (const Stmt *P = Flow.parent(S); P; P = Flow.parent(P)) {
    if (Beside && Flow.isInside(Beside, P))
      return;
    if (const auto *If = dyn_cast<IfStmt>(P))
      mentioned(If->getCond(), Out);
    else if (const auto *Choice = dyn_cast<ConditionalOperator>(P))
      mentioned(Choice->getCond(), Out);
    else if (const auto *Switch = dyn_cast<SwitchStmt>(P))
      mentioned(Switch->getCond(), Out);
  }
}

bool isLoopCondition(const FunctionFlow &Flow, const Stmt *Condition) {
  const Stmt *S = Flow.parent(Condition);
  while (isa_and_nonnull<Expr>(S))
    S = Flow.parent(S);
  return isa_and_nonnull<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(S);
}

ArrayRef<FlowStep> since(const TuModel &Model, const FunctionFlow &Flow, const Stmt *First,
                         ArrayRef<FlowStep> Path) {
  auto IsAround = [&](const FlowStep &S) {
    const Stmt *Decides = S.S;
    while (isa_and_nonnull<Expr>(Decides))
      Decides = Flow.parent(Decides);
    return !S.Threw && Decides && Flow.isInside(First, Decides);
  };
  for (size_t I = Path.size(); I-- > 0;)
    if (IsAround(Path[I]))
      return Path.drop_front(I + 1);
  const SourceManager &Sources = Model.ast().getSourceManager();
  return Path.drop_while([&](const FlowStep &S) {
    return Sources.isBeforeInTranslationUnit(S.S->getBeginLoc(), First->getBeginLoc());
  });
}

bool mayExclude(const TuModel &Model, const FunctionFlow &Flow, const Stmt *First,
                const Stmt *Second, ArrayRef<FlowStep> Path) {
  Variables Before, After, Rounds;
  decidedBy(Flow, First, nullptr, Before);
  if (Second)
    decidedBy(Flow, Second, First, After);
  for (const FlowStep &S : Path)
    if (!S.Threw)
      mentioned(S.S, isLoopCondition(Flow, S.S) ? Rounds : After);
  const Stmt *Block = First;
  while (Block && !isa<CompoundStmt>(Block))
    Block = Flow.parent(Block);
  auto SetBeside = [&](const ValueDecl *D) {
    const LocalFacts *Local = Model.functions().local(D);
    return Local && any_of(Local->Uses, [&](const VarUse &Use) {
             return Use.How == ValueUse::Assigned && Flow.isInside(Use.Ref, Block);
           });
  };
  return any_of(Rounds, SetBeside) ||
         any_of(After, [&](const ValueDecl *D) { return Before.count(D) || SetBeside(D); });
}

} // namespace abide

//===- ThreadIdentity.cpp - What belongs to the current thread ------------===//

#include "model/ThreadIdentity.h"
#include "model/AwaitKind.h"
#include "model/Threads.h"
#include "model/Whereabouts.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool says(const TuModel &Model, const CallExpr *Call, Role R) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  return Callee && Model.names().has(*Callee, Member ? Member->getRecordDecl() : nullptr, R);
}

/// The only statement of a visible body, if it is a return.
const Expr *onlyReturn(const FunctionDecl *F) {
  const auto *Body = F ? dyn_cast_or_null<CompoundStmt>(F->getBody()) : nullptr;
  const auto *Last =
      Body && !Body->body_empty() ? dyn_cast<ReturnStmt>(Body->body_back()) : nullptr;
  return Last ? Last->getRetValue() : nullptr;
}

/// The thread_local variable that E names, it or a part of it; or the function that refers to one.
const NamedDecl *threadLocal(const TuModel &Model, const Expr *E, unsigned Depth = 0) {
  E = withoutWrappers(E);
  if (Depth > 6)
    return nullptr;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Var && Var->getTLSKind() != VarDecl::TLS_None && !Var->getType().isConstQualified() &&
                   !Var->getType()->isReferenceType()
               ? Var
               : nullptr;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E))
    return Member->isArrow() ? nullptr : threadLocal(Model, Member->getBase(), Depth + 1);
  if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E))
    return threadLocal(Model, Element->getBase(), Depth + 1);
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || !Callee->getReturnType()->isLValueReferenceType())
    return nullptr;
  if (says(Model, Call, Role::ThreadIdentity))
    return Callee;
  // `cache[key]`, `cache.back()` of a thread_local cache.
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
    if (const NamedDecl *Found = threadLocal(Model, Member->getImplicitObjectArgument(), Depth + 1))
      return Found;
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call);
      Operator && Operator->getOperator() == OO_Subscript)
    return threadLocal(Model, Operator->getArg(0), Depth + 1);
  // `cache &local() { static thread_local cache c; return c; }`
  const Expr *Returned = onlyReturn(Callee);
  return Returned && threadLocal(Model, Returned, Depth + 1) ? Callee : nullptr;
}

const Expr *outermost(const FunctionFlow &Flow, const Expr *E) {
  while (const auto *Around = dyn_cast_or_null<Expr>(Flow.parent(E)))
    E = Around;
  return E;
}

} // namespace

SmallVector<const Expr *, 4> threadHops(const TuModel &Model, const FunctionFacts &F) {
  SmallVector<const Expr *, 4> Hops;
  const CXXRecordDecl *Type = F.Decl ? classOf(F.Decl->getReturnType()) : nullptr;
  if (!Type || Model.names().has(*Type, Role::LoopBound) || isResumedByConsumer(Model, F))
    return Hops;
  const bool Anywhere = Model.names().has(*Type, Role::ThreadHopping) ||
                        Model.threads().runs(F, ThreadKind::OtherThread);
  for (const Suspension &S : F.Suspensions)
    if (Anywhere ? kindOfAwait(Model, S) != AwaitKind::Never : switchesThread(Model, S))
      Hops.push_back(S.Expr);
  return Hops;
}

ThreadValue threadValue(const TuModel &Model, QualType T, const Expr *Init) {
  const Expr *E = withoutWrappers(Init);
  const auto *Call = dyn_cast<CallExpr>(E);
  if (T->isReferenceType()) {
    // `int &error = errno;`
    if (const auto *Deref = dyn_cast<UnaryOperator>(E); Deref && Deref->getOpcode() == UO_Deref)
      if (const auto *Made = dyn_cast<CallExpr>(withoutWrappers(Deref->getSubExpr()));
          Made && (says(Model, Made, Role::LastError) || says(Model, Made, Role::ThreadIdentity)))
        return {Made->getDirectCallee(), false};
    return {threadLocal(Model, E), false};
  }
  if (const auto *Address = dyn_cast<UnaryOperator>(E);
      Address && Address->getOpcode() == UO_AddrOf)
    return {threadLocal(Model, Address->getSubExpr()), false};
  if (Call && says(Model, Call, Role::ThreadIdentity))
    return {Call->getDirectCallee(), !T->isPointerType()};
  // `cache *local() { return &c; }`
  const Expr *Returned = Call && T->isPointerType() ? onlyReturn(Call->getDirectCallee()) : nullptr;
  const auto *Address = Returned ? dyn_cast<UnaryOperator>(withoutWrappers(Returned)) : nullptr;
  if (Address && Address->getOpcode() == UO_AddrOf && threadLocal(Model, Address->getSubExpr()))
    return {Call->getDirectCallee(), false};
  return {};
}

bool comparedWithNow(const TuModel &Model, const FunctionFlow &Flow, const Expr *Ref) {
  SmallVector<const Stmt *, 16> Pending{outermost(Flow, Ref)};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(S); Call && says(Model, Call, Role::ThreadIdentity))
      return true;
    append_range(Pending, S->children());
  }
  return false;
}

SmallVector<StaleError, 1> staleErrors(const TuModel &Model, const FunctionFacts &F,
                                       const FunctionFlow &Flow) {
  SmallVector<StaleError, 1> Found;
  SmallPtrSet<const Stmt *, 4> Reads;
  SmallVector<const CallSite *, 4> Setters;
  for (const CallSite &Site : F.Calls)
    if (!Site.Expr)
      continue;
    else if (Model.names().has(*Site.Callee, Site.Object, Role::LastError))
      Reads.insert(Site.Expr);
    else if (Site.Callee->isExternC() && !Site.Callee->getBuiltinID() && !Site.Callee->hasBody())
      Setters.push_back(&Site);
  if (Reads.empty())
    return Found;
  // An awaiter may well leave the error of its own call, beside a result that says that it failed.
  SmallVector<const Expr *, 4> Suspends;
  for (const Suspension &S : F.Suspensions)
    if (!S.Expr->getType()->isIntegralOrEnumerationType() &&
        kindOfAwait(Model, S) != AwaitKind::Never)
      Suspends.push_back(S.Expr);
  for (const CallSite *Setter : Setters) {
    if (!Flow.contains(Setter->Expr))
      continue;
    PathSearch Search(Flow, Exceptions::None);
    // The state is 0 before a suspension, then its number.
    Search.after(Setter->Expr, 0,
                 [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                   if (E.What != FlowEvent::Evaluated)
                     return S;
                   if (const auto *At = find(Suspends, E.S); At != Suspends.end())
                     return At - Suspends.begin() + 1;
                   if (Reads.count(E.S)) {
                     if (S && none_of(Found, [&](auto &Old) { return Old.Read == E.S; }))
                       Found.push_back({cast<Expr>(E.S), Setter, Suspends[S - 1]});
                     return S;
                   }
                   // Another suspension, or a call that may set it; those of the await protocol are
                   // no code of the user's.
                   if (isa<CoroutineSuspendExpr>(E.S))
                     return std::nullopt;
                   const auto *Call = dyn_cast<CallExpr>(E.S);
                   const bool Sets = Call && Flow.parent(Call) && Call->getDirectCallee() &&
                                     (S || any_of(Setters, [&](const CallSite *Other) {
                                        return Other->Expr == Call;
                                      }));
                   return Sets ? std::nullopt : std::optional(S);
                 });
  }
  return Found;
}

} // namespace abide

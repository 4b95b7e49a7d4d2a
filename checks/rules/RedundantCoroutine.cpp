//===- RedundantCoroutine.cpp - async-redundant-coroutine -----------------===//
//
// Law: a coroutine costs a frame and a way through its promise. One that only passes on what
// another one gives, or that never waits for anything, costs them for nothing.
//
// Reported: a coroutine whose only statement returns what another call of the same type gives, with
// arguments that it just hands on by value; a coroutine of this file that never suspends, and that
// all of this file's callers await at once.
//
// Not reported: functions that override or may be overridden, templates, lambdas, generators, test
// cases and others that a macro declares;
// whatever needs the frame: parameters by reference, objects with a destructor, a try block.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/AwaitKind.h"
#include "model/Callables.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// A function whose type nobody else prescribes.
bool isFree(const FunctionDecl &F) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&F);
  return !F.getLocation().isMacroID() && !F.isTemplated() && !F.isTemplateInstantiation() &&
         !F.isMain() && (!Method || (!Method->isVirtual() && !Method->getParent()->isLambda()));
}

/// The only statement of a body, also in a block of its own.
const Stmt *onlyStatement(const Stmt *Body) {
  const auto *Block = dyn_cast<CompoundStmt>(Body);
  return Block && Block->size() == 1 ? Block->body_front() : nullptr;
}

/// `n`, `std::move(text)` of an own parameter, or a constant, given to a parameter by value.
bool isHandedOn(const Expr *Argument, const ParmVarDecl *To) {
  QualType T = To->getType();
  if (T->isReferenceType() || T->isPointerType())
    return false;
  const Expr *E = withoutWrappers(Argument);
  if (isa<IntegerLiteral, FloatingLiteral, CXXBoolLiteralExpr, CXXNullPtrLiteralExpr>(E))
    return true;
  const auto *Parameter = dyn_cast_or_null<ParmVarDecl>(valueNamed(Argument));
  // A view that is made of a parameter refers to it.
  return Parameter && !Parameter->getType()->isReferenceType() &&
         Parameter->getType().getCanonicalType().getUnqualifiedType() ==
             T.getCanonicalType().getUnqualifiedType();
}

/// `task<int> outer(int n) { co_return co_await inner(n); }`
void forwards(RuleContext &Context, const FunctionFacts &F) {
  const Stmt *Only = onlyStatement(F.Body);
  const auto *Return = dyn_cast_or_null<CoreturnStmt>(Only);
  const Expr *Value = Return ? Return->getOperand() : dyn_cast_or_null<Expr>(Only);
  const auto *Await = dyn_cast_or_null<CoawaitExpr>(Value ? withoutWrappers(Value) : nullptr);
  const auto *Call = Await && F.Suspensions.size() == 1 ? awaitedCall(F.Suspensions[0]) : nullptr;
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || isa<CXXOperatorCallExpr>(Call) ||
      Callee->getReturnType().getCanonicalType() != F.Decl->getReturnType().getCanonicalType() ||
      Call->getNumArgs() != Callee->getNumParams())
    return;
  for (const ParmVarDecl *P : F.Decl->parameters())
    if (P->getType()->isReferenceType())
      return;
  for (unsigned I = 0; I < Call->getNumArgs(); ++I)
    if (!isHandedOn(Call->getArg(I), Callee->getParamDecl(I)))
      return;
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
      Member && !isa<CXXThisExpr>(withoutWrappers(Member->getImplicitObjectArgument())))
    return;
  Diag D;
  D.Loc = F.Decl->getLocation();
  D.Message =
      "'" + shownName(*F.Decl) + "' only awaits '" + shownName(*Callee) + "': a frame for nothing";
  D.note(Only->getBeginLoc(), "'return' the task instead, without 'co_await'");
  Context.report(D);
}

/// The uses of a function in this TU, whether or not as an awaited call.
struct Callers {
  unsigned Awaited = 0;
  bool Otherwise = false;
};

Callers callersOf(const TuModel &Model, const FunctionFacts &F) {
  Callers Found;
  for (const FunctionFacts &Caller : Model.functions().all()) {
    SmallPtrSet<const Expr *, 8> Awaited;
    for (const Suspension &S : Caller.Suspensions)
      if (const CallExpr *Call = awaitedCall(S))
        Awaited.insert(Call);
    for (const CallSite &Site : Caller.Calls) {
      if (Model.functions().of(Site.Callee) == &F)
        Awaited.contains(Site.Expr) ? void(++Found.Awaited) : void(Found.Otherwise = true);
      for (const CallableArgument &Given : Site.Callables)
        Found.Otherwise |= Model.functions().of(Given.Function) == &F;
    }
  }
  return Found;
}

void neverSuspends(RuleContext &Context, const FunctionFacts &F) {
  const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl);
  bool OnlyHere = !F.Decl->isExternallyVisible() || (Method && Method->getAccess() == AS_private);
  if (!F.Suspensions.empty() || !OnlyHere ||
      Context.model().types().of(F.Decl->getReturnType()).Generator)
    return;
  Callers Found = callersOf(Context.model(), F);
  if (Found.Otherwise || Found.Awaited == 0)
    return;
  Diag D;
  D.Loc = F.Decl->getLocation();
  D.Message = "'" + shownName(*F.Decl) + "' never waits for anything: a plain function would do";
  D.note(D.Loc, "return the value itself; the callers in this file all await it at once");
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    if (F.isCoroutine() && !F.Dependent && F.Decl && isFree(*F.Decl) && F.Tries.empty()) {
      forwards(Context, F);
      neverSuspends(Context, F);
    }
}

} // namespace

extern constexpr Check RedundantCoroutineCheck = {
    "redundant-coroutine",
    "a coroutine only passes on what another one gives, or never waits",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide

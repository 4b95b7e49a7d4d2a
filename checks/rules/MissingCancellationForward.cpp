//===- MissingCancellationForward.cpp - async-missing-cancellation-forward ===//
//
// Law: cancellation by token ends what was given the token. An await without it goes on to its own
// end, however long that takes, and the one who cancelled waits for it.
//
// Reported: in a coroutine that has a token as a parameter, an awaited call whose function takes a
// token of the same type, by a default argument or in an overload, and got none.
//
// Not reported: calls in which some token is named; awaits of clean-up, which shall not be
// cancelled; functions that take no token.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Cancellation.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

const ParmVarDecl *tokenOf(const NameLookup &Names, const FunctionDecl &F) {
  for (const ParmVarDecl *Parameter : F.parameters())
    if (const CXXRecordDecl *Class = classOf(Parameter->getType().getNonReferenceType());
        Class && Names.has(*Class, Role::CancellationToken) && Parameter->getIdentifier())
      return Parameter;
  return nullptr;
}

bool takes(const ParmVarDecl &Parameter, const ParmVarDecl &Token) {
  return classOf(Parameter.getType().getNonReferenceType()) ==
         classOf(Token.getType().getNonReferenceType());
}

/// Whether Other is F with one more parameter, for the token, at its end.
bool addsToken(const FunctionDecl &Other, const FunctionDecl &F, const ParmVarDecl &Token) {
  if (Other.getNumParams() != F.getNumParams() + 1 ||
      !takes(*Other.getParamDecl(F.getNumParams()), Token))
    return false;
  for (unsigned I = 0; I < F.getNumParams(); ++I)
    if (!F.isTemplateInstantiation() && Other.getParamDecl(I)->getType().getCanonicalType() !=
                                            F.getParamDecl(I)->getType().getCanonicalType())
      return false;
  return true;
}

bool hasOverload(const FunctionDecl &F, const ParmVarDecl &Token) {
  for (const NamedDecl *Named : F.getDeclContext()->lookup(F.getDeclName())) {
    const auto *Template = dyn_cast<FunctionTemplateDecl>(Named);
    const auto *Other = dyn_cast<FunctionDecl>(Template ? Template->getTemplatedDecl() : Named);
    if (Other && Other != F.getCanonicalDecl() && addsToken(*Other, F, Token))
      return true;
  }
  return false;
}

/// The number of arguments that are written.
unsigned written(const CallExpr &Call) {
  unsigned N = Call.getNumArgs();
  while (N && isa<CXXDefaultArgExpr>(Call.getArg(N - 1)))
    --N;
  return N;
}

void judge(RuleContext &Context, const Suspension &Await, const ParmVarDecl &Token) {
  const NameLookup &Names = Context.model().names();
  const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Await.Operand));
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee || isa<CXXOperatorCallExpr>(Call) || namesToken(Names, Await.Operand) ||
      isCleanup(Names, Await))
    return;
  const unsigned Written = written(*Call);
  bool Next = false, Later = false; // Is the default argument the first that is left out?
  for (unsigned I = Written; I < Callee->getNumParams(); ++I)
    (I == Written ? Next : Later) |= takes(*Callee->getParamDecl(I), Token);
  if (!Next && !Later && hasOverload(*Callee, Token))
    Next = Written == Callee->getNumParams();
  if (!Next && !Later)
    return;
  Diag D;
  D.Loc = Call->getBeginLoc();
  D.Message = "'" + Callee->getNameAsString() + "' is not given '" + Token.getNameAsString() +
              "': it goes on when the coroutine is cancelled";
  D.Ranges.push_back(Call->getSourceRange());
  D.Notes.push_back({Token.getLocation(), "the coroutine hears of cancellation by this"});
  if (Next && !Call->getRParenLoc().isMacroID())
    D.Fixes.push_back(FixItHint::CreateInsertion(Call->getRParenLoc(),
                                                 (Written ? ", " : "") + Token.getNameAsString()));
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Dependent)
      continue;
    if (const ParmVarDecl *Token = tokenOf(Context.model().names(), *F.Decl))
      for (const Suspension &Await : F.Suspensions)
        judge(Context, Await, *Token);
  }
}

} // namespace

extern constexpr Check MissingCancellationForwardCheck = {
    "missing-cancellation-forward",
    "a coroutine awaits something without giving it its cancellation token",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide

//===- AwaiterStyle.cpp - async-awaiter-style -----------------------------===//
//
// Law: an await_suspend that resumes another coroutine does so inside of its own call: a chain of
// coroutines that finish one after the other needs one stack frame each, and a long one overflows
// the stack. Returning the handle hands the turn on without a frame.
//
// Reported: a resume() that is the last thing an await_suspend does; a handle returned only to go
// on with the same coroutine, which a bool says more simply; the type of a handle that nobody
// needs, which keeps the awaiter from coroutines of other types.
//
// Not reported: resumes of several waiters; await_suspend that has to do something after it.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Flow.h"
#include "model/Promises.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// The statements that end the body, through both sides of an if: the last one, before a return
/// without a value of its own.
void tails(const Stmt *S, SmallVectorImpl<const Stmt *> &Out) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S)) {
    auto Ends = [](const Stmt *Last) {
      const auto *Return = dyn_cast<ReturnStmt>(Last);
      const Expr *Value = Return ? Return->getRetValue() : nullptr;
      return Return && (!Value || isa<CXXBoolLiteralExpr>(withoutWrappers(Value)));
    };
    if (Block->size() > 1 && Ends(Block->body_back()))
      return tails(Block->body_begin()[Block->size() - 2], Out);
    for (const Stmt *Child : Block->body()) // `if (...) { h.resume(); return; }`
      if (const auto *If = dyn_cast<IfStmt>(Child); If && Child != Block->body_back())
        if (const auto *Then = dyn_cast<CompoundStmt>(If->getThen());
            Then && !Then->body_empty() && Ends(Then->body_back()))
          tails(Then, Out);
    return Block->body_empty() ? void() : tails(Block->body_back(), Out);
  }
  if (const auto *If = dyn_cast_or_null<IfStmt>(S)) {
    tails(If->getThen(), Out);
    return tails(If->getElse(), Out);
  }
  if (S)
    Out.push_back(S);
}

void nestedResume(RuleContext &Context, const FunctionFacts &F) {
  QualType Result = F.Decl->getReturnType();
  if (!Result->isVoidType() && !Result->isBooleanType())
    return;
  SmallVector<const Stmt *, 4> Last;
  tails(F.Body, Last);
  for (const Stmt *S : Last) {
    const auto *E = dyn_cast<Expr>(S);
    auto Call = E ? handleCall(withoutWrappers(E)) : std::nullopt;
    if (!Call || Call->Op != HandleOp::Resume)
      continue;
    bool Own = HandlePlace::of(Call->Handle) == HandlePlace{F.Decl->getParamDecl(0), nullptr};
    Diag D;
    D.Loc = S->getBeginLoc();
    D.Message =
        Own ? "resuming the coroutine inside of 'await_suspend' nests its stack in this call"
            : "resuming another coroutine inside of 'await_suspend' nests its stack in this "
              "call: a long chain overflows it";
    D.Ranges.push_back(S->getSourceRange());
    D.note(F.Decl->getLocation(), Own ? "return 'false' from a function of type 'bool' to go on at "
                                        "once"
                                      : "return the handle instead: the coroutine is resumed when "
                                        "this call is over");
    Context.report(D);
  }
}

/// The handle that a return gives, without copies and conversions.
const Expr *returnedHandle(const ReturnStmt &Return) {
  const Expr *E = Return.getRetValue() ? withoutWrappers(Return.getRetValue()) : nullptr;
  while (E) {
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E); Made && Made->getNumArgs() == 1)
      E = withoutWrappers(Made->getArg(0));
    else if (const auto *Converts = dyn_cast<CXXMemberCallExpr>(E);
             Converts && isa_and_nonnull<CXXConversionDecl>(Converts->getMethodDecl()))
      E = withoutWrappers(Converts->getImplicitObjectArgument());
    else
      break;
  }
  return E;
}

/// `return own;` or `return std::noop_coroutine();`, and nothing else.
void handleForBool(RuleContext &Context, const FunctionFacts &F) {
  if (!isHandle(F.Decl->getReturnType()))
    return;
  const Stmt *Own = nullptr;
  for (const Stmt *S : F.Returns) {
    const Expr *E = isa<ReturnStmt>(S) ? returnedHandle(*cast<ReturnStmt>(S)) : nullptr;
    const auto *Call = dyn_cast_or_null<CallExpr>(E);
    if (E && HandlePlace::of(E) == HandlePlace{F.Decl->getParamDecl(0), nullptr})
      Own = S;
    else if (!Call || calleeName(*Call) != "noop_coroutine")
      return;
  }
  if (!Own)
    return;
  Diag D;
  D.Loc = F.Decl->getLocation();
  D.Message = "this 'await_suspend' returns no handle but its own: a 'bool' says the same";
  D.note(Own->getBeginLoc(), "'return false' goes on with the coroutine, 'return true' leaves it "
                             "suspended");
  Context.report(D);
}

/// Whether a use of a typed handle would do without the type.
bool needsNoType(const VarUse &Use, const FunctionFlow &Flow) {
  const Stmt *Around = Flow.parent(Use.Ref);
  while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(Around))
    Around = Flow.parent(Around);
  const auto *Member = dyn_cast_or_null<MemberExpr>(Around);
  if (!Member)
    return isa_and_nonnull<CXXOperatorCallExpr>(Around) && handleCall(Around);
  return isa<CXXConversionDecl>(Member->getMemberDecl()) ||
         identifierOf(*Member->getMemberDecl()) != "promise";
}

void typedHandle(RuleContext &Context, const FunctionFacts &F) {
  const ParmVarDecl &Handle = *F.Decl->getParamDecl(0);
  const CXXRecordDecl *Promise = promiseOfHandle(Handle.getType());
  const LocalFacts *Facts = Context.model().functions().local(&Handle);
  const FunctionFlow *Flow = Promise ? Context.model().flow(F) : nullptr;
  if (!Flow || !Facts || Facts->Uses.empty() || F.Decl->isTemplateInstantiation() ||
      !all_of(Facts->Uses, [&](const VarUse &Use) { return needsNoType(Use, *Flow); }))
    return;
  Diag D;
  D.Loc = Handle.getLocation();
  D.Message = "the type of '" + Handle.getNameAsString() +
              "' is not needed: only coroutines of one type can await this";
  D.note(D.Loc, "take a 'std::coroutine_handle<>'");
  Context.report(D);
}

void run(RuleContext &Context) {
  Promises Types(Context.model());
  for (const FunctionFacts &F : Context.model().functions().all()) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
    if (!Method || identifierOf(*Method) != "await_suspend" || Method->getNumParams() == 0 ||
        Method->getTemplateInstantiationPattern())
      continue;
    nestedResume(Context, F);
    handleForBool(Context, F);
    if (Types.place(Method->getParent()) == AwaiterPlace::Ordinary)
      typedHandle(Context, F);
  }
}

} // namespace

extern constexpr Check AwaiterStyleCheck = {
    "awaiter-style",
    "an awaiter nests the stacks of coroutines, or asks for more than it needs",
    Severity::Hint,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide

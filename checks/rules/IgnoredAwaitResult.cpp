//===- IgnoredAwaitResult.cpp - async-ignored-await-result ----------------===//
//
// Law: a result that says whether something failed has to be looked at. [[nodiscard]] says so for
// plain calls; of a coroutine it speaks of the task, and co_await uses the task.
//
// Reported: `co_await f();` as a statement, where the result is an error by vocabulary, has the
// members of one (has_value and error, ok and status, a truth value and error), is of a
// [[nodiscard]] class, or comes from a [[nodiscard]] await_resume.
//
// Not reported: casts to void; numbers and truth values; tuples with an error in them, which a
// caller asked for (`as_tuple`); what a template awaits for whoever instantiates it.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/TuModel.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"NoDiscard", "true", "also report results that are no errors, but of a [[nodiscard]] class"},
};

/// A member function, callable without arguments.
const FunctionDecl *question(const CXXRecordDecl *Class, DeclarationName Name) {
  for (const FunctionDecl *F : memberFunctions(Class, Name))
    if (F->getMinRequiredArguments() == 0 && F->getAccess() == AS_public)
      return F;
  return nullptr;
}

/// What std::expected, absl::StatusOr and llvm::Expected look like, whatever their name.
bool looksLikeError(const CXXRecordDecl *Class, const ASTContext &Ast) {
  auto Has = [&](StringRef Name) {
    return question(Class, DeclarationName(&Ast.Idents.get(Name)));
  };
  if (Has("error") || Has("takeError")) {
    const CXXRecordDecl *Definition = Class->getDefinition();
    bool Tests =
        Definition && any_of(Definition->getVisibleConversionFunctions(), [](const NamedDecl *D) {
          const auto *C = dyn_cast<CXXConversionDecl>(D);
          return C && C->getConversionType()->isBooleanType();
        });
    return Tests || Has("has_value") || Has("has_error") || Has("ok");
  }
  // An HTTP response has ok() and status() as well: there the status is a number.
  const FunctionDecl *Status = Has("ok") ? Has("status") : nullptr;
  return Status && classOf(Status->getReturnType().getNonReferenceType());
}

/// `[[nodiscard]] T await_resume()` speaks of the result.
bool isResumeNoDiscard(const CoawaitExpr &Await) {
  const Expr *Resume = Await.getResumeExpr();
  const auto *Call = Resume ? dyn_cast<CallExpr>(Resume->IgnoreImplicit()) : nullptr;
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->hasAttr<WarnUnusedResultAttr>();
}

/// Whether the operand's type comes from the arguments of a template around it.
bool isGeneric(const TuModel &Model, const FunctionFacts &F, const CoawaitExpr &Await) {
  const FunctionDecl *Pattern = F.Decl ? F.Decl->getTemplateInstantiationPattern() : nullptr;
  const FunctionFacts *Written = Pattern ? Model.functions().of(Pattern) : nullptr;
  return Written && any_of(Written->Suspensions, [&](const Suspension &Point) {
           return Point.Expr->getBeginLoc() == Await.getBeginLoc() &&
                  Point.Operand->isTypeDependent();
         });
}

std::string awaited(const CoawaitExpr &Await) {
  const auto *Call = dyn_cast<CallExpr>(withoutWrappers(Await.getOperand()));
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  std::string Name = Callee ? shownName(*Callee) : "";
  return Name.empty() || Name == "a lambda" || Callee->isOverloadedOperator()
             ? ""
             : " of '" + Name + "'";
}

void judge(RuleContext &Context, const FunctionFacts &F, const DroppedValue &Value) {
  const TuModel &Model = Context.model();
  const auto *Await = dyn_cast<CoawaitExpr>(withoutWrappers(Value.Value));
  const CXXRecordDecl *Result =
      Await && Value.How == ValueUse::Dropped ? classOf(Await->getType()) : nullptr;
  // A task for a result is async-nested-task's.
  if (!Result || Model.types().of(Result).Awaitable || isGeneric(Model, F, *Await))
    return;
  bool Error = Model.names().has(*Result, Role::ErrorLike) || looksLikeError(Result, Model.ast());
  bool NoDiscard = Result->hasAttr<WarnUnusedResultAttr>() || isResumeNoDiscard(*Await);
  if (!Error && !(NoDiscard && Context.flag("NoDiscard")))
    return;
  Diag D;
  D.Loc = Await->getBeginLoc();
  D.Message = "the '" + Result->getNameAsString() + "'" + awaited(*Await) +
              " is dropped: " + (Error ? "nobody sees its error" : "it is declared [[nodiscard]]");
  D.Ranges.push_back(Await->getSourceRange());
  D.Notes.push_back({D.Loc, Error ? "test it, or cast it to void to say that failure is fine"
                                  : "use it, or cast it to void to say that it does not matter"});
  Context.report(D);
}

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    for (const DroppedValue &Value : F.Dropped)
      judge(Context, F, Value);
}

} // namespace

extern constexpr Check IgnoredAwaitResultCheck = {
    "ignored-await-result",
    "the result of a co_await says whether something failed, and is dropped",
    Severity::Warning,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide

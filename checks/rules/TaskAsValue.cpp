//===- TaskAsValue.cpp - async-task-as-value ------------------------------===//
//
// Law: a task is no result. Tested, compared or printed, it answers for the handle, which says
// nothing of the work; made for that alone, it is dropped without being awaited. And a task without
// a coroutine has no result at all.
//
// Reported: the truth of a task that a call has just made, its comparison, a task that is written
// to a stream or formatted; a return of an empty task, and of a local that is empty or moved from
// on a path.
//
// Not reported: questions to a task that somebody keeps; operators that make tasks; an empty task
// where awaiting it does no harm, or where callers ask for it.
//
//===----------------------------------------------------------------------===//

#include "AwaitFix.h"
#include "Check.h"
#include "PathNotes.h"
#include "model/Callables.h"
#include "model/TaskValues.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

bool isTask(const CoroutineTypes &Types, QualType T) {
  const CoroutineType &Type = Types.of(T);
  return Type.Awaitable && (Type.isCoroutine() || Type.Starts != Start::Unknown) &&
         !Type.AsyncGenerator && !Type.FireAndForget;
}

//--- Tasks where a value was meant --------------------------------------------

class TaskAsValue {
public:
  explicit TaskAsValue(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()) {}

  void site(const FunctionFacts &F, const CallSite &Site) const {
    ArrayRef<const Expr *> Arguments = argumentsOf(Site);
    if (const auto *Conversion = dyn_cast<CXXConversionDecl>(Site.Callee))
      return truth(F, *Conversion, Site);
    if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(Site.Expr)) {
      if (Operator->isComparisonOp() && !isTask(Types, Operator->getType())) {
        if (const auto *Made = find_if(Arguments, [&](const Expr *E) { return makesOne(E); });
            Made != Arguments.end())
          report(F, *Made, "the task returned by {} is compared, not its result");
      } else if (Operator->getOperator() == OO_LessLess && isStream(Arguments[0]->getType()) &&
                 !Site.Callee->getLexicalDeclContext()->isRecord()) { // No friend of the task's.
        printed(F, Arguments[1]);
      }
    } else if (any_of(Site.Callee->parameters(), isFormatString)) {
      for (const Expr *Argument : Arguments)
        printed(F, Argument);
    }
  }

private:
  /// A call that gives a task, and nobody keeps it.
  bool makesOne(const Expr *E) const {
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(E));
    return Call && !Call->isGLValue() && Call->getDirectCallee() && isTask(Types, Call->getType());
  }

  void truth(const FunctionFacts &F, const CXXConversionDecl &Conversion,
             const CallSite &Site) const {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
    const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
    if (!Object || !Conversion.getConversionType()->isBooleanType() || !makesOne(Object))
      return;
    // `operator T()` of task<T> is the wait for the result.
    const FunctionDecl *Pattern = Conversion.getTemplateInstantiationPattern();
    if (!Pattern || !Pattern->getReturnType()->isDependentType())
      report(F, Object, "the condition tests the task returned by {}, not its result");
  }

  void printed(const FunctionFacts &F, const Expr *E) const {
    if (makesOne(E))
      return report(F, E, "the task returned by {} is printed, not its result");
    if (const ValueDecl *Kept = valueNamed(E); Kept && isTask(Types, E->getType()))
      Context.report({E->getBeginLoc(),
                      "the task '" + Kept->getNameAsString() + "' is printed, not its result",
                      {E->getSourceRange()},
                      {{E->getBeginLoc(), "'co_await' it, and print the result"}},
                      {}});
  }

  static bool isStream(QualType T) {
    const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
    auto IsNot = [](const CXXRecordDecl *C) {
      return !C->isInStdNamespace() || !C->getIdentifier() || C->getName() != "basic_ostream";
    };
    return Class && Class->hasDefinition() && (!IsNot(Class) || !Class->forallBases(IsNot));
  }

  /// std::format_string, fmt::format_string.
  static bool isFormatString(const ParmVarDecl *Parameter) {
    const CXXRecordDecl *Class = classOf(Parameter->getType().getNonReferenceType());
    return Class && Class->getIdentifier() && Class->getName() == "basic_format_string";
  }

  void report(const FunctionFacts &F, const Expr *E, StringRef Message) const {
    const auto *Call = cast<CallExpr>(withoutWrappers(E));
    std::string Name = shownName(*Call->getDirectCallee());
    auto [Before, After] = Message.split("{}");
    Diag D;
    D.Loc = E->getBeginLoc();
    D.Message = (Before + (Name == "a lambda" ? Name : "'" + Name + "'") + After).str();
    D.Ranges.push_back(E->getSourceRange());
    QualType Result = Types.awaitResult(Call->getType());
    bool Fits = !Result.isNull() && !Result->isVoidType() && !inHandler(F, Call);
    if (!Fits || !addAwait(D, Model, F, Call))
      D.Notes.push_back({D.Loc, cure(F, Call)});
    Context.report(D);
  }

  std::string cure(const FunctionFacts &F, const CallExpr *Call) const {
    if (F.isCoroutine())
      return "'co_await' the task, and use its result";
    const LibraryAdvice *Advice =
        Model.vocabulary().adviceFor(qualifiedName(*classOf(Call->getType())));
    return Advice && !Advice->Start.empty()
               ? "this function is not a coroutine: start the task with '" + Advice->Start + "'"
               : "this function is not a coroutine: start it or wait for it to have its result";
  }

  bool inHandler(const FunctionFacts &F, const Stmt *S) const {
    const FunctionFlow *Flow = Model.flow(F);
    for (; Flow && S; S = Flow->parent(S))
      if (isa<CXXCatchStmt>(S))
        return true;
    return false;
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
};

//--- Tasks without a coroutine ------------------------------------------------

const char *const Harm = ": who awaits it crashes or waits for ever";

/// Functions whose callers ask whether they got a task.
SmallPtrSet<const FunctionDecl *, 8> askedFor(const Functions &All) {
  SmallPtrSet<const FunctionDecl *, 8> Result;
  for (const LocalFacts &Local : All.locals()) {
    const auto *Call =
        dyn_cast_or_null<CallExpr>(Local.Init ? withoutWrappers(Local.Init) : nullptr);
    if (Call && Call->getDirectCallee() &&
        any_of(Local.Uses, [](const VarUse &Use) { return Use.How == ValueUse::Observed; }))
      Result.insert(Call->getDirectCallee()->getCanonicalDecl());
  }
  return Result;
}

/// A plain function whose caller counts on a task.
bool promisesTask(const CoroutineTypes &Types, const FunctionFacts &F) {
  if (!F.Decl || F.Dependent || F.isCoroutine() || !isTask(Types, F.Decl->getReturnType()) ||
      F.Decl->getReturnType()->isReferenceType() || Types.mayAwaitEmpty(F.Decl->getReturnType()))
    return false;
  // The task type and its promise make and move handles.
  const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl);
  const CXXRecordDecl *Class = Method ? Method->getParent() : nullptr;
  ASTContext &Ast = F.Decl->getASTContext();
  return !Class || (!Types.of(Class).isCoroutine() && !Types.of(Class).Awaitable &&
                    memberFunctions(Class, &Ast.Idents.get("get_return_object")).empty());
}

void emptyReturn(RuleContext &Context, const FunctionFacts &F, const ReturnStmt &Return) {
  const Expr *Empty = Return.getRetValue();
  Empty = Empty ? emptyTaskIn(Context.model().types(), Empty) : nullptr;
  const FunctionFlow *Flow = Empty ? Context.model().flow(F) : nullptr;
  if (!Flow)
    return;
  Diag D;
  PathSearch Search(*Flow, Exceptions::None);
  Search.fromEntry(0, [&](PathSearch::State S, const FlowEvent &Event) {
    if (Event.What != FlowEvent::Evaluated || Event.S != &Return || D.Loc.isValid())
      return std::optional(S);
    D.Loc = Empty->getBeginLoc();
    addPath(D, Search.witness());
    return std::optional<PathSearch::State>();
  });
  if (D.Loc.isInvalid()) // On no path.
    return;
  D.Message = std::string("the returned task is empty") + Harm;
  D.Notes.push_back({D.Loc, "make the function a coroutine: 'co_return' instead"});
  Context.report(D);
}

/// What each expression does to a local.
struct Handling {
  DenseMap<const Stmt *, unsigned> Moves; ///< std::move(t): the state after it.
  SmallVector<const Stmt *, 4> MovedAt;
  SmallPtrSet<const Stmt *, 4> Sets, Asks, Returns;
  bool Known = true;
};

enum : unsigned { Set, Empty, FirstMoved };

Handling handlingOf(const FunctionFlow &Flow, const LocalFacts &Local) {
  Handling H;
  for (const Stmt *S : Local.Function->Returns)
    if (const auto *Return = dyn_cast<ReturnStmt>(S);
        Return && Return->getRetValue() && valueNamed(Return->getRetValue()) == Local.Decl)
      H.Returns.insert(S);
  for (const VarUse &Use : Local.Uses) {
    if (!Flow.contains(Use.Ref)) // In a lambda, who knows when.
      return H.Known = false, H;
    if (any_of(H.Returns, [&](const Stmt *R) { return Flow.isInside(Use.Ref, R); }))
      continue;
    const Stmt *Outer = Flow.parent(Use.Ref);
    while (isa_and_nonnull<ParenExpr, ImplicitCastExpr>(Outer))
      Outer = Flow.parent(Outer);
    const auto *Call = dyn_cast_or_null<CallExpr>(Outer);
    if (Use.How == ValueUse::Observed)
      H.Asks.insert(Use.Ref);
    else if (Use.How == ValueUse::Assigned && Outer)
      H.Sets.insert(Outer);
    else if (Call && Call->isCallToStdMove() && Use.How == ValueUse::Used) {
      H.Moves[Call] = FirstMoved + H.MovedAt.size();
      H.MovedAt.push_back(Call);
    } else
      H.Sets.insert(Use.Ref); // Passed by reference, captured: may be anything.
  }
  return H;
}

void returnedLocal(RuleContext &Context, const LocalFacts &Local) {
  const auto *Var = dyn_cast<VarDecl>(Local.Decl);
  const TuModel &Model = Context.model();
  if (!Var || !Var->hasLocalStorage() || Var->getType()->isReferenceType() ||
      Var->isInitCapture() || !isTask(Model.types(), Var->getType()) ||
      !promisesTask(Model.types(), *Local.Function))
    return;
  const FunctionFlow *Flow = Model.flow(*Local.Function);
  const Handling H = Flow ? handlingOf(*Flow, Local) : Handling();
  if (!Flow || !H.Known || H.Returns.empty())
    return;
  bool StartsEmpty = Local.Init && emptyTaskIn(Model.types(), Local.Init);
  const std::string Name = "'" + Var->getNameAsString() + "'";
  PathSearch Search(*Flow, Exceptions::None);
  Search.fromEntry(Set, [&](PathSearch::State S, const FlowEvent &Event) {
    if (Event.What != FlowEvent::Evaluated)
      return std::optional(S);
    if (const auto *Declared = dyn_cast<DeclStmt>(Event.S))
      return std::optional<PathSearch::State>(
          is_contained(Declared->decls(), Var) ? (StartsEmpty ? Empty : Set) : S);
    if (H.Asks.contains(Event.S))
      return std::optional<PathSearch::State>();
    if (H.Sets.contains(Event.S))
      return std::optional<PathSearch::State>(Set);
    if (auto Moved = H.Moves.find(Event.S); Moved != H.Moves.end())
      return std::optional<PathSearch::State>(Moved->second);
    if (!H.Returns.contains(Event.S) || S == Set)
      return std::optional(S);
    Diag D;
    D.Loc = cast<ReturnStmt>(Event.S)->getRetValue()->getBeginLoc();
    D.Message =
        Name + (S == Empty ? " is returned empty" : " is returned after it was moved from") + Harm;
    addPath(D, Search.witness());
    if (S != Empty)
      D.Notes.push_back({H.MovedAt[S - FirstMoved]->getBeginLoc(), Name + " was moved from here"});
    Context.report(D);
    return std::optional<PathSearch::State>();
  });
}

void run(RuleContext &Context) {
  const Functions &All = Context.model().functions();
  const TaskAsValue Values(Context);
  const auto Asked = askedFor(All);
  for (const FunctionFacts &F : All.all()) {
    for (const CallSite &Site : F.Calls)
      Values.site(F, Site);
    if (promisesTask(Context.model().types(), F) && !Asked.contains(F.Decl->getCanonicalDecl()))
      for (const Stmt *S : F.Returns)
        if (const auto *Return = dyn_cast<ReturnStmt>(S))
          emptyReturn(Context, F, *Return);
  }
  for (const LocalFacts &Local : All.locals())
    returnedLocal(Context, Local);
}

} // namespace

extern constexpr Check TaskAsValueCheck = {
    "task-as-value",
    "a task is used as if it were its result, or a function returns a task without a coroutine",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide

//===- NeverAwaited.cpp - async-never-awaited -----------------------------===//
//
// Law: a task that nobody awaits does not do its work (lazy), or does it where nobody sees its
// result and exception (eager). An awaitable that nobody awaits describes an operation that never
// happens.
//
// Reported: such a value dropped where it is made, and a local, member or container that gets one
// and lets nobody have it: not awaited, moved, returned, passed, captured or asked for its result.
//
// Not reported: types that are made to be dropped (fire-and-forget, self-destroying eager work);
// eager work cast to void; a local that keeps eager work alive whose destructor would end it;
// values that anybody else can get at.
//
//===----------------------------------------------------------------------===//

#include "AwaitFix.h"
#include "Check.h"
#include "model/Consumption.h"
#include "model/TaskValues.h"
#include "model/TuModel.h"
#include "clang/Lex/Lexer.h"
#include "llvm/Support/Regex.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"AnyPath", "false", "also report a value consumed on some paths only", OptionKind::Flag},
    {"AllowCastToVoid", "eager", "what a cast to void may drop: `never`, `eager` or `always`",
     OptionKind::OneOf, "never;eager;always"},
    {"ReportIgnore", "true", "report values assigned to `std::ignore` or `_`", OptionKind::Flag},
    {"IgnoreMacros",
     "EXPECT_THROW;EXPECT_ANY_THROW;EXPECT_NO_THROW;ASSERT_THROW;ASSERT_ANY_THROW;ASSERT_NO_THROW;"
     "EXPECT_DEATH;ASSERT_DEATH;CHECK_THROWS;CHECK_THROWS_AS;CHECK_THROWS_WITH;CHECK_NOTHROW;"
     "REQUIRE_THROWS;REQUIRE_THROWS_AS;REQUIRE_THROWS_WITH;REQUIRE_NOTHROW;BOOST_CHECK_THROW;"
     "BOOST_REQUIRE_THROW",
     "macros whose arguments may drop a task, separated by ';'"},
};

class NeverAwaited {
public:
  explicit NeverAwaited(RuleContext &Context)
      : Context(Context), Model(Context.model()), Types(Model.types()),
        AnyPath(Context.flag("AnyPath")), ReportIgnore(Context.flag("ReportIgnore")),
        AllowCastToVoid(Context.option("AllowCastToVoid")),
        IgnoreMacros(Context.list("IgnoreMacros")) {}

  void run() {
    for (const FunctionFacts &F : Model.functions().all())
      for (const DroppedValue &Value : F.Dropped)
        dropped(F, Value);
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
    for (const auto &[Field, Facts] : Model.functions().fields())
      field(*Field, Facts);
  }

private:
  //--- Values dropped where they are made -----------------------------------

  void dropped(const FunctionFacts &F, const DroppedValue &Value) {
    const CXXRecordDecl *Task = classOf(Value.Value->getType());
    if (const CXXRecordDecl *Held = Types.heldTask(Value.Value->getType()))
      Task = carriesTask(Types, Value.Value) ? Held : nullptr;
    Obligation Lost = Types.obligation(Task);
    if (Lost == Obligation::None || excused(Value, Lost) || isOldValue(Types, Value.Value))
      return;
    Diag D;
    D.Loc = Value.Value->getBeginLoc();
    D.Message = what(Value.Value, Task, Lost);
    D.Ranges.push_back(Value.Value->getSourceRange());
    if (!awaitFix(D, F, Value))
      D.Notes.push_back({D.Loc, cure(F, Task, Value.InHandler)});
    Context.report(D);
  }

  bool excused(const DroppedValue &Value, Obligation Lost) const {
    if (Value.How == ValueUse::Voided &&
        (AllowCastToVoid == "always" || (AllowCastToVoid == "eager" && Lost == Obligation::Result)))
      return true;
    if (Value.How == ValueUse::Ignored && (!ReportIgnore || Lost == Obligation::Result))
      return true;
    return inIgnoredMacro(Value.Value->getBeginLoc());
  }

  bool inIgnoredMacro(SourceLocation Loc) const {
    const SourceManager &Sources = Model.ast().getSourceManager();
    for (; Loc.isMacroID(); Loc = Sources.getImmediateMacroCallerLoc(Loc)) {
      StringRef Name = Lexer::getImmediateMacroName(Loc, Sources, Model.ast().getLangOpts());
      if (is_contained(IgnoreMacros, Name))
        return true;
    }
    return false;
  }

  /// "task returned by 'save' is never awaited: its body never runs".
  std::string what(const Expr *Value, const CXXRecordDecl *Task, Obligation Lost) const {
    std::string Source = origin(Value);
    switch (Lost) {
    case Obligation::Body:
      return (Types.of(Task).Generator ? "generator" : "task") + Source +
             " is never awaited: its body never runs";
    case Obligation::Operation:
      return "awaitable" + Source + " is never awaited: its operation never happens";
    default:
      return "task" + Source + " is dropped: its result and its exception are lost";
    }
  }

  static std::string origin(const Expr *Value) {
    Value = withoutWrappers(Value);
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(Value))
      Value = withoutWrappers(Cast->getSubExprAsWritten());
    const auto *Call = dyn_cast<CallExpr>(Value);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee)
      return "";
    std::string Name = shownName(*Callee);
    return " returned by " + (Name == "a lambda" ? Name : "'" + Name + "'");
  }

  /// How to start the work from here.
  std::string cure(const FunctionFacts &F, const CXXRecordDecl *Task, bool InHandler) const {
    if (Types.of(Task).Generator)
      return "iterate over it, or hand it to something that does";
    if (InHandler && F.isCoroutine())
      return "a catch block cannot suspend: leave it first, then 'co_await' the task";
    if (F.isCoroutine())
      return "'co_await' it, or hand it to something that does";
    const LibraryAdvice *Advice = Model.vocabulary().adviceFor(qualifiedName(*Task));
    std::string Start = Advice && !Advice->Start.empty() ? "start it with '" + Advice->Start + "'"
                                                         : "start it or wait for it";
    return "this function is not a coroutine: " + Start + ", or return it to the caller";
  }

  /// `f();` becomes `co_await f();`. A cast to void stays, `std::ignore = ` needs a value.
  bool awaitFix(Diag &D, const FunctionFacts &F, const DroppedValue &Value) const {
    QualType Result = Types.awaitResult(Value.Value->getType());
    bool Fits = Value.How != ValueUse::Ignored || (!Result.isNull() && !Result->isVoidType());
    return Fits && !Value.InHandler && addAwait(D, Model, F, Value.Value);
  }

  //--- Locals ---------------------------------------------------------------

  void local(const LocalFacts &Local) {
    const ValueDecl &D = *Local.Decl;
    const auto *Var = dyn_cast<VarDecl>(&D);
    bool Named = D.getType()->isReferenceType() && !makesTask(Local.Init); // Somebody else's.
    bool Kept = Var && (Named || Var->isStaticLocal() || Var->hasExternalStorage());
    if (Kept || D.hasAttr<UnusedAttr>() || inIgnoredMacro(D.getLocation()))
      return;
    if (Types.heldTask(D.getType()))
      return container(Local);
    QualType T = D.getType().getNonReferenceType();
    Obligation Lost = Types.obligation(T);
    const CoroutineType &Type = Types.of(T);
    bool KeepsAlive = Lost == Obligation::Result && Type.DropKills;
    if (Lost == Obligation::None || KeepsAlive || (T.isConstQualified() && Type.Shared))
      return;
    if (D.getIdentifier() && D.getName() == "_" && !ReportIgnore)
      return;
    for (const TaskDefinition &Definition : taskDefinitions(Types, Local)) {
      Fate Becomes = fateOf(Model, Local, Definition);
      if (Becomes == Fate::Lost || (AnyPath && Becomes == Fate::LostOnSomePath))
        return reportLocal(Local, Definition, Becomes, Lost);
    }
  }

  void reportLocal(const LocalFacts &Local, TaskDefinition Definition, Fate Becomes,
                   Obligation Lost) {
    const ValueDecl &Var = *Local.Decl;
    const auto [Made, At] = Definition;
    Diag D;
    D.Loc = At ? At->getBeginLoc() : Var.getLocation();
    D.Message = "'" + Var.getNameAsString() +
                (Becomes == Fate::Lost ? "' is never awaited" : "' is not awaited on every path") +
                consequence(Lost);
    D.Ranges.push_back(Made->getSourceRange());
    if (At)
      D.Notes.push_back({Var.getLocation(), "'" + Var.getNameAsString() + "' declared here"});
    noteGuard(D, Var);
    if (At || any_of(Local.Uses, consumes) || !localFix(D, Local, Made))
      D.Notes.push_back({D.Loc, cure(*Local.Function, classOf(Var.getType().getNonReferenceType()),
                                     Local.InHandler)});
    Context.report(D);
  }

  static std::string consequence(Obligation Lost) {
    switch (Lost) {
    case Obligation::Body:
      return ": its body never runs";
    case Obligation::Operation:
      return ": its operation never happens";
    default:
      return ": its result and its exception are lost";
    }
  }

  /// `auto units = get_units(...)`: the name promises a guard, the value is the wait for one.
  void noteGuard(Diag &D, const ValueDecl &Var) const {
    QualType Result = Types.awaitResult(Var.getType().getNonReferenceType());
    const CXXRecordDecl *Guard = Result.isNull() ? nullptr : classOf(Result.getNonReferenceType());
    static const llvm::Regex Guards("lock|guard|unit|permit|holder", llvm::Regex::IgnoreCase);
    if (Guard && Guard->getIdentifier() && Guards.match(Guard->getName()))
      D.Notes.push_back({Var.getLocation(), "'" + Var.getNameAsString() + "' is not the '" +
                                                Guard->getNameAsString() +
                                                "' itself: until it is awaited, nothing is held"});
  }

  /// `auto t = f();` becomes `auto t = co_await f();`, or `co_await f();` when that gives nothing.
  bool localFix(Diag &D, const LocalFacts &Local, const Expr *Made) const {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    // A name that is still spelled somewhere, if only in a sizeof, keeps its declaration.
    bool Plain = Var && !isa<DecompositionDecl>(Var) && !Var->isInitCapture() &&
                 !Var->isReferenced() && !Local.InHandler && Var->getType()->getContainedAutoType();
    QualType Result = Types.awaitResult(Made->getType());
    if (!Plain || Result.isNull() || Var->getBeginLoc().isMacroID() ||
        !addAwait(D, Model, *Local.Function, Made))
      return false;
    if (Result->isVoidType()) // `auto t = ` goes.
      D.Fixes.push_back(FixItHint::CreateRemoval(
          CharSourceRange::getCharRange(Var->getBeginLoc(), Made->getBeginLoc())));
    return true;
  }

  //--- Containers and members -----------------------------------------------

  void container(const LocalFacts &Local) {
    bool Filled = carriesTask(Types, Local.Init);
    for (const VarUse &Use : Local.Uses) {
      if (consumes(Use))
        return;
      Filled |= Use.Value && carriesTask(Types, Use.Value);
    }
    if (!Filled || isa<BindingDecl>(Local.Decl) || Local.Decl->getType()->isReferenceType())
      return;
    const CXXRecordDecl *Held = Types.heldTask(Local.Decl->getType());
    Obligation Lost = Types.obligation(Held);
    if (Lost == Obligation::Result && Types.of(Held).DropKills)
      return;
    Diag D;
    D.Loc = Local.Decl->getLocation();
    D.Message = "'" + Local.Decl->getNameAsString() + "' is never awaited" + consequence(Lost);
    D.Notes.push_back({D.Loc, cure(*Local.Function, Held, false)});
    Context.report(D);
  }

  /// A member of a class that only this file knows: nobody else can await it.
  void field(const FieldDecl &Field, const FieldFacts &Facts) {
    if (Model.ast().getLangOpts().IsHeaderFile || Field.hasAttr<UnusedAttr>() ||
        Field.getParent()->isDependentContext() || Field.getParent()->isLambda())
      return;
    const CXXRecordDecl *Held = Types.heldTask(Field.getType());
    const CXXRecordDecl *Task = Held ? Held : classOf(Field.getType());
    // Eager work in a member is kept alive by it, on purpose.
    if (!Task || Types.of(Task).Starts != Start::Lazy || Types.of(Task).FireAndForget)
      return;
    const VarUse *Given = nullptr;
    for (const VarUse &Use : Facts.Uses) {
      if (consumes(Use))
        return;
      if (Use.Value && (Held ? carriesTask(Types, Use.Value) : makesTask(Use.Value)))
        Given = &Use;
    }
    if (!Given)
      return;
    Diag D;
    D.Loc = Given->Ref->getBeginLoc();
    D.Message = "'" + Field.getNameAsString() + "' is never awaited: its body never runs";
    D.Notes.push_back({Field.getLocation(), "nothing in this file reads '" +
                                                Field.getNameAsString() + "' after it is set"});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  const CoroutineTypes &Types;
  bool AnyPath;
  bool ReportIgnore;
  std::string AllowCastToVoid;
  std::vector<std::string> IgnoreMacros;
};

void run(RuleContext &Context) { NeverAwaited(Context).run(); }

} // namespace

extern constexpr Check NeverAwaitedCheck = {
    "never-awaited",
    "a task or awaitable is dropped, or stored and never awaited, so that its work is lost",
    Severity::Error,
    /*Recommended=*/true,
    Options,
    run,
};

} // namespace abide

//===- AwaitTemporary.cpp - async-await-temporary -------------------------===//
//
// Law: the temporaries of a full-expression die at its end, and so does the task that a co_await in
// it awaited, with the result inside of its frame. What a coroutine gives back by reference must
// not be part of its own frame, which is gone when the caller looks.
//
// Reported: a reference, pointer, view or iterator that leads, through a co_await, to such a
// temporary, when some path uses it afterwards; a range-for over one; a co_return that gives a
// reference or view of a local; what leads to an element of a generator when the generator has gone
// on, where the generator is seen to yield what lives in its frame.
//
// Not reported: results by value, whose life a reference extends; the range of a range-for in
// C++23, where its temporaries live on; tasks that are kept; references to what the arguments of
// the task refer to, when that lives on; by-value parameters, until somebody keeps the result.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/KeptElements.h"
#include "model/ResultStorage.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class AwaitTemporary {
public:
  explicit AwaitTemporary(RuleContext &Context) : Context(Context), Model(Context.model()) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      if (Local.Function->isCoroutine() && !Local.Function->Dependent)
        local(Local);
    for (const FunctionFacts &F : Model.functions().all()) {
      for (const KeptElement &Kept : keptElements(Model, F))
        element(Kept);
      if (!F.isCoroutine() || F.Dependent)
        continue;
      for (const Stmt *Loop : F.Loops)
        if (const auto *For = dyn_cast<CXXForRangeStmt>(Loop))
          range(*For);
      for (const Stmt *Return : F.Returns)
        if (const auto *Co = dyn_cast<CoreturnStmt>(Return); Co && Co->getOperand())
          given(F, *Co->getOperand());
    }
  }

private:
  void local(const LocalFacts &Local) {
    const auto *Var = dyn_cast<VarDecl>(Local.Decl);
    if (!Var || isa<ParmVarDecl>(Var) || Var->isCXXForRangeDecl())
      return;
    bool Refers = Var->getType()->isReferenceType();
    if (!Refers && !isView(Model, Var->getType()))
      return;
    if (Local.Init)
      kept(Local, *Local.Init,
           Refers ? storageBound(Model, Local.Init) : storageHeld(Model, Local.Init), Local.Init);
    if (Refers)
      return;
    for (const VarUse &Use : Local.Uses)
      if (Use.How == ValueUse::Assigned && Use.Value)
        kept(Local, *Use.Value, storageHeld(Model, Use.Value), assignmentAt(Local, Use));
  }

  /// The assignment as a whole.
  const Stmt *assignmentAt(const LocalFacts &Local, const VarUse &Use) const {
    const FunctionFlow *Flow = Model.flow(*Local.Function);
    const Stmt *S = Use.Ref;
    while (Flow && S && !isa<BinaryOperator, CXXOperatorCallExpr>(S))
      S = Flow->parent(S);
    return S;
  }

  static const Storage *awaitedTemporary(const Storages &All) {
    const auto *Found = find_if(
        All, [](const Storage &S) { return S.What == Storage::Temporary && S.Await != nullptr; });
    return Found == All.end() ? nullptr : Found;
  }

  static std::string what(const Storage &S) {
    return S.Frame ? "the frame of a task" : "a temporary";
  }

  static void died(Diag &D, const Storage &S) {
    D.note(S.E->getBeginLoc(), S.Frame ? "this task is destroyed at the end of the statement, and "
                                         "what is in its frame with it"
                                       : "this temporary is destroyed at the end of the statement");
  }

  void kept(const LocalFacts &Local, const Expr &Value, const Storages &All, const Stmt *At) {
    const Storage *Temporary = awaitedTemporary(All);
    const Expr *Use = Temporary && At ? usedAfter(Model, Local, At) : nullptr;
    if (!Use)
      return;
    const auto *Var = cast<VarDecl>(Local.Decl);
    const std::string Name = "'" + Var->getNameAsString() + "'";
    Diag D;
    D.Loc = Local.Init == &Value ? Var->getLocation() : At->getBeginLoc();
    D.Message = Name + " leads to " + what(*Temporary) +
                " that is destroyed at the end of this statement: it dangles when it is used";
    D.Ranges.push_back(Temporary->Await->getSourceRange());
    died(D, *Temporary);
    D.note(Use->getBeginLoc(), Name + " is used here, after that");
    if (!byValue(D, *Var))
      D.note(D.Loc, "keep " +
                        std::string(Temporary->Frame ? "the result by value, or the task"
                                                     : "the temporary") +
                        ", in a variable that lives as long as " + Name);
    Context.report(D);
  }

  /// Takes the `&&` of `auto &&result = co_await f();` away.
  bool byValue(Diag &D, const VarDecl &Var) const {
    const CXXRecordDecl *Class = Var.getType().getNonReferenceType()->getAsCXXRecordDecl();
    const auto *Type = Var.getTypeSourceInfo();
    auto Reference = Type ? Type->getTypeLoc().getAs<ReferenceTypeLoc>() : ReferenceTypeLoc();
    if (!Reference || !Reference.getSigilLoc().isFileID() ||
        (Class && (Class->isAbstract() || !mayCopy(*Class, Var.getInit()->isXValue()))))
      return false;
    const Expr *Init = withoutWrappers(Var.getInit());
    if (!isa<CoawaitExpr>(Init)) // The object of a member may be of a derived class.
      return false;
    D.Fixes.push_back(FixItHint::CreateRemoval(Reference.getSigilLoc()));
    return true;
  }

  static bool mayCopy(const CXXRecordDecl &Class, bool Rvalue) {
    return Class.hasDefinition() &&
           (Class.hasSimpleCopyConstructor() || (Rvalue && Class.hasSimpleMoveConstructor()) ||
            any_of(Class.ctors(), [&](const CXXConstructorDecl *C) {
              return !C->isDeleted() &&
                     (C->isCopyConstructor() || (Rvalue && C->isMoveConstructor()));
            }));
  }

  /// `for (auto &x : (co_await f()).items())`.
  void range(const CXXForRangeStmt &For) {
    if (Model.ast().getLangOpts().CPlusPlus23)
      return;
    const auto *Range = dyn_cast_or_null<VarDecl>(
        For.getRangeStmt() ? For.getRangeStmt()->getSingleDecl() : nullptr);
    if (!Range || !Range->getInit())
      return;
    const Storages All =
        Range->getType()->isReferenceType() ? storageBound(Model, Range->getInit()) : Storages();
    Storages Held = storageHeld(Model, Range->getInit());
    const Storage *Temporary = awaitedTemporary(All);
    if (!Temporary)
      Temporary = awaitedTemporary(Held);
    if (!Temporary)
      return;
    Diag D;
    D.Loc = Range->getInit()->getBeginLoc();
    D.Message =
        "the loop goes over " + what(*Temporary) + " that is destroyed before its first round";
    D.Ranges.push_back(Range->getInit()->getSourceRange());
    died(D, *Temporary);
    D.note(For.getForLoc(), "the loop uses it here, after that");
    D.note(D.Loc, "keep the result of 'co_await' in a variable before the loop");
    Context.report(D);
  }

  /// `task<std::string_view> f() { std::string s; ...; co_return s; }`
  void given(const FunctionFacts &F, const Expr &Value) {
    const CoroutineType &Type = Model.types().of(F.Decl->getReturnType());
    QualType Result = Type.Generator && !Type.Awaitable
                          ? QualType()
                          : valueOfTask(Model, F.Decl->getReturnType());
    if (Result.isNull() || !(Result->isReferenceType() || isView(Model, Result)))
      return;
    for (const Storage &S : storageReturned(Model, Value, Result)) {
      bool Own = S.What == Storage::Variable && !isa<ParmVarDecl>(S.Var) &&
                 Model.functions().local(S.Var) && Model.functions().local(S.Var)->Function == &F;
      if (!Own && S.What != Storage::Temporary)
        continue;
      Diag D;
      D.Loc = Value.getBeginLoc();
      const std::string Name = Own ? "'" + S.Var->getNameAsString() + "'" : "a temporary";
      D.Message = "'co_return' gives a " +
                  std::string(Result->isReferenceType() ? "reference to " : "view of ") + Name +
                  ", which dies before the caller gets it";
      D.Ranges.push_back(Value.getSourceRange());
      if (Own)
        D.note(S.Var->getLocation(), Name + " lives in the frame of this coroutine");
      D.note(F.Decl->getLocation(), "return it by value");
      return Context.report(D);
    }
  }

  /// `for (const std::string &line : lines()) all.push_back(line);`, where all has string_views.
  void element(const KeptElement &Kept) {
    const std::string Name = "'" + Kept.Keeper->Decl->getNameAsString() + "'";
    Diag D;
    D.Loc =
        Kept.Keeper->Init == Kept.At ? Kept.Keeper->Decl->getLocation() : Kept.At->getBeginLoc();
    D.Message = Name + " leads to an element of a generator, which dies when the generator " +
                (Kept.Step ? "goes on" : "is destroyed") + ": it dangles when it is used";
    D.note(Kept.Yield->getBeginLoc(),
           Kept.Own ? "the generator yields its own '" + Kept.Own->getNameAsString() + "'"
                    : "the generator yields a temporary");
    if (Kept.Step && Kept.Step->getBeginLoc().isFileID())
      D.note(Kept.Step->getBeginLoc(), "the generator goes on here");
    D.note(Kept.Use->getBeginLoc(), Name + " is used here, after that");
    D.note(D.Loc, "keep a copy of the element");
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
};

void run(RuleContext &Context) { AwaitTemporary(Context).run(); }

} // namespace

extern constexpr Check AwaitTemporaryCheck = {
    "await-temporary",
    "a reference leads to a temporary that died at the end of the co_await expression",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide

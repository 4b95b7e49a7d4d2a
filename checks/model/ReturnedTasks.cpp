//===- ReturnedTasks.cpp - Tasks that plain functions return --------------===//

#include "model/ReturnedTasks.h"
#include "model/Elsewhere.h"
#include "model/Lifelines.h"
#include "model/Outliving.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

namespace {

/// Finds the calls that make a task, or part of it.
class Makers {
public:
  explicit Makers(const TuModel &Model) : Model(Model) {}

  SmallVector<const CallExpr *, 2> Out;

  void of(const Expr *E) {
    E = E ? withoutWrappers(E) : nullptr;
    if (!E || ++Steps > 32)
      return;
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
      of(Choice->getTrueExpr());
      return of(Choice->getFalseExpr());
    }
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E)) {
      if (Made->getNumArgs() == 1 && isTask(Made->getArg(0)))
        of(Made->getArg(0));
      return;
    }
    if (const auto *Cast = dyn_cast<CastExpr>(E))
      return of(Cast->getSubExpr());
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return variable(*Ref);
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return call(*Call);
  }

private:
  bool isTask(const Expr *E) const {
    const CoroutineType &Type = Model.types().of(E->getType());
    return Type.isCoroutine() || Type.Awaitable;
  }

  /// `auto t = f(x); return t;`, with nothing in between.
  void variable(const DeclRefExpr &Ref) {
    const LocalFacts *Local = Model.functions().local(Ref.getDecl());
    if (Local && Local->Init && isTask(&Ref) && Local->Uses.size() == 1)
      of(Local->Init);
  }

  void call(const CallExpr &Call) {
    if (Call.isCallToStdMove() && Call.getNumArgs() == 1)
      return of(Call.getArg(0));
    if (!isTask(&Call) || !Call.getDirectCallee())
      return;
    Out.push_back(&Call);
    for (const Expr *Argument : Call.arguments())
      if (isTask(Argument))
        of(Argument);
    // `f(x).then(g)`, `f(x).schedule_on(executor)`
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call))
      if (const Expr *Object = Member->getImplicitObjectArgument(); isTask(Object))
        of(Object);
  }

  const TuModel &Model;
  unsigned Steps = 0;
};

/// By which other units tell of what it runs.
std::string keyOfCall(const TuModel &Model, const CallExpr &Call) {
  const FunctionDecl *Callee = Call.getDirectCallee();
  return Callee ? elsewhereKey(Model, {&Call, Callee, nullptr, Call.getExprLoc(), {}, nullptr})
                : "";
}

/// Follows a parameter of a function that returns work to the coroutine that uses it.
class Follow {
public:
  explicit Follow(const TuModel &Model) : Model(Model) {}

  std::optional<LaterUse> of(const CallExpr &Call, const ParmVarDecl *Parameter, unsigned Depth) {
    const FunctionDecl *Callee = Call.getDirectCallee();
    const FunctionFacts *Body = Model.functions().of(Callee);
    if (!Body)
      return unseen(Call, *Callee, Parameter);
    if (Body->Dependent || Depth > 3)
      return std::nullopt;
    const ParmVarDecl *Own =
        Parameter ? Body->Decl->getParamDecl(Parameter->getFunctionScopeIndex()) : nullptr;
    if (Body->isCoroutine()) {
      std::optional<LateUse> Use = Own ? usedLate(Model, *Body, Own) : thisUsedLate(Model, *Body);
      return Use ? std::optional<LaterUse>({true, *Use, Body->Decl}) : std::nullopt;
    }
    for (const ReturnedTask &Inner : returnedTasks(Model, *Body))
      for (const BorrowedArgument &Given : borrowedBy(Model, Inner.Call))
        if (gets(Given, Own))
          if (auto Later = of(*Inner.Call, Given.Parameter, Depth + 1))
            return Later;
    return std::nullopt;
  }

  /// Whether it is the own parameter (null: the own object) that is handed on.
  static bool gets(const BorrowedArgument &Given, const ParmVarDecl *Own) {
    if (!Own || Own->getType()->isReferenceType())
      return any_of(Given.To, [&](const Referent &R) { return Own ? R.Var == Own : R.This; });
    // A pointer or view is handed on by its value.
    return any_of(Given.To, [&](const Referent &R) { return R.Var == Own; }) ||
           (Given.Argument && names(*Given.Argument, Own));
  }

private:
  static bool names(const Expr &E, const ParmVarDecl *P) {
    const Expr *Inner = withoutWrappers(&E);
    if (const auto *Made = dyn_cast<CXXConstructExpr>(Inner); Made && Made->getNumArgs() == 1)
      Inner = withoutWrappers(Made->getArg(0));
    const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
    return Ref && Ref->getDecl() == P;
  }

  /// A lazy task has not begun when the call returns, so that it uses later whatever it uses.
  std::optional<LaterUse> unseen(const CallExpr &Call, const FunctionDecl &Callee,
                                 const ParmVarDecl *Parameter) const {
    const unsigned Argument = Parameter ? Parameter->getFunctionScopeIndex() + 1 : 0;
    const std::string Key = Model.hasFacts() ? keyOfCall(Model, Call) : "";
    if (const Fact *Known = factOf(Model, Key, Trait::UsesLater, Argument))
      return LaterUse{false, {}, &Callee, Known};
    if (factOf(Model, Key, Trait::SparesLater, Argument))
      return std::nullopt;
    const CoroutineType &Type = Model.types().of(Call.getType());
    if (!Type.isCoroutine() || Type.Starts != Start::Lazy || !isElsewhere(Model, Callee))
      return std::nullopt;
    if (Parameter && Parameter->getType()->isRValueReferenceType())
      return std::nullopt;
    return LaterUse{false, {}, &Callee};
  }

  const TuModel &Model;
};

} // namespace

bool isElsewhere(const TuModel &Model, const FunctionDecl &F) {
  return !F.hasBody() && !F.hasSkippedBody() && !F.isTemplateInstantiation() &&
         !Model.ast().getSourceManager().isInSystemHeader(F.getLocation());
}

SmallVector<ReturnedTask, 2> returnedTasks(const TuModel &Model, const FunctionFacts &F) {
  SmallVector<ReturnedTask, 2> Result;
  if (!F.Decl || F.isCoroutine() || F.Dependent)
    return Result;
  const CoroutineType &Type = Model.types().of(F.Decl->getReturnType());
  if ((!Type.isCoroutine() && !Type.Awaitable) || F.Decl->getReturnType()->isReferenceType())
    return Result;
  for (const Stmt *S : F.Returns)
    if (const auto *Return = dyn_cast<ReturnStmt>(S)) {
      Makers All(Model);
      All.of(Return->getRetValue());
      for (const CallExpr *Call : All.Out)
        Result.push_back({Return, Call});
    }
  return Result;
}

std::optional<LaterUse> usesLater(const TuModel &Model, const CallExpr &Call,
                                  const ParmVarDecl *Parameter) {
  return Follow(Model).of(Call, Parameter, 0);
}

//--- Other units ----------------------------------------------------------------

namespace {

/// What is said of one argument of a function.
class LaterSummary {
public:
  LaterSummary(const TuModel &Model, const FunctionFacts &F, const ParmVarDecl *Own,
               FunctionSummary &Out)
      : Model(Model), F(F), Own(Own), Argument(Own ? Own->getFunctionScopeIndex() + 1 : 0),
        Name(Own ? "'" + Own->getNameAsString() + "'" : "the object"), Out(Out) {}

  void coroutine() {
    if (!Model.flow(F))
      return;
    const auto Late = Own ? usedLate(Model, F, Own) : thisUsedLate(Model, F);
    const CXXRecordDecl *Class = Own ? nullptr : classOfThis(F);
    if (Late && Class && holdsSelf(Model, F, *Class))
      return; // Who asks means an object that nothing keeps.
    if (Late)
      uses({placed(Model, placeOfSleep(F, *Late), wordsOfSleep(*Late)),
            placed(Model, Late->Use->getBeginLoc(), wordsOfUse(*Late, Name))});
    else
      spares();
  }

  /// What all of its returned tasks do with it.
  void plain(ArrayRef<ReturnedTask> Tasks) {
    if (Tasks.empty() || hasOtherReturn(Tasks))
      return;
    bool HandsOn = false;
    for (const ReturnedTask &Inner : Tasks)
      for (const BorrowedArgument &Given : borrowedBy(Model, Inner.Call))
        if (Follow::gets(Given, Own)) {
          HandsOn = true;
          inner(*Inner.Call, Given);
        }
    if (!HandsOn)
      spares();
  }

private:
  void inner(const CallExpr &Call, const BorrowedArgument &Given) {
    const FunctionDecl &Callee = *Call.getDirectCallee();
    ChainCall At = placed(Model, Call.getExprLoc(),
                          Name + " is handed on to '" + shownName(Callee) + "' here");
    const std::uint8_t Theirs = Given.Parameter ? Given.Parameter->getFunctionScopeIndex() + 1 : 0;
    if (std::string Key = keyOfCall(Model, Call); !Key.empty()) {
      Out.Calls.push_back({Key, At, Trait::UsesLater, Argument, Theirs});
      Out.Calls.push_back({std::move(Key), std::move(At), Trait::SparesLater, Argument, Theirs});
    } else if (auto Later = Follow(Model).of(Call, Given.Parameter, 0); Later && Later->Known) {
      const FunctionFacts &In = *Model.functions().of(Later->In);
      uses({std::move(At), placed(Model, placeOfSleep(In, Later->Use), wordsOfSleep(Later->Use)),
            placed(Model, Later->Use.Use->getBeginLoc(),
                   wordsOfUse(Later->Use, "what it was given"))});
    }
  }

  /// A return of something else may refer to whatever it likes.
  bool hasOtherReturn(ArrayRef<ReturnedTask> Tasks) const {
    return any_of(F.Returns, [&](const Stmt *Return) {
      return none_of(Tasks, [&](const ReturnedTask &Task) { return Task.Return == Return; });
    });
  }

  void uses(std::vector<ChainCall> Chain) {
    Out.Does.push_back({Trait::UsesLater, 0, Argument, "", std::move(Chain)});
  }

  void spares() {
    Out.Does.push_back({Trait::SparesLater,
                        0,
                        Argument,
                        "",
                        {placed(Model, F.Decl->getLocation(), Name + " is not used later")}});
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const ParmVarDecl *Own;
  const std::uint8_t Argument;
  const std::string Name;
  FunctionSummary &Out;
};

} // namespace

void summarizeLaterUses(const TuModel &Model, const FunctionFacts &F, FunctionSummary &Out) {
  const CoroutineType &Type = Model.types().of(F.Decl->getReturnType());
  if (!Type.isCoroutine() && !Type.Awaitable)
    return;
  const SmallVector<ReturnedTask, 2> Tasks = returnedTasks(Model, F);
  auto Summarize = [&](const ParmVarDecl *Own) {
    LaterSummary Of(Model, F, Own, Out);
    F.isCoroutine() ? Of.coroutine() : Of.plain(Tasks);
  };
  for (const ParmVarDecl *Parameter : F.Decl->parameters())
    if (borrowOf(Model, Parameter->getType()) != Borrow::None)
      Summarize(Parameter);
  if (const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl); Method && Method->isInstance())
    Summarize(nullptr);
}

/// Whether the object may be gone while the work of the call goes on.
static bool mayOutlive(const TuModel &Model, const FunctionFacts &F, const CallExpr &Call,
                       WorkEnd How) {
  if (How == WorkEnd::Detached || How == WorkEnd::Stored)
    return true;
  return any_of(borrowedBy(Model, &Call), [&](const BorrowedArgument &Given) {
    return any_of(Given.To, [&](const Referent &R) {
      const LocalFacts *Local = R.Var ? Model.functions().local(R.Var) : nullptr;
      return How == WorkEnd::Returned ? R.Temporary || (Local && Local->Function == &F)
                                      : outlives(Model, F, &Call, R).has_value();
    });
  });
}

void askLaterUses(const TuModel &Model, UnitSummary &Out) {
  for (const FunctionFacts &F : Model.functions().all()) {
    if (!F.Decl || F.Dependent)
      continue;
    for (const CallSite &Site : F.Calls) {
      const auto *Call = dyn_cast_or_null<CallExpr>(Site.Expr);
      const CoroutineType &Type = Model.types().of(Call ? Call->getType() : QualType());
      if (!Call || !Type.isCoroutine() || Type.Immovable)
        continue;
      std::string Key = elsewhereKey(Model, Site);
      if (Key.empty())
        continue;
      const WorkEnd How = fateOfWork(Model, F, Call).How;
      if (How == WorkEnd::Awaited || How == WorkEnd::Unknown || How == WorkEnd::Dropped ||
          !mayOutlive(Model, F, *Call, How))
        continue;
      Out.Asked.push_back({Key, Trait::UsesLater, 1});
      Out.Asked.push_back({std::move(Key), Trait::SparesLater, 1});
    }
  }
}

std::optional<Referent> soleOwner(const TuModel &Model, const FunctionFacts &F,
                                  const Expr &Object) {
  const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(withoutWrappers(&Object));
  const auto *Ref = Arrow && Arrow->getNumArgs() == 1
                        ? dyn_cast<DeclRefExpr>(withoutWrappers(Arrow->getArg(0)))
                        : nullptr;
  const LocalFacts *Local = Ref ? Model.functions().local(Ref->getDecl()) : nullptr;
  const CXXRecordDecl *Class = Local ? Ref->getType()->getAsCXXRecordDecl() : nullptr;
  if (!Class || Local->Function != &F || !Local->Init || Local->Uses.size() != 1 ||
      Ref->getDecl()->getType()->isReferenceType() || !Class->isInStdNamespace())
    return std::nullopt;
  const auto *Made = dyn_cast<CallExpr>(withoutWrappers(Local->Init));
  const FunctionDecl *Maker = Made ? Made->getDirectCallee() : nullptr;
  bool Fresh = Maker && Maker->isInStdNamespace() &&
               (identifierOf(*Maker) == "make_unique" || identifierOf(*Maker) == "make_shared");
  return Fresh ? std::optional<Referent>({Local->Decl, nullptr, false, Ref}) : std::nullopt;
}

const CXXTryStmt *tryAround(const FunctionFlow &Flow, const Stmt *S) {
  for (const Stmt *Child = S, *Around = Flow.parent(S); Around;
       Child = Around, Around = Flow.parent(Around))
    if (const auto *Try = dyn_cast<CXXTryStmt>(Around); Try && Child == Try->getTryBlock())
      return Try;
  return nullptr;
}

bool declaredBefore(const FunctionFlow &Flow, const VarDecl &Var, const Stmt *Return, bool Next) {
  for (const Stmt *Child = Return, *Around = Flow.parent(Return); Around;
       Child = Around, Around = Flow.parent(Around)) {
    const Stmt *Before = nullptr;
    if (const auto *Block = dyn_cast<CompoundStmt>(Around))
      for (const Stmt *S : Block->body()) {
        if (S == Child)
          break;
        const auto *Declares = dyn_cast<DeclStmt>(S);
        if (!Next && Declares && is_contained(Declares->decls(), &Var))
          return true;
        Before = S;
      }
    if (Next) {
      const auto *Declares = dyn_cast_or_null<DeclStmt>(Before);
      return Declares && is_contained(Declares->decls(), &Var);
    }
  }
  return false;
}

} // namespace abide

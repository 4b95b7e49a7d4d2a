//===- KeptElements.cpp - Elements of generators kept too long ------------===//

#include "model/KeptElements.h"
#include "model/ResultStorage.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

namespace {

/// One iteration of a generator.
struct Pass {
  const VarDecl *Element;      ///< The loop variable or the iterator.
  const Expr *Generator;       ///< The call that makes the generator.
  const CXXForRangeStmt *Loop; ///< Null for an iterator.
  const VarDecl *Range;        ///< What dies when the loop ends; null: it lives on.
};

/// Something that a generator yields out of its frame.
struct OwnYield {
  const Expr *Operand = nullptr;
  const VarDecl *Own = nullptr;
  bool DiesAtStep = false; ///< Else with the generator.
};

class Search {
public:
  Search(const TuModel &Model, const FunctionFacts &F, const FunctionFlow &Flow)
      : Model(Model), F(F), Flow(Flow), Sources(Model.ast().getSourceManager()) {}

  std::vector<KeptElement> Found;

  void run() {
    for (const Stmt *Loop : F.Loops)
      if (const auto *For = dyn_cast<CXXForRangeStmt>(Loop))
        range(*For);
    for (const LocalFacts &Local : Model.functions().locals())
      if (Local.Function == &F && Local.Init && isa<VarDecl>(Local.Decl))
        iterator(Local);
  }

private:
  bool isGenerator(QualType T) const {
    const CoroutineType &Type = Model.types().of(T);
    return Type.Generator && (Type.AsyncGenerator || !Type.Awaitable);
  }

  /// `lines()`, or a local that was initialised with it.
  const Expr *made(const Expr *E, bool &Temporary) const {
    E = withoutWrappers(E);
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const LocalFacts *Local = Model.functions().local(Ref->getDecl());
      E = Local && Local->Init ? withoutWrappers(Local->Init) : nullptr;
      Temporary = false;
    }
    return isa_and_nonnull<CallExpr>(E) && isGenerator(E->getType()) ? E : nullptr;
  }

  void range(const CXXForRangeStmt &For) {
    const auto *Range = dyn_cast_or_null<VarDecl>(
        For.getRangeStmt() ? For.getRangeStmt()->getSingleDecl() : nullptr);
    if (!Range || !Range->getInit() || !isGenerator(Range->getType()))
      return;
    bool Temporary = true;
    if (const Expr *Generator = made(Range->getInit(), Temporary))
      pass({For.getLoopVariable(), Generator, &For, Temporary ? Range : nullptr});
  }

  /// `auto it = lines.begin();`, also awaited.
  void iterator(const LocalFacts &Local) {
    const Expr *E = withoutWrappers(Local.Init);
    if (const auto *Await = dyn_cast<CoawaitExpr>(E))
      E = withoutWrappers(Await->getOperand());
    const auto *Begin = dyn_cast<CXXMemberCallExpr>(E);
    if (!Begin || !Begin->getMethodDecl() || identifierOf(*Begin->getMethodDecl()) != "begin" ||
        !Begin->getImplicitObjectArgument())
      return;
    bool Temporary = true;
    const Expr *Generator = made(Begin->getImplicitObjectArgument(), Temporary);
    if (Generator && !Temporary)
      pass({cast<VarDecl>(Local.Decl), Generator, nullptr, nullptr});
  }

  //--- What the generator yields --------------------------------------------

  OwnYield ownYield(const Pass &P) const {
    const auto *Call = cast<CallExpr>(P.Generator);
    const FunctionFacts *Body = Model.functions().of(Call->getDirectCallee());
    if (!Body || !Body->isCoroutine() || Body->Dependent)
      return {};
    OwnYield Best;
    for (const Suspension &S : Body->Suspensions) {
      if (!S.Yield)
        continue;
      OwnYield Now = ownYield(*Body, *yielded(*S.Operand), valueOfTask(Model, Call->getType()));
      if (Now.Operand && (!Best.Operand || (Now.DiesAtStep && !Best.DiesAtStep)))
        Best = Now;
    }
    return Best;
  }

  /// The operand of co_yield is a call: `promise.yield_value(x)`.
  static const Expr *yielded(const Expr &Operand) {
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(&Operand));
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    bool Wraps = F && Call->getNumArgs() == 1 && identifierOf(*F) == "yield_value";
    return Wraps ? Call->getArg(0) : &Operand;
  }

  OwnYield ownYield(const FunctionFacts &Body, const Expr &Operand, QualType Element) const {
    Storages All;
    if (!Element.isNull() && isView(Model, Element))
      All = storageReturned(Model, Operand, Element.getNonReferenceType());
    else if (Operand.isGLValue())
      All = storageBound(Model, &Operand);
    else if (Operand.getType()->isRecordType())
      return {&Operand, nullptr, true};
    for (const Storage &S : All) {
      if (S.What == Storage::Temporary)
        return {&Operand, nullptr, true};
      if (S.What == Storage::Variable)
        return {&Operand, S.Var, !isa<ParmVarDecl>(S.Var) && isInLoop(Body, *S.Var)};
    }
    return {};
  }

  bool isInLoop(const FunctionFacts &Body, const VarDecl &Var) const {
    return any_of(Body.Loops, [&](const Stmt *Loop) {
      return Sources.isBeforeInTranslationUnit(Loop->getBeginLoc(), Var.getLocation()) &&
             Sources.isBeforeInTranslationUnit(Var.getLocation(), Loop->getEndLoc());
    });
  }

  //--- Who keeps it ---------------------------------------------------------

  void pass(const Pass &P) {
    const OwnYield Yield = ownYield(P);
    if (!Yield.Operand || (!Yield.DiesAtStep && !P.Range))
      return;
    for (const LocalFacts &Local : Model.functions().locals()) {
      if (Local.Function != &F || Local.Decl == P.Element || !isa<VarDecl>(Local.Decl))
        continue;
      for (const Stmt *At : gets(Local, P.Element))
        if (KeptElement Kept = follow(Local, At, P, Yield); Kept.Use) {
          Found.push_back(Kept);
          break;
        }
    }
  }

  static bool leadsTo(const Storages &All, const VarDecl *Element) {
    return any_of(All,
                  [&](const Storage &S) { return S.What == Storage::Element && S.Var == Element; });
  }

  /// Where the local is made to lead to the element.
  SmallVector<const Stmt *, 2> gets(const LocalFacts &Local, const VarDecl *Element) const {
    SmallVector<const Stmt *, 2> Result;
    QualType T = Local.Decl->getType();
    if (Local.Init && (T->isReferenceType()
                           ? leadsTo(storageBound(Model, Local.Init), Element)
                           : isView(Model, T) && leadsTo(storageHeld(Model, Local.Init), Element)))
      Result.push_back(Local.Init);
    QualType Holds = T;
    if (const auto *Container =
            dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
        Container && !isView(Model, T) && isOwner(T) && Container->getTemplateArgs().size() > 0 &&
        Container->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
      Holds = Container->getTemplateArgs()[0].getAsType();
    if (T->isReferenceType() || !isView(Model, Holds))
      return Result;
    for (const VarUse &Use : Local.Uses) {
      const CXXMemberCallExpr *Fills = filledBy(Flow, Use);
      const Expr *Value = Use.How == ValueUse::Assigned       ? Use.Value
                          : Fills && Fills->getNumArgs() == 1 ? Fills->getArg(0)
                                                              : nullptr;
      if (Value && leadsTo(storageReturned(Model, *Value, Holds), Element))
        if (const Stmt *Whole = callAround(Use.Ref))
          Result.push_back(Whole);
    }
    return Result;
  }

  const Stmt *callAround(const Stmt *S) const {
    while (S && !isa<BinaryOperator, CallExpr>(S))
      S = Flow.parent(S);
    return S;
  }

  bool steps(const Pass &P, const Stmt *S) const {
    if (P.Loop)
      return S == P.Loop->getInc();
    const auto *Step = dyn_cast<CXXOperatorCallExpr>(S);
    const auto *Ref = Step && Step->getOperator() == OO_PlusPlus
                          ? dyn_cast<DeclRefExpr>(withoutWrappers(Step->getArg(0)))
                          : nullptr;
    return Ref && Ref->getDecl() == P.Element;
  }

  KeptElement follow(const LocalFacts &Keeper, const Stmt *At, const Pass &P,
                     const OwnYield &Yield) const {
    enum : PathSearch::State { Alive, Stepped, Gone };
    KeptElement Kept{&Keeper, At, nullptr, nullptr, Yield.Operand, Yield.Own};
    if (!Flow.contains(At))
      return Kept;
    DenseMap<const Stmt *, const VarUse *> Uses;
    for (const VarUse &Use : Keeper.Uses)
      Uses[Use.Ref] = &Use;
    const bool Reference = Keeper.Decl->getType()->isReferenceType();
    auto Next = [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
      if (Kept.Use || (E.What == FlowEvent::ScopeEnd && E.Var == Keeper.Decl))
        return std::nullopt;
      if (E.S == Keeper.Init && E.What == FlowEvent::Evaluated)
        return std::nullopt; // `while (...) { const auto &line = *it; ... ++it; }`
      if (E.What == FlowEvent::ScopeEnd && P.Range && E.Var == P.Range && S == Alive)
        return Gone;
      if (E.What != FlowEvent::Evaluated)
        return S;
      if (Yield.DiesAtStep && S == Alive && steps(P, E.S)) {
        Kept.Step = E.S;
        return Stepped;
      }
      const VarUse *Use = Uses.lookup(E.S);
      if (!Use)
        return S;
      if (Use->How == ValueUse::Assigned && !Reference)
        return std::nullopt;
      if (S == Alive || (!Reference && !looksBehind(Flow, Keeper, *Use)))
        return S;
      Kept.Use = Use->Ref;
      Kept.Step = S == Stepped ? Kept.Step : nullptr;
      return std::nullopt;
    };
    PathSearch(Flow, Exceptions::None).after(At, Alive, Next);
    return Kept;
  }

  const TuModel &Model;
  const FunctionFacts &F;
  const FunctionFlow &Flow;
  const SourceManager &Sources;
};

} // namespace

std::vector<KeptElement> keptElements(const TuModel &Model, const FunctionFacts &F) {
  const FunctionFlow *Flow = F.Decl && !F.Dependent ? Model.flow(F) : nullptr;
  if (!Flow)
    return {};
  Search S(Model, F, *Flow);
  S.run();
  return std::move(S.Found);
}

} // namespace abide

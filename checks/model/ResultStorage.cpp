//===- ResultStorage.cpp - What the result of an await leads to -----------===//

#include "model/ResultStorage.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Kinds of types
//===----------------------------------------------------------------------===//

/// Clang marks the owners and views of the standard library by itself, as users may mark theirs.
template <class Attribute> static bool isMarked(const CXXRecordDecl *Class) {
  for (const Decl *D : Class->redecls())
    if (D->hasAttr<Attribute>())
      return true;
  const auto *Instance = dyn_cast<ClassTemplateSpecializationDecl>(Class);
  return Instance && Instance->getSpecializedTemplate()->getTemplatedDecl()->hasAttr<Attribute>();
}

bool isView(const TuModel &Model, QualType T) {
  if (T.isNull() || T->isDependentType())
    return false;
  T = T.getNonReferenceType();
  if (T->isPointerType())
    return !T->isFunctionPointerType();
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  if (!Class)
    return false;
  return isMarked<PointerAttr>(Class) || Model.names().has(*Class, Role::View);
}

bool isOwner(QualType T) {
  const CXXRecordDecl *Class = T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
  return Class && isMarked<OwnerAttr>(Class);
}

/// Members by which an owner gives out what it owns.
static bool givesOut(const CXXMethodDecl *M) {
  if (isa<CXXConversionDecl>(M))
    return true;
  switch (M->getOverloadedOperator()) {
  case OO_Star:
  case OO_Arrow:
  case OO_Subscript:
    return true;
  default:
    return is_contained<std::initializer_list<StringRef>>(
        {"begin", "end", "cbegin", "cend", "rbegin", "rend", "front", "back", "at", "top", "data",
         "c_str", "get", "value", "find", "lower_bound", "upper_bound"},
        identifierOf(*M));
  }
}

/// std::move(x), std::as_const(x), std::get<0>(x): the result is (in) the argument.
static bool passesOn(const FunctionDecl *F) {
  return F->isInStdNamespace() &&
         is_contained<std::initializer_list<StringRef>>(
             {"move", "forward", "as_const", "get", "begin", "end", "data"}, identifierOf(*F));
}

static bool isLifetimeBound(const FunctionDecl *F, unsigned Parameter) {
  return Parameter < F->getNumParams() && F->getParamDecl(Parameter)->hasAttr<LifetimeBoundAttr>();
}

QualType valueOfTask(const TuModel &Model, QualType Task) {
  const auto *Instance =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(Task->getAsCXXRecordDecl());
  if (Instance && Instance->getTemplateArgs().size() > 0 &&
      Instance->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
    return Instance->getTemplateArgs()[0].getAsType();
  return Model.types().awaitResult(Task);
}

//===----------------------------------------------------------------------===//
// The way back
//===----------------------------------------------------------------------===//

namespace {

class Walk {
public:
  Walk(const TuModel &Model, unsigned Depth) : Model(Model), Depth(Depth) {}

  Storages Out;

  void lead(const Expr *E) {
    if (!E || E->isTypeDependent() || ++Steps > 64)
      return;
    E->isGLValue() ? storage(E) : isView(Model, E->getType()) ? pointee(E) : void();
  }

  /// What the value in E, a pointer, view or iterator, points into.
  void pointee(const Expr *E) {
    E = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      return pointee(Full->getSubExpr());
    if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E))
      return pointee(Bind->getSubExpr());
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      return pointee(Temporary->getSubExpr());
    if (const auto *Default = dyn_cast<CXXDefaultArgExpr>(E))
      return pointee(Default->getExpr());
    if (const auto *Cast = dyn_cast<CastExpr>(E))
      return castPointee(Cast);
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
      pointee(Choice->getTrueExpr());
      return pointee(Choice->getFalseExpr());
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return valueOf(dyn_cast<VarDecl>(Ref->getDecl()));
    if (isa<CXXThisExpr>(E))
      return add({Storage::Object, E});
    if (const auto *Unary = dyn_cast<UnaryOperator>(E); Unary && Unary->getOpcode() == UO_AddrOf)
      return storage(Unary->getSubExpr());
    if (const auto *Binary = dyn_cast<BinaryOperator>(E); Binary && Binary->isAdditiveOp())
      return pointee(Binary->getLHS()->getType()->isPointerType() ? Binary->getLHS()
                                                                  : Binary->getRHS());
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
      return made(Made);
    if (const auto *Await = dyn_cast<CoawaitExpr>(E))
      return awaited(Await);
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (Callee && passesOn(Callee) && Call->getNumArgs() > 0) // The value goes, not its place.
      return pointee(Call->getArg(0));
    if (Call)
      return called(Call);
  }

  /// The object that E, a glvalue, designates.
  void storage(const Expr *E) {
    E = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      return storage(Full->getSubExpr());
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E)) {
      if (Temporary->getStorageDuration() == SD_FullExpression)
        add({Storage::Temporary, Temporary, nullptr,
             dyn_cast<CoawaitExpr>(withoutWrappers(Temporary))});
      return;
    }
    if (const auto *Cast = dyn_cast<CastExpr>(E)) {
      if (const CXXMethodDecl *M = conversionOf(Cast))
        return memberResult(M, Cast->getSubExpr());
      if (Cast->getSubExpr()->isGLValue())
        return storage(Cast->getSubExpr());
      return;
    }
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
      storage(Choice->getTrueExpr());
      return storage(Choice->getFalseExpr());
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return variable(dyn_cast<VarDecl>(Ref->getDecl()));
    if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
      if (Field && !Field->getType()->isReferenceType())
        base(Member->getBase(), Member->isArrow());
      return;
    }
    if (const auto *Unary = dyn_cast<UnaryOperator>(E); Unary && Unary->getOpcode() == UO_Deref)
      return pointee(Unary->getSubExpr());
    if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E))
      return pointee(Element->getBase());
    if (const auto *Await = dyn_cast<CoawaitExpr>(E))
      return awaited(Await);
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return called(Call);
  }

private:
  void add(Storage R) { Out.push_back(R); }

  void base(const Expr *E, bool IsArrow) { IsArrow ? pointee(E) : object(E); }

  /// The object of a member: it may be a prvalue.
  void object(const Expr *E) {
    if (E->isGLValue())
      storage(E);
    else
      add({Storage::Temporary, E});
  }

  static const CXXMethodDecl *conversionOf(const CastExpr *Cast) {
    return dyn_cast_or_null<CXXMethodDecl>(Cast->getConversionFunction());
  }

  void castPointee(const CastExpr *Cast) {
    const Expr *Inner = Cast->getSubExpr();
    switch (Cast->getCastKind()) {
    case CK_ArrayToPointerDecay:
      return isa<clang::StringLiteral>(Inner->IgnoreParens()) ? void() : storage(Inner);
    case CK_LValueToRValue:
    case CK_NoOp:
    case CK_BitCast:
    case CK_DerivedToBase:
    case CK_UncheckedDerivedToBase:
    case CK_BaseToDerived:
    case CK_ConstructorConversion:
    case CK_UserDefinedConversion:
      return pointee(Inner);
    default:
      return;
    }
  }

  void variable(const VarDecl *Var) {
    if (!Var || !Var->hasLocalStorage())
      return;
    if (!Var->getType()->isReferenceType())
      return add({Storage::Variable, nullptr, Var});
    if (Var->isCXXForRangeDecl())
      return add({Storage::Element, nullptr, Var});
    if (isa<ParmVarDecl>(Var))
      return add({Storage::Behind, nullptr, Var});
    if (Var->getInit())
      lead(Var->getInit());
  }

  /// What a variable that is a pointer, view or iterator points into.
  void valueOf(const VarDecl *Var) {
    if (!Var || !Var->hasLocalStorage())
      return;
    const LocalFacts *Facts = Model.functions().local(Var);
    if (!Facts || any_of(Facts->Uses, [](const VarUse &Use) {
          return Use.How == ValueUse::Assigned || Use.How == ValueUse::Filled;
        }))
      return;
    if (Var->isCXXForRangeDecl())
      return add({Storage::Element, nullptr, Var});
    if (isa<ParmVarDecl>(Var))
      return add({Storage::Behind, nullptr, Var});
    if (Var->getInit() && !Var->getType()->isReferenceType())
      pointee(Var->getInit());
  }

  /// A view that is made of an owner, of an array, or of another view.
  void made(const CXXConstructExpr *Made) {
    if (Made->getNumArgs() == 0)
      return;
    const Expr *From = Made->getArg(0);
    if (isView(Model, From->getType()))
      return pointee(From);
    if ((isOwner(From->getType()) || From->getType()->isArrayType()) && From->isGLValue() &&
        !isa<clang::StringLiteral>(From->IgnoreParenImpCasts()))
      storage(From);
  }

  void memberResult(const CXXMethodDecl *M, const Expr *Object) {
    if (isOwner(Object->getType()) && givesOut(M))
      object(Object);
  }

  void called(const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F)
      return;
    const auto *Method = dyn_cast<CXXMethodDecl>(F);
    const Expr *Self = selfOf(Call);
    bool Arrow = Self && Self->getType()->isPointerType();
    if (passesOn(F) && Call->getNumArgs() > 0)
      return lead(Call->getArg(0));
    if (Method && Self && !Arrow && isOwner(Self->getType()))
      return givesOut(Method) ? object(Self) : void();
    if (Method && Self && !Arrow && isView(Model, Self->getType()))
      return pointee(Self);
    if (Call->isGLValue() && F->getOverloadedOperator() == OO_Star && Self)
      if (const auto *Iterator = dyn_cast<DeclRefExpr>(withoutWrappers(Self)))
        if (const auto *Var = dyn_cast<VarDecl>(Iterator->getDecl());
            Var && Var->hasLocalStorage() && !isa<ParmVarDecl>(Var))
          add({Storage::Element, nullptr, Var});
    unsigned First = isa<CXXOperatorCallExpr>(Call) && Method ? 1 : 0;
    for (unsigned I = First; I < Call->getNumArgs(); ++I)
      if (isLifetimeBound(F, I - First))
        lead(Call->getArg(I));
    if (Model.types().of(F->getReturnType()).isCoroutine())
      return;
    mapped(Call, Self, storageOfResult(Model, F, Depth + 1), nullptr);
  }

  /// The object of a member call or of an overloaded operator that is a member.
  static const Expr *selfOf(const CallExpr *Call) {
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      return Member->getImplicitObjectArgument();
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call))
      if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(Operator->getDirectCallee());
          M && !M->isStatic())
        return Operator->getArg(0);
    return nullptr;
  }

  /// What the callee says of its parameters, said of the arguments.
  void mapped(const CallExpr *Call, const Expr *Self, const Storages &Inner,
              const CoawaitExpr *Await) {
    const size_t Before = Out.size();
    for (const Storage &R : Inner) {
      if (R.What == Storage::Object && Self)
        base(Self, Self->getType()->isPointerType());
      if (R.What != Storage::Behind && R.What != Storage::Variable)
        continue;
      const auto *P = dyn_cast<ParmVarDecl>(R.Var);
      if (!P)
        continue;
      if (R.What == Storage::Variable)
        add({Storage::Temporary, Call, nullptr, Await, /*Frame=*/Await != nullptr});
      else if (const Expr *Argument = argument(Call, P))
        P->getType()->isReferenceType() ? storage(Argument) : pointee(Argument);
    }
    for (Storage &R : MutableArrayRef(Out).drop_front(Before))
      R.Await = Await ? Await : R.Await;
  }

  static const Expr *argument(const CallExpr *Call, const ParmVarDecl *P) {
    unsigned Index = P->getFunctionScopeIndex();
    const FunctionDecl *F = Call->getDirectCallee();
    if (isa<CXXOperatorCallExpr>(Call) && isa_and_nonnull<CXXMethodDecl>(F) &&
        !cast<CXXMethodDecl>(F)->isStatic())
      ++Index;
    if (Index >= Call->getNumArgs())
      return nullptr;
    const Expr *E = Call->getArg(Index);
    if (const auto *Default = dyn_cast<CXXDefaultArgExpr>(E))
      return Default->getExpr();
    return E;
  }

  //--- co_await -------------------------------------------------------------

  void awaited(const CoawaitExpr *Await) {
    const auto *Resume = dyn_cast_or_null<CXXMemberCallExpr>(
        Await->getResumeExpr() ? Await->getResumeExpr()->IgnoreImplicit() : nullptr);
    if (!Resume)
      return;
    const size_t Before = Out.size();
    // T &await_resume() { return value; }
    for (const Storage &R : storageOfResult(Model, Resume->getMethodDecl(), Depth + 1))
      if (R.What == Storage::Object)
        lead(Await->getCommonExpr());
    if (Out.size() == Before)
      inTask(Await);
    for (Storage &R : MutableArrayRef(Out).drop_front(Before))
      R.Await = Await;
  }

  /// The result of a task: in its frame, or what the coroutine gave back by reference.
  void inTask(const CoawaitExpr *Await) {
    const Expr *Task = withoutWrappers(Await->getOperand());
    const auto *Call = dyn_cast<CallExpr>(Task);
    const CoroutineType &Type = Model.types().of(Task->getType());
    if (!Type.isCoroutine() || Task->isGLValue())
      return;
    const FunctionFacts *Callee = Call ? Model.functions().of(Call->getDirectCallee()) : nullptr;
    if (Await->isGLValue() && keeps(Type.Promise, Task->getType(), Await->getType())) {
      bool OneOwner = !Type.Shared && !isCopyable(Task->getType());
      bool Fresh = Callee && Callee->isCoroutine();
      // A lazy task owns its frame, even where its destructor is not there to be read.
      if ((Type.DropKills || Type.Starts == Start::Lazy) && (OneOwner || Fresh))
        add({Storage::Temporary, Task, nullptr, Await, /*Frame=*/true});
      return;
    }
    if (Callee && Callee->isCoroutine())
      mapped(Call, selfOf(Call), storageOfResult(Model, Callee->Decl, Depth + 1), Await);
  }

  static bool same(QualType A, QualType B) {
    return A.getCanonicalType().getUnqualifiedType() == B.getCanonicalType().getUnqualifiedType();
  }

  /// Whether the promise of a task keeps a T: that of `task<T>`, or one with such a member.
  static bool keeps(const CXXRecordDecl *Promise, QualType Task, QualType T) {
    const auto *Instance =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(Task->getAsCXXRecordDecl());
    return Instance ? hasArgument(Instance, T) : Promise && hasField(Promise, T, 0);
  }
  static bool hasArgument(const ClassTemplateSpecializationDecl *Instance, QualType T) {
    return any_of(Instance->getTemplateArgs().asArray(), [&](const TemplateArgument &A) {
      return A.getKind() == TemplateArgument::Type && same(A.getAsType(), T);
    });
  }
  static bool hasField(const CXXRecordDecl *Class, QualType T, unsigned Depth) {
    if (!Class || !Class->hasDefinition() || Depth > 4)
      return false;
    return any_of(Class->fields(),
                  [&](const FieldDecl *Field) {
                    const CXXRecordDecl *Type = Field->getType()->getAsCXXRecordDecl();
                    const auto *Instance = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Type);
                    return same(Field->getType(), T) ||
                           (Field->isAnonymousStructOrUnion() && hasField(Type, T, Depth + 1)) ||
                           (Instance && Type->isInStdNamespace() && hasArgument(Instance, T));
                  }) ||
           any_of(Class->bases(), [&](const CXXBaseSpecifier &Base) {
             return hasField(Base.getType()->getAsCXXRecordDecl(), T, Depth + 1);
           });
  }

  static bool isCopyable(QualType T) {
    const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
    return Class && any_of(Class->ctors(), [](const CXXConstructorDecl *C) {
             return C->isCopyConstructor() && !C->isDeleted() && !C->isImplicit();
           });
  }

public:
  static Storages storageOfResult(const TuModel &Model, const FunctionDecl *F, unsigned Depth) {
    const FunctionDecl *Definition = nullptr;
    // Bodies of headers are walked whether or not the model has facts of them.
    if (Depth > 4 || !F || !F->isDefined(Definition) || !Definition->getBody() ||
        Definition->isDependentContext())
      return {};
    QualType Result = Definition->getReturnType();
    Walk Inner(Model, Depth);
    if (const FunctionFacts *Facts = Model.functions().of(Definition)) {
      for (const Stmt *Return : Facts->Returns)
        if (const auto *Plain = dyn_cast<ReturnStmt>(Return))
          Inner.given(Plain->getRetValue(), Result);
        else if (const auto *Co = dyn_cast<CoreturnStmt>(Return))
          Inner.given(Co->getOperand(), valueOfTask(Model, Result));
    } else if (const auto *Body = dyn_cast<CompoundStmt>(Definition->getBody())) {
      // `T &await_resume() { ...; return value; }` of a system header.
      if (const auto *Plain =
              Body->body_empty() ? nullptr : dyn_cast<ReturnStmt>(Body->body_back()))
        Inner.given(Plain->getRetValue(), Result);
    }
    return std::move(Inner.Out);
  }

  /// E is returned as a T.
  void given(const Expr *E, QualType T) {
    if (!E || T.isNull() || E->isTypeDependent())
      return;
    if (T->isReferenceType() && E->isGLValue())
      storage(E);
    else if (isView(Model, T) && isView(Model, E->getType()))
      pointee(E);
    else if (isView(Model, T) && (isOwner(E->getType()) || E->getType()->isArrayType()) &&
             !isa<clang::StringLiteral>(E->IgnoreParenImpCasts()))
      object(E);
  }

private:
  const TuModel &Model;
  unsigned Depth;
  unsigned Steps = 0;
};

} // namespace

Storages storageBound(const TuModel &Model, const Expr *E) {
  Walk W(Model, 0);
  if (E && E->isGLValue() && !E->isTypeDependent())
    W.storage(E);
  return std::move(W.Out);
}

Storages storageHeld(const TuModel &Model, const Expr *E) {
  Walk W(Model, 0);
  if (E && isView(Model, E->getType()))
    W.pointee(E);
  return std::move(W.Out);
}

Storages storageReturned(const TuModel &Model, const Expr &E, QualType T) {
  Walk W(Model, 0);
  W.given(&E, T);
  return std::move(W.Out);
}

Storages storageOfResult(const TuModel &Model, const FunctionDecl *F) {
  return Walk::storageOfResult(Model, F, 0);
}

const CXXMemberCallExpr *filledBy(const FunctionFlow &Flow, const VarUse &Use) {
  const auto *Member = dyn_cast_or_null<MemberExpr>(Flow.parent(Use.Ref));
  const auto *Call = Member ? dyn_cast_or_null<CXXMemberCallExpr>(Flow.parent(Member)) : nullptr;
  bool Fills = Call && is_contained<std::initializer_list<StringRef>>(
                           {"push_back", "emplace_back", "push_front", "push", "insert", "emplace"},
                           identifierOf(*Member->getMemberDecl()));
  return Fills ? Call : nullptr;
}

bool looksBehind(const FunctionFlow &Flow, const LocalFacts &Local, const VarUse &Use) {
  if (Use.How == ValueUse::Filled || Use.How == ValueUse::Observed)
    return false;
  if (filledBy(Flow, Use))
    return false;
  if (!Local.Decl->getType()->isPointerType())
    return true;
  const Stmt *S = Flow.parent(Use.Ref);
  while (isa_and_nonnull<ParenExpr>(S) ||
         (isa_and_nonnull<ImplicitCastExpr>(S) &&
          cast<ImplicitCastExpr>(S)->getCastKind() != CK_PointerToBoolean))
    S = Flow.parent(S);
  const auto *Binary = dyn_cast_or_null<BinaryOperator>(S);
  return !isa_and_nonnull<ImplicitCastExpr>(S) && !(Binary && Binary->isComparisonOp());
}

const Expr *usedAfter(const TuModel &Model, const LocalFacts &Local, const Stmt *At) {
  const FunctionFlow *Flow = Model.flow(*Local.Function);
  if (!Flow || !Flow->contains(At))
    return nullptr;
  DenseMap<const Stmt *, const VarUse *> Uses;
  for (const VarUse &Use : Local.Uses)
    Uses[Use.Ref] = &Use;
  const Expr *Found = nullptr;
  PathSearch Search(*Flow, Exceptions::None);
  Search.after(At, 0,
               [&](PathSearch::State S, const FlowEvent &E) -> std::optional<PathSearch::State> {
                 if (Found || (E.What == FlowEvent::ScopeEnd && E.Var == Local.Decl))
                   return std::nullopt;
                 const VarUse *Use = E.What == FlowEvent::Evaluated ? Uses.lookup(E.S) : nullptr;
                 if (!Use)
                   return S;
                 bool Reference = Local.Decl->getType()->isReferenceType();
                 if (Use->How == ValueUse::Assigned && !Reference)
                   return std::nullopt; // A new value.
                 if (!Reference && !looksBehind(*Flow, Local, *Use))
                   return S;
                 Found = Use->Ref;
                 return std::nullopt;
               });
  return Found;
}

} // namespace abide

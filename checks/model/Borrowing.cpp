//===- Borrowing.cpp - Whose objects a value refers to --------------------===//

#include "model/Borrowing.h"
#include "model/Callables.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// Classes of the standard library that hold what they are made from.
static bool isStdHolder(const CXXRecordDecl &Class) {
  static const StringRef Known[] = {
      "tuple",      "pair",       "optional",           "variant",
      "array",      "function",   "move_only_function", "copyable_function",
      "vector",     "lock_guard", "unique_lock",        "shared_lock",
      "scoped_lock"};
  return Class.isInStdNamespace() && is_contained(Known, identifierOf(Class));
}

static bool isView(const TuModel &Model, const CXXRecordDecl &Class) {
  if (Class.hasAttr<PointerAttr>() || Model.names().has(Class, Role::View))
    return true;
  const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(&Class);
  return Special && Special->getSpecializedTemplate()->getTemplatedDecl()->hasAttr<PointerAttr>();
}

static Borrow borrowOf(const TuModel &Model, QualType T, unsigned Depth);

static bool captures(const TuModel &Model, const CXXRecordDecl &Lambda, unsigned Depth) {
  return any_of(Lambda.captures(), [&](const LambdaCapture &C) {
    if (C.capturesThis())
      return C.getCaptureKind() == LCK_This;
    return C.getCaptureKind() == LCK_ByRef ||
           (C.capturesVariable() &&
            borrowOf(Model, C.getCapturedVar()->getType(), Depth + 1) != Borrow::None);
  });
}

static Borrow borrowOf(const TuModel &Model, QualType T, unsigned Depth) {
  if (T.isNull() || Depth > 3 || T->isDependentType())
    return Borrow::None;
  if (T->isReferenceType())
    return T->getPointeeType()->isFunctionType() ? Borrow::None : Borrow::Reference;
  if (T->isPointerType())
    return T->getPointeeType()->isFunctionType() ? Borrow::None : Borrow::Pointer;
  const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
  if (!Class)
    return Borrow::None;
  if (Class->isLambda())
    return captures(Model, *Class, Depth) ? Borrow::Closure : Borrow::None;
  if (isView(Model, *Class))
    return Borrow::View;
  const auto Borrows = [&](QualType Part) {
    Borrow How = borrowOf(Model, Part, Depth + 1);
    return How != Borrow::None && (How != Borrow::Pointer || Part->isPointerType());
  };
  if (const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(Class);
      Special && Class->isInStdNamespace()) {
    if (!isStdHolder(*Class))
      return Borrow::None;
    if (identifierOf(*Class).ends_with("lock") || identifierOf(*Class).ends_with("guard"))
      return Borrow::Holder;
    for (const TemplateArgument &Given : Special->getTemplateArgs().asArray())
      for (const TemplateArgument &Part :
           Given.getKind() == TemplateArgument::Pack ? Given.pack_elements() : ArrayRef(Given))
        if (Part.getKind() == TemplateArgument::Type && Borrows(Part.getAsType()))
          return Borrow::Holder;
    return Borrow::None;
  }
  const CXXRecordDecl *Definition = Class->getDefinition();
  if (!Definition || Class->isInStdNamespace() || Model.types().of(Class).isCoroutine())
    return Borrow::None;
  // A pointer in a class with functions of its own may own what it points to.
  bool Held = any_of(Definition->fields(), [&](const FieldDecl *Field) {
    Borrow How = borrowOf(Model, Field->getType(), Depth + 1);
    return How != Borrow::None && (How != Borrow::Pointer || Definition->isAggregate());
  });
  return Held ? Borrow::Holder : Borrow::None;
}

Borrow borrowOf(const TuModel &Model, QualType T) { return borrowOf(Model, T, 0); }

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

namespace {

void append(Referents &To, Referents From) {
  for (Referent &R : From)
    To.push_back(R);
}

bool isLifetimeBound(const ParmVarDecl &P) { return P.hasAttr<LifetimeBoundAttr>(); }

/// `T &f() [[clang::lifetimebound]]`: the attribute stands in the type of the function.
bool boundToObject(const CXXMethodDecl &M) {
  const TypeSourceInfo *Written = M.getTypeSourceInfo();
  TypeLoc At = Written ? Written->getTypeLoc() : TypeLoc();
  for (auto A = At.getAsAdjusted<AttributedTypeLoc>(); A;
       A = A.getModifiedLoc().getAsAdjusted<AttributedTypeLoc>())
    if (A.getAttrAs<LifetimeBoundAttr>())
      return true;
  return false;
}

/// std::move and what else gives back the object that it got.
bool handsOnObject(const CallExpr &Call) {
  static const StringRef Known[] = {"move", "forward", "as_const", "forward_like", "launder"};
  const FunctionDecl *F = Call.getDirectCallee();
  return F && Call.getNumArgs() == 1 && F->isInStdNamespace() &&
         is_contained(Known, identifierOf(*F));
}

/// The object of a member call or operator, and whether it is reached by a pointer.
const Expr *objectOf(const CallExpr &Call) {
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call))
    return Member->getImplicitObjectArgument();
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call.getDirectCallee());
  return isa<CXXOperatorCallExpr>(Call) && Method && !Method->isStatic() ? Call.getArg(0) : nullptr;
}

/// Pairs parameters with arguments; the object of an operator is none.
template <class Function> void eachArgument(const CallExpr &Call, Function Each) {
  const FunctionDecl *Callee = Call.getDirectCallee();
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  unsigned Skip =
      isa<CXXOperatorCallExpr>(Call) && Method && Method->isImplicitObjectMemberFunction();
  for (unsigned I = Skip; I < Call.getNumArgs() && I - Skip < Callee->getNumParams(); ++I)
    Each(Callee->getParamDecl(I - Skip), Call.getArg(I));
}

class Reader {
public:
  explicit Reader(const TuModel &Model) : Model(Model) {}

  /// What has to be alive for a reference to E.
  Referents bound(const Expr *E) {
    if (!E || ++Steps > 64)
      return {};
    E = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      return bound(Full->getSubExpr());
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      return temporary(*Temporary);
    if (const auto *Cast = dyn_cast<CastExpr>(E))
      return Cast->getSubExpr()->isGLValue() ? bound(Cast->getSubExpr()) : Referents();
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return variable(*Ref);
    if (const auto *Member = dyn_cast<MemberExpr>(E))
      return member(*Member);
    if (const auto *Index = dyn_cast<ArraySubscriptExpr>(E))
      return held(Index->getBase());
    if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      return Unary->getOpcode() == UO_Deref ? held(Unary->getSubExpr())
                                            : bound(Unary->getSubExpr());
    if (const auto *Binary = dyn_cast<BinaryOperator>(E))
      return bound(Binary->getOpcode() == BO_Comma ? Binary->getRHS() : Binary->getLHS());
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
      Referents Both = bound(Choice->getTrueExpr());
      append(Both, bound(Choice->getFalseExpr()));
      return Both;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return call(*Call);
    return {};
  }

  /// What has to be alive for a copy of the value of E.
  Referents held(const Expr *E) {
    if (!E || ++Steps > 64)
      return {};
    E = E->IgnoreParens();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      return held(Full->getSubExpr());
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      return held(Temporary->getSubExpr());
    if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E))
      return held(Bind->getSubExpr());
    if (isa<CXXDefaultArgExpr>(E))
      return {};
    if (const auto *Cast = dyn_cast<CastExpr>(E))
      return Cast->getCastKind() == CK_ArrayToPointerDecay ? bound(Cast->getSubExpr())
                                                           : held(Cast->getSubExpr());
    if (isa<CXXThisExpr>(E))
      return {{nullptr, nullptr, true, E}};
    if (const auto *Unary = dyn_cast<UnaryOperator>(E))
      return Unary->getOpcode() == UO_AddrOf ? bound(Unary->getSubExpr()) : Referents();
    if (const auto *Binary = dyn_cast<BinaryOperator>(E)) {
      if (Binary->isAdditiveOp()) // p + 1
        return held(Binary->getLHS()->getType()->isPointerType() ? Binary->getLHS()
                                                                 : Binary->getRHS());
      return Binary->getOpcode() == BO_Comma ? held(Binary->getRHS()) : Referents();
    }
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
      Referents Both = held(Choice->getTrueExpr());
      append(Both, held(Choice->getFalseExpr()));
      return Both;
    }
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
      return valueOf(*Ref);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(E))
      return closure(*Lambda);
    if (const auto *List = dyn_cast<InitListExpr>(E))
      return list(*List);
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E))
      return constructed(*Made);
    if (const auto *List = dyn_cast<CXXStdInitializerListExpr>(E))
      return held(List->getSubExpr());
    if (const auto *Call = dyn_cast<CallExpr>(E)) {
      if (Call->isGLValue()) // Of a reference, the value is that of the object.
        return handsOnObject(*Call) ? held(Call->getArg(0)) : Referents();
      Referents All = call(*Call);
      for (BorrowedArgument &Argument : borrowed(*Call))
        append(All, std::move(Argument.To));
      return All;
    }
    return {};
  }

  SmallVector<BorrowedArgument, 4> borrowed(const Expr &E) {
    SmallVector<BorrowedArgument, 4> All;
    const auto *Call = dyn_cast<CallExpr>(withoutWrappers(&E));
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || !Model.types().of(Call->getType()).isCoroutine())
      return All;
    const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
    if (const Expr *Object = objectOf(*Call);
        Object && Method && Method->isImplicitObjectMemberFunction() && !isEmptyClosure(*Method))
      All.push_back({nullptr, Object, Borrow::Reference, objectReferents(Object)});
    eachArgument(*Call, [&](const ParmVarDecl *Parameter, const Expr *Argument) {
      Borrow How = borrowOf(Model, Parameter->getType());
      // `std::function` and its like hold whatever they are given.
      const CXXRecordDecl *Class = Parameter->getType()->getAsCXXRecordDecl();
      if (How == Borrow::None && Class && isStdHolder(*Class) && !held(Argument).empty())
        How = Borrow::Holder;
      if (How != Borrow::None && !isa<CXXDefaultArgExpr>(Argument))
        All.push_back({Parameter, Argument, How, given(Parameter->getType(), Argument)});
    });
    return All;
  }

private:
  static bool isEmptyClosure(const CXXMethodDecl &M) {
    return M.getParent()->isLambda() && M.getParent()->captures().empty();
  }

  /// What a parameter of type T refers to after it got the argument.
  Referents given(QualType T, const Expr *Argument) {
    if (!T->isReferenceType())
      return held(Argument);
    // A reference to a view refers to what is viewed as well.
    Referents All = bound(Argument);
    if (borrowOf(Model, Argument->getType()) != Borrow::None)
      append(All, held(Argument));
    return All;
  }

  Referents objectReferents(const Expr *Object) {
    return Object->getType()->isPointerType() ? held(Object) : bound(Object);
  }

  Referents temporary(const MaterializeTemporaryExpr &E) {
    switch (E.getStorageDuration()) {
    case SD_FullExpression:
      return {{nullptr, &E, false, &E}};
    case SD_Automatic:
      if (E.getExtendingDecl())
        return {{E.getExtendingDecl(), nullptr, false, &E}};
      return {};
    default:
      return {};
    }
  }

  /// The variable that is the object when its name is bound to a reference.
  Referents variable(const DeclRefExpr &Ref) {
    const ValueDecl *D = Ref.getDecl();
    if (const auto *Binding = dyn_cast<BindingDecl>(D)) {
      const auto *Whole = dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl());
      if (!Whole || Whole->getType()->isReferenceType() || !Whole->hasLocalStorage())
        return {};
      return {{Whole, nullptr, false, &Ref}};
    }
    const auto *Var = dyn_cast<VarDecl>(D);
    if (!Var || !Var->hasLocalStorage())
      return {};
    if (Var->getType()->isReferenceType() && !isa<ParmVarDecl>(Var)) {
      if (!Var->getInit() || Depth > 6)
        return {};
      ++Depth;
      Referents To = bound(Var->getInit());
      --Depth;
      return To;
    }
    return {{Var, nullptr, false, &Ref}};
  }

  /// What a copy of the variable refers to: what it was made from, when it is never changed.
  Referents valueOf(const DeclRefExpr &Ref) {
    const auto *Var = dyn_cast<VarDecl>(Ref.getDecl());
    if (!Var || !Var->hasLocalStorage() || !Var->getInit() || isa<ParmVarDecl>(Var) || Depth > 6 ||
        (!Var->isImplicit() &&
         borrowOf(Model, Var->getType().getNonReferenceType()) == Borrow::None))
      return {};
    const LocalFacts *Facts = Model.functions().local(Var);
    if (Facts ? any_of(Facts->Uses, [](const VarUse &U) { return U.How == ValueUse::Assigned; })
              : !Var->isImplicit()) // Those of a range-for are not assigned.
      return {};
    ++Depth;
    Referents To = held(Var->getInit());
    --Depth;
    return To;
  }

  Referents member(const MemberExpr &E) {
    const auto *Field = dyn_cast<FieldDecl>(E.getMemberDecl());
    if (!Field || Field->getType()->isReferenceType())
      return {};
    return E.isArrow() ? held(E.getBase()) : bound(E.getBase());
  }

  Referents closure(const LambdaExpr &Lambda) {
    Referents All;
    for (const auto &[Capture, Init] : zip(Lambda.captures(), Lambda.capture_inits())) {
      if (Capture.capturesThis() && Capture.getCaptureKind() == LCK_This)
        All.push_back({nullptr, nullptr, true, Init});
      else if (Capture.capturesVariable() && Capture.getCaptureKind() == LCK_ByRef)
        append(All, bound(Capture.getCapturedVar()->isInitCapture()
                              ? cast<VarDecl>(Capture.getCapturedVar())->getInit()
                              : Init));
      else if (Capture.capturesVariable())
        append(All, held(Init));
    }
    return All;
  }

  Referents list(const InitListExpr &List) {
    const InitListExpr *Semantic = List.isSemanticForm() ? &List : List.getSemanticForm();
    if (!Semantic)
      Semantic = &List;
    Referents All;
    const CXXRecordDecl *Class = Semantic->getType()->getAsCXXRecordDecl();
    unsigned Base = Class ? Class->getNumBases() : 0;
    for (unsigned I = 0; I < Semantic->getNumInits(); ++I) {
      const Expr *Init = Semantic->getInit(I);
      const FieldDecl *Field = nullptr;
      if (Class && I >= Base &&
          I - Base < unsigned(std::distance(Class->field_begin(), Class->field_end())))
        Field = *std::next(Class->field_begin(), I - Base);
      append(All, Field && Field->getType()->isReferenceType() ? bound(Init) : held(Init));
    }
    return All;
  }

  /// A view of its argument, something that holds its arguments, or a class whose constructor shows
  /// what it keeps.
  Referents constructed(const CXXConstructExpr &Made) {
    const CXXConstructorDecl *C = Made.getConstructor();
    if (C->isCopyOrMoveConstructor())
      return Made.getNumArgs() ? held(Made.getArg(0)) : Referents();
    const Borrow How = borrowOf(Model, Made.getType());
    if (How == Borrow::None && !isStdHolder(*C->getParent()))
      return {};
    if (How == Borrow::View || isStdHolder(*C->getParent()))
      return constructedFrom(Made, How == Borrow::View ||
                                       identifierOf(*C->getParent()).ends_with("lock") ||
                                       identifierOf(*C->getParent()).ends_with("guard"));
    const FunctionDecl *Definition = nullptr;
    if (!C->isDefined(Definition) || !Definition->getBody())
      return {};
    return keptByConstructor(Made, *cast<CXXConstructorDecl>(Definition));
  }

  Referents constructedFrom(const CXXConstructExpr &Made, bool BindsReferences) {
    Referents All;
    for (unsigned I = 0; I < Made.getNumArgs() && I < Made.getConstructor()->getNumParams(); ++I) {
      const Expr *Argument = Made.getArg(I);
      const QualType Parameter = Made.getConstructor()->getParamDecl(I)->getType();
      const QualType Given = Argument->getType();
      // A view of a view, of a pointer or of a range of iterators is that of the same objects.
      bool OfObject =
          BindsReferences && Parameter->isReferenceType() && borrowOf(Model, Given) == Borrow::None;
      append(All, OfObject ? bound(Argument) : held(Argument));
    }
    return All;
  }

  Referents keptByConstructor(const CXXConstructExpr &Made, const CXXConstructorDecl &C) {
    Referents All;
    for (const CXXCtorInitializer *Init : C.inits()) {
      const FieldDecl *Field = Init->getAnyMember();
      if (!Field || borrowOf(Model, Field->getType()) == Borrow::None)
        continue;
      append(All, substituted(Field->getType()->isReferenceType() ? bound(Init->getInit())
                                                                  : held(Init->getInit()),
                              &C, [&](unsigned I) {
                                return I < Made.getNumArgs() ? Made.getArg(I) : nullptr;
                              }));
      // A value that a parameter hands on is that of the argument.
      const auto *P = dyn_cast_or_null<ParmVarDecl>(valueNamed(Init->getInit()));
      if (P && !Field->getType()->isReferenceType() &&
          P->getFunctionScopeIndex() < Made.getNumArgs())
        append(All, held(Made.getArg(P->getFunctionScopeIndex())));
    }
    return All;
  }

  /// What is found in the body of a callee, said of the arguments of the call.
  Referents substituted(Referents In, const FunctionDecl *Callee,
                        function_ref<const Expr *(unsigned)> Argument) {
    Referents Out;
    for (const Referent &R : In) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(R.Var);
      if (P && P->getType()->isReferenceType() && P->getDeclContext() == Callee)
        if (const Expr *Given = Argument(P->getFunctionScopeIndex()))
          append(Out, bound(Given));
    }
    return Out;
  }

  //--- Calls ----------------------------------------------------------------

  /// What the result of a call refers to, tasks apart.
  Referents call(const CallExpr &Call) {
    const FunctionDecl *Callee = Call.getDirectCallee();
    if (!Callee || Model.types().of(Call.getType()).isCoroutine())
      return {};
    if (handsOnObject(Call))
      return bound(Call.getArg(0));
    const bool Refers = Call.isGLValue() || borrowOf(Model, Call.getType()) != Borrow::None;
    Referents All;
    eachArgument(Call, [&](const ParmVarDecl *Parameter, const Expr *Argument) {
      if (isLifetimeBound(*Parameter) || (Refers && refersToArgument(*Callee)))
        append(All, given(Parameter->getType(), Argument));
      else if (bindsArguments(*Callee))
        append(All, held(Argument));
    });
    const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
    const Expr *Object = objectOf(Call);
    if (Method && Object && Refers && !Method->getParent()->isLambda()) {
      // `*it`, `view.data()`: of what the view refers to.
      if (looksThrough(*Method, Object))
        append(All, held(Object));
      else if (boundToObject(*Method) || givesPartOfObject(*Method))
        append(All, objectReferents(Object));
    }
    if (All.empty() && Refers)
      All = byBody(Call);
    return All;
  }

  /// `std::ref(x)`, `std::addressof(x)`, `std::begin(v)`, `asio::buffer(s)`.
  bool refersToArgument(const FunctionDecl &F) const {
    static const StringRef Known[] = {
        "ref", "cref", "addressof",        "begin", "end", "cbegin", "cend", "data", "to_address",
        "get", "tie",  "forward_as_tuple", "min",   "max"};
    return (F.isInStdNamespace() && is_contained(Known, identifierOf(F))) ||
           Model.names().has(F, Role::View);
  }

  /// `std::bind(f, &x)`, `std::make_pair(..)`, `std::make_tuple(..)`: the result has the values.
  static bool bindsArguments(const FunctionDecl &F) {
    static const StringRef Known[] = {"bind",       "bind_front", "bind_back",
                                      "make_tuple", "make_pair",  "make_optional"};
    return F.isInStdNamespace() && is_contained(Known, identifierOf(F));
  }

  bool looksThrough(const CXXMethodDecl &M, const Expr *Object) const {
    const OverloadedOperatorKind Operator = M.getOverloadedOperator();
    const CXXRecordDecl *Class = M.getParent();
    const bool Iterator = Class->getIdentifier() && Class->getName().ends_with("iterator");
    return borrowOf(Model, Object->getType().getNonReferenceType()) == Borrow::View ||
           (Iterator && (Operator == OO_Star || Operator == OO_Arrow || Operator == OO_Subscript));
  }

  /// `v.begin()`, `s.data()`, `m[k]`, `*o`, `o.value()` of what owns its elements itself. What a
  /// smart pointer points to may be handed on, and stays alive then.
  static bool givesPartOfObject(const CXXMethodDecl &M) {
    const CXXRecordDecl *Class = M.getParent();
    const StringRef Name = identifierOf(*Class);
    const OverloadedOperatorKind Operator = M.getOverloadedOperator();
    if (!Class->isInStdNamespace() || M.isStatic() || Name.contains("_ptr"))
      return false;
    return (Operator != OO_Star && Operator != OO_Arrow) || Name == "optional" ||
           Name == "expected";
  }

  /// `return name_;`, `return x;` in a body that the TU shows.
  Referents byBody(const CallExpr &Call) {
    const FunctionDecl *Callee = Call.getDirectCallee();
    const FunctionFacts *Facts = Model.functions().of(Callee);
    if (!Facts || Facts->isCoroutine() || Facts->Returns.size() != 1 || Facts->Dependent ||
        Inside > 2)
      return {};
    const auto *Return = dyn_cast<ReturnStmt>(Facts->Returns.front());
    const Expr *Value = Return ? Return->getRetValue() : nullptr;
    if (!Value)
      return {};
    ++Inside;
    Referents In = Call.isGLValue() ? bound(Value) : held(Value);
    --Inside;
    const Expr *Object = objectOf(Call);
    const unsigned Skip = isa<CXXOperatorCallExpr>(Call) && Object ? 1 : 0;
    Referents Out = substituted(In, Facts->Decl, [&](unsigned I) {
      return I + Skip < Call.getNumArgs() ? Call.getArg(I + Skip) : nullptr;
    });
    const auto *Method = dyn_cast<CXXMethodDecl>(Facts->Decl);
    if (Object && Method && !Method->getParent()->isLambda() &&
        any_of(In, [](const Referent &R) { return R.This; }))
      append(Out, objectReferents(Object));
    return Out;
  }

  const TuModel &Model;
  unsigned Steps = 0;  ///< Expressions looked at: what is written in knots is given up.
  unsigned Depth = 0;  ///< Variables followed to their initialisers.
  unsigned Inside = 0; ///< Bodies of callees.
};

} // namespace

Referents boundBy(const TuModel &Model, const Expr *E) { return Reader(Model).bound(E); }

Referents heldBy(const TuModel &Model, const Expr *E) { return Reader(Model).held(E); }

SmallVector<BorrowedArgument, 4> borrowedBy(const TuModel &Model, const Expr *Call) {
  return Reader(Model).borrowed(*Call);
}

} // namespace abide

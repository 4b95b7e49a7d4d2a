//===- SharedStorage.cpp - Who else can change it meanwhile ---------------===//

#include "model/SharedStorage.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr unsigned MaxDepth = 8;

QualType pointee(QualType T) { return T->isPointerType() ? T->getPointeeType() : T; }

const CXXRecordDecl *classBehind(const Expr *E) {
  return classOf(pointee(E->IgnoreParenImpCasts()->getType().getNonReferenceType()));
}

bool isSmartPointer(QualType T) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  if (!Class)
    return false;
  const std::string Name = identifierOf(*Class).lower();
  return StringRef(Name).ends_with("_ptr") || StringRef(Name).ends_with("ptr") || Name == "own" ||
         Name == "optional" || Name == "maybe";
}

bool isView(QualType T) {
  const CXXRecordDecl *Class = classOf(T.getNonReferenceType());
  if (!Class || T->isReferenceType())
    return false;
  static const StringRef Names[] = {
      "basic_string_view", "string_view", "span",  "Span",     "StringPiece", "QStringView",
      "StringRef",         "ArrayRef",    "Range", "ArrayPtr", "StringPtr",   "string_span"};
  return is_contained(Names, identifierOf(*Class));
}

bool isIterator(QualType T) {
  if (T->isReferenceType())
    return false;
  const CXXRecordDecl *Class = classOf(T);
  return Class && identifierOf(*Class).contains_insensitive("iterator");
}

/// The object that a call is made on, with the name of the function; operators by their spelling.
struct ObjectCall {
  const Expr *Object = nullptr;
  StringRef Name;
};

ObjectCall objectCall(const Expr *E) {
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *M = Member->getMethodDecl();
    if (M && Member->getImplicitObjectArgument())
      return {Member->getImplicitObjectArgument()->IgnoreParenImpCasts(), identifierOf(*M)};
  }
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E); Operator && Operator->getNumArgs())
    return {Operator->getArg(0)->IgnoreParenImpCasts(),
            getOperatorSpelling(Operator->getOperator())};
  return {};
}

/// What a function with a visible body may return: `config &current() { return *config_; }`.
SmallVector<const Expr *, 2> returned(const Expr *E) {
  SmallVector<const Expr *, 2> Found;
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  const Stmt *Body =
      F && (F->getReturnType()->isPointerType() || E->isLValue()) ? F->getBody() : nullptr;
  SmallVector<const Stmt *, 16> Pending{Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr, CoroutineBodyStmt>(S))
      continue;
    if (const auto *Return = dyn_cast<ReturnStmt>(S); Return && Return->getRetValue())
      Found.push_back(Return->getRetValue());
    append_range(Pending, S->children());
  }
  return Found;
}

const ValueDecl *storageOf(const TuModel &Model, const Expr *E, unsigned Depth);

/// Whether the object around a member is shared: reached by `this`, a reference or a pointer.
bool isSharedObject(const TuModel &Model, const Expr *Base, bool Arrow, unsigned Depth) {
  Base = withoutWrappers(Base)->IgnoreParenCasts();
  if (isa<CXXThisExpr>(Base))
    return true;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Base)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Var && (Arrow || Var->hasGlobalStorage() || Var->getType()->isReferenceType());
  }
  if (const auto *Member = dyn_cast<MemberExpr>(Base))
    return Arrow || isSharedObject(Model, Member->getBase(), Member->isArrow(), Depth + 1);
  return Arrow; // The member of an element has no fixed place.
}

const ValueDecl *storageOf(const TuModel &Model, const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return nullptr;
  E = withoutWrappers(E)->IgnoreParenCasts();
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (Field && !Field->getType().isConstQualified() &&
        isSharedObject(Model, Member->getBase(), Member->isArrow(), Depth))
      return Field;
    const auto *Static = dyn_cast<VarDecl>(Member->getMemberDecl());
    return Static && !Static->getType().isConstQualified() ? Static : nullptr;
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var)
      return nullptr;
    if (Var->hasGlobalStorage())
      return Var->getType().isConstQualified() || Var->isConstexpr() ||
                     Var->getTLSKind() != VarDecl::TLS_None
                 ? nullptr
                 : Var;
    // `auto &all = connections_;`
    return Var->getType()->isLValueReferenceType() && !isa<ParmVarDecl>(Var) && Var->getInit()
               ? storageOf(Model, Var->getInit(), Depth + 1)
               : nullptr;
  }
  // `(*connections_)`, `connections_->`: through a smart pointer to the container.
  if (const auto *Unary = dyn_cast<UnaryOperator>(E); Unary && Unary->getOpcode() == UO_Deref)
    return storageOf(Model, Unary->getSubExpr(), Depth + 1);
  if (const ObjectCall Call = objectCall(E); Call.Object &&
                                             (Call.Name == "*" || Call.Name == "->") &&
                                             isSmartPointer(Call.Object->getType()))
    return storageOf(Model, Call.Object, Depth + 1);
  // `auto &peers() { return peers_; }`
  const SmallVector<const Expr *, 2> Values = returned(E);
  return E->isLValue() && Values.size() == 1 ? storageOf(Model, Values[0], Depth + 1) : nullptr;
}

//===----------------------------------------------------------------------===//
// Borrowing
//===----------------------------------------------------------------------===//

class BorrowReader {
public:
  explicit BorrowReader(const TuModel &Model) : Model(Model) {}

  BorrowedStorage Result;

  /// Whether E is an lvalue inside of shared storage; adds what it is inside of.
  bool element(const Expr *E, unsigned Depth = 0) {
    if (!E || Depth > MaxDepth)
      return false;
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (const auto *Member = dyn_cast<MemberExpr>(E)) {
      if (!isa<FieldDecl>(Member->getMemberDecl()))
        return false;
      return Member->isArrow() ? behind(Member->getBase(), Depth)
                               : element(Member->getBase(), Depth + 1);
    }
    if (const auto *Unary = dyn_cast<UnaryOperator>(E); Unary && Unary->getOpcode() == UO_Deref)
      return false; // A raw pointer says nothing of who owns what it points to.
    if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      return Var && Var->getType()->isLValueReferenceType() && !isa<ParmVarDecl>(Var) &&
             Var->hasLocalStorage() && element(Var->getInit(), Depth + 1);
    }
    const ObjectCall Call = objectCall(E);
    if (Call.Object && E->isLValue()) {
      static const StringRef Elements[] = {"[]", "at", "front", "back", "top"};
      if (is_contained(Elements, Call.Name))
        return inside(Call.Object, Depth);
      if (Call.Name == "*" || Call.Name == "value")
        return behind(Call.Object, Depth);
    }
    return E->isLValue() &&
           any_of(returned(E), [&](const Expr *Value) { return element(Value, Depth + 1); });
  }

  /// What an iterator that a call gives points into.
  bool iterator(const Expr *E, unsigned Depth = 0) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E); Made && Made->getNumArgs() == 1)
      return iterator(Made->getArg(0), Depth + 1); // iterator to const_iterator
    static const StringRef Gives[] = {"begin",   "end",   "cbegin",      "cend",        "rbegin",
                                      "rend",    "find",  "lower_bound", "upper_bound", "insert",
                                      "emplace", "erase", "iterator_to", "emplace_hint"};
    if (const ObjectCall Call = objectCall(E); Call.Object && is_contained(Gives, Call.Name))
      return inside(Call.Object, Depth);
    // `std::find_if(v.begin(), v.end(), f)`
    const auto *Call = dyn_cast<CallExpr>(E);
    if (!Call || Depth > 2)
      return false;
    for (const Expr *Argument : Call->arguments()) {
      if (isIterator(withoutWrappers(Argument)->getType().getNonReferenceType()) &&
          iterator(Argument, Depth + 1))
        return true;
      // `std::ranges::find_if(v, f)`
      if (Call->getDirectCallee() && Call->getDirectCallee()->isInStdNamespace() &&
          identifierOf(*Call->getDirectCallee()).starts_with("find") && inside(Argument, Depth + 1))
        return true;
    }
    return false;
  }

  bool pointer(const Expr *E, unsigned Depth = 0) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (const auto *Address = dyn_cast<UnaryOperator>(E);
        Address && Address->getOpcode() == UO_AddrOf)
      return element(Address->getSubExpr());
    if (const auto *Choice = dyn_cast<ConditionalOperator>(E); Choice && Depth < MaxDepth)
      return pointer(Choice->getTrueExpr(), Depth + 1) ||
             pointer(Choice->getFalseExpr(), Depth + 1);
    const ObjectCall Call = objectCall(E);
    if (Call.Object && (Call.Name == "data" || Call.Name == "c_str"))
      return inside(Call.Object, 0);
    if (Call.Object && Call.Name == "get" && isSmartPointer(Call.Object->getType()))
      return behind(Call.Object, 0);
    // `peer *find(int id)`: it returns nullptr or the address of an element.
    return Depth < 3 &&
           any_of(returned(E), [&](const Expr *Value) { return pointer(Value, Depth + 1); });
  }

  /// A view made of a container, or of an element that is one.
  bool view(const Expr *E, unsigned Depth = 0) {
    E = withoutWrappers(E)->IgnoreParenCasts();
    if (Depth > MaxDepth)
      return false;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E)) {
      if (Made->getNumArgs() == 1 && view(Made->getArg(0), Depth + 1))
        return true;
      return Made->getNumArgs() >= 1 && pointer(Made->getArg(0));
    }
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(E);
        Member && isa_and_nonnull<CXXConversionDecl>(Member->getMethodDecl()))
      return view(Member->getImplicitObjectArgument(), Depth + 1);
    if (isView(E->getType()) || E->isPRValue())
      return false; // A copy of a view, or a view of a copy.
    return inside(E, Depth);
  }

  /// E is a container in shared storage, or an element of one that is itself a container.
  bool inside(const Expr *E, unsigned Depth) {
    if (const ValueDecl *Own = storageOf(Model, E, Depth)) {
      add({Own, 0, Behind});
      return true;
    }
    const size_t Inner = Result.Places.size();
    const bool WasBehind = Behind; // Pointers further out do not matter to what is in here.
    if (!element(E, Depth + 1))
      return false;
    StoragePlace Own = Result.Places[Inner];
    Result.Places.insert(Result.Places.begin() + Inner, {Own.Decl, Own.Depth + 1, WasBehind});
    return true;
  }

private:
  /// `*pointer`, `pointer->x`, `iterator->second`.
  bool behind(const Expr *Pointer, unsigned Depth) {
    Pointer = withoutWrappers(Pointer)->IgnoreParenCasts();
    if (const ObjectCall Call = objectCall(Pointer); Call.Object && Call.Name == "->")
      return behind(Call.Object, Depth + 1);
    if (isIterator(Pointer->getType())) {
      if (const auto *Ref = dyn_cast<DeclRefExpr>(Pointer)) {
        const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        return Var && Var->getInit() && Depth < 4 && iterator(Var->getInit(), Depth + 1);
      }
      return iterator(Pointer, Depth + 1);
    }
    if (!isSmartPointer(Pointer->getType()))
      return false;
    // The pointer itself may be what others replace, or an element of what they change.
    if (const ValueDecl *Own = storageOf(Model, Pointer, Depth)) {
      add({Own, 0, true});
      return true;
    }
    Behind = true;
    return inside(Pointer, Depth + 1);
  }

  void add(StoragePlace Place) {
    if (none_of(Result.Places, [&](const StoragePlace &Old) { return Old.Decl == Place.Decl; }))
      Result.Places.push_back(Place);
  }

  const TuModel &Model;
  bool Behind = false;
};

} // namespace

const ValueDecl *sharedStorage(const TuModel &Model, const Expr *E) {
  return storageOf(Model, E, 0);
}

BorrowedStorage borrowed(const TuModel &Model, QualType T, const Expr *Init) {
  BorrowReader Reader(Model);
  bool Found = false;
  if (T->isReferenceType()) {
    Found = Reader.element(Init);
  } else if (isIterator(T)) {
    Reader.Result.Kind = BorrowKind::Iterator;
    Found = Reader.iterator(Init);
  } else if (T->isPointerType()) {
    Found = Reader.pointer(Init);
  } else if (isView(T)) {
    Found = Reader.view(Init);
  }
  return Found ? Reader.Result : BorrowedStorage();
}

BorrowedStorage borrowedRange(const TuModel &Model, const Expr *Range) {
  BorrowReader Reader(Model);
  Reader.Result.Kind = BorrowKind::Iterator;
  return Range->isLValue() && Reader.inside(Range, 0) ? Reader.Result : BorrowedStorage();
}

/// A container that can reserve space moves its elements when that is used up.
static bool movesElements(const CXXRecordDecl *Class) {
  ASTContext &Ast = Class->getASTContext();
  return any_of(ArrayRef<StringRef>{"reserve", "capacity"}, [&](StringRef Name) {
    return !memberFunctions(Class, &Ast.Idents.get(Name)).empty();
  });
}

bool invalidates(const StorageChange &Change, BorrowKind Kind, const StoragePlace &Of) {
  if (Change.Depth != Of.Depth)
    return false;
  if (Change.How != Disturbance::Adds)
    return true;
  if (Of.Behind || !Change.Class)
    return false;
  const StringRef Name = identifierOf(*Change.Class);
  if (Name.starts_with("unordered_") || Name == "deque" || Name.contains_insensitive("node"))
    return Kind == BorrowKind::Iterator;
  // Lists and trees leave their elements in place.
  return movesElements(Change.Class) || Name.starts_with("btree_");
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

static std::optional<Disturbance> disturbs(StringRef Name) {
  static const StringRef Adds[] = {
      "push_back",    "emplace_back", "push_front",  "emplace_front",    "insert",
      "emplace",      "push",         "try_emplace", "resize",           "reserve",
      "append",       "add",          "prepend",     "insert_or_assign", "enqueue",
      "emplace_hint", "insert_after", "+=",          "shrink_to_fit"};
  static const StringRef Removes[] = {
      "erase",     "pop_back",  "pop_front",   "pop",        "clear",    "extract",
      "remove",    "remove_if", "dequeue",     "takeFirst",  "takeLast", "removeAll",
      "removeOne", "removeAt",  "removeFirst", "removeLast", "take",     "erase_after"};
  static const StringRef Replaces[] = {"=", "assign", "swap", "reset", "splice"};
  if (is_contained(Adds, Name))
    return Disturbance::Adds;
  if (is_contained(Removes, Name))
    return Disturbance::Removes;
  if (is_contained(Replaces, Name))
    return Disturbance::Replaces;
  return std::nullopt;
}

bool isConstant(const Expr *E) {
  E = withoutWrappers(E)->IgnoreParenCasts();
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Made = dyn_cast<CXXConstructExpr>(E);
  const auto *List = dyn_cast<InitListExpr>(E);
  return isa<CXXBoolLiteralExpr, IntegerLiteral, CXXNullPtrLiteralExpr, CXXScalarValueInitExpr>(
             E) ||
         (Ref && isa<EnumConstantDecl>(Ref->getDecl())) || (Made && Made->getNumArgs() == 0) ||
         (Made && Made->getNumArgs() == 1 && isConstant(Made->getArg(0))) ||
         (List && List->getNumInits() == 0);
}

static const FunctionFacts *outermost(const FunctionFacts *F) {
  while (F->Parent)
    F = F->Parent;
  return F;
}

SharedStorage::SharedStorage(const TuModel &Model) : Model(Model) {
  for (const FunctionFacts &F : Model.functions().all()) {
    for (const CallSite &Site : F.Calls) {
      auto &Of = Callers[Site.Callee->getCanonicalDecl()];
      if (!is_contained(Of, outermost(&F)))
        Of.push_back(outermost(&F));
    }
    if (F.Decl && !isa<CXXConstructorDecl, CXXDestructorDecl>(F.Decl) && !F.Decl->isMain())
      read(F);
  }
}

void SharedStorage::read(const FunctionFacts &F) {
  auto Add = [&](const Expr *At, const Expr *Object, Disturbance How, bool Simple = false) {
    BorrowReader Reader(Model);
    if (Reader.inside(Object, 0)) {
      const StoragePlace &Place = Reader.Result.Places.front();
      Changes[Place.Decl].push_back({At, &F, How, Place.Depth, classBehind(Object), Simple});
    }
  };
  SmallVector<const Stmt *, 32> Pending{F.Body};
  while (!Pending.empty()) {
    const Stmt *S = Pending.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    append_range(Pending, S->children());
    const auto *E = dyn_cast<Expr>(S);
    if (!E)
      continue;
    if (const auto *Binary = dyn_cast<BinaryOperator>(E); Binary && Binary->isAssignmentOp()) {
      Add(E, Binary->getLHS(), Disturbance::Replaces, isConstant(Binary->getRHS()));
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(E);
               Unary && Unary->isIncrementDecrementOp()) {
      Add(E, Unary->getSubExpr(), Disturbance::Replaces);
    } else if (const ObjectCall Call = objectCall(E); Call.Object) {
      if (auto How = disturbs(Call.Name))
        Add(E, Call.Object, *How,
            isa<CXXOperatorCallExpr>(E)
                ? Call.Name == "=" && isConstant(cast<CallExpr>(E)->getArg(1))
                : cast<CallExpr>(E)->getNumArgs() == 0);
      else if (const CXXRecordDecl *Class = classBehind(Call.Object);
               Call.Name == "[]" && Class && identifierOf(*Class).contains_insensitive("map"))
        Add(E, Call.Object, Disturbance::Adds);
    } else if (const auto *Function = dyn_cast<CallExpr>(E);
               Function && Function->getDirectCallee() && Function->getNumArgs()) {
      const StringRef Name = identifierOf(*Function->getDirectCallee());
      if (!Function->getDirectCallee()->isInStdNamespace())
        continue;
      if (Name == "exchange" || Name == "swap")
        Add(E, Function->getArg(0), Disturbance::Replaces);
      else if (Name == "erase_if" || Name == "erase")
        Add(E, Function->getArg(0), Disturbance::Removes);
    }
  }
}

/// A function that begins the life of its object gives pointers their first value.
static bool begins(const FunctionDecl &F) {
  static const StringRef Verbs[] = {"start",  "init",   "open", "connect", "handshake", "setup",
                                    "set_up", "create", "load", "listen",  "prepare",   "begin"};
  StringRef Name = identifierOf(F);
  for (StringRef Prefix : {"do_", "async_", "co_", "do", "async"})
    if (Name.consume_front(Prefix))
      break;
  return any_of(Verbs, [&](StringRef Verb) { return Name.starts_with_insensitive(Verb); });
}

/// Whether each caller of F is one of these, and there are some.
static bool onlyCalledBy(ArrayRef<const FunctionFacts *> Callers,
                         function_ref<bool(const FunctionFacts &)> Test) {
  return !Callers.empty() && all_of(Callers, [&](const FunctionFacts *F) { return Test(*F); });
}

/// Two instances of one template are one function to who wrote it.
static const FunctionDecl *patternOf(const FunctionDecl &F) {
  const FunctionDecl *Pattern = F.getTemplateInstantiationPattern();
  return (Pattern ? Pattern : &F)->getCanonicalDecl();
}

bool SharedStorage::mayRunMeanwhile(const FunctionFacts &F, const FunctionFacts &While) const {
  const FunctionFacts *Changer = outermost(&F), *Sleeper = outermost(&While);
  if (Changer == Sleeper || !Changer->Decl || !Sleeper->Decl || Changer->Decl->isMain() ||
      patternOf(*Changer->Decl) == patternOf(*Sleeper->Decl))
    return false;
  // Whoever assigns to the whole object while it is used has other problems.
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(Changer->Decl) ||
      Changer->Decl->getOverloadedOperator() == OO_Equal || identifierOf(*Changer->Decl) == "swap")
    return false;
  const auto Of = Callers.lookup(Changer->Decl->getCanonicalDecl());
  const auto OfSleeper = Callers.lookup(Sleeper->Decl->getCanonicalDecl());
  // It waits for the coroutine, then changes.
  if (is_contained(OfSleeper, Changer))
    return false;
  const auto *Method = dyn_cast<CXXMethodDecl>(Changer->Decl);
  const bool Hidden = Method ? Method->getAccess() != AS_public
                             : Changer->Decl->getFormalLinkage() == Linkage::Internal;
  auto Early = [&](const FunctionFacts &Caller) {
    return !Caller.Decl || patternOf(*Caller.Decl) == patternOf(*Sleeper->Decl) ||
           isa<CXXConstructorDecl>(Caller.Decl) || isa<CXXDestructorDecl>(Caller.Decl) ||
           Caller.Decl->isMain();
  };
  if (Hidden && onlyCalledBy(Of, Early))
    return false;
  // One function calls both, one after the other.
  return Of.size() != 1 || OfSleeper.size() != 1 || Of[0] != OfSleeper[0];
}

std::vector<const StorageChange *> SharedStorage::changes(const ValueDecl *Storage,
                                                          const FunctionFacts &While) const {
  std::vector<const StorageChange *> Found;
  if (auto At = Changes.find(Storage); At != Changes.end())
    for (const StorageChange &Change : At->second)
      if (mayRunMeanwhile(*Change.In, While) &&
          !(Change.How == Disturbance::Replaces && begins(*outermost(Change.In)->Decl)))
        Found.push_back(&Change);
  return Found;
}

} // namespace abide

//===- TaskInSpecialMember.cpp - async-task-in-special-member -------------===//
//
// Law: constructors and destructors cannot suspend. A task that a constructor starts uses an object
// that nobody has yet promised to keep; one that a destructor starts uses an object that is gone.
// Waiting there blocks the thread, and on the loop's own thread for ever.
//
// Reported: in a constructor or destructor, the start of a task that has `this` and that nobody
// owns: by a function that spawns or detaches, or by calling an eager coroutine of the object; a
// synchronous wait for a task; a destructor that detaches a member's task which uses the object.
//
// Not reported: tasks that do not use the object, or hold it by themselves (shared_from_this,
// `*this` by value); tasks in a scope or a handle that a constructor fills; loops that the object
// owns; classes whose destructor waits for the work or cancels it.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/TuModel.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

/// `member_`, `std::move(member_)`, `member_.get_executor()`: the member of this object, or null.
const FieldDecl *ownMember(const Expr *E) {
  E = withoutWrappers(E);
  if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->isCallToStdMove())
    E = withoutWrappers(Call->getArg(0));
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E); Call && Call->getImplicitObjectArgument())
    E = withoutWrappers(Call->getImplicitObjectArgument());
  const auto *Member = dyn_cast<MemberExpr>(E);
  return Member && isa<CXXThisExpr>(withoutWrappers(Member->getBase()))
             ? dyn_cast<FieldDecl>(Member->getMemberDecl())
             : nullptr;
}

class SpecialMember {
public:
  SpecialMember(RuleContext &Context, const FunctionFacts &F)
      : Context(Context), Model(Context.model()), F(F),
        Class(*cast<CXXMethodDecl>(F.Decl)->getParent()),
        Destructor(isa<CXXDestructorDecl>(F.Decl)) {
    for (const DroppedValue &Value : F.Dropped)
      Dropped.insert(withoutWrappers(Value.Value));
  }

  void run() const {
    for (const CallSite &Site : F.Calls) {
      if (!Site.Expr)
        continue;
      if (says(Site, Role::SyncWait))
        waits(Site);
      else if (says(Site, Role::Spawn) || says(Site, Role::Detach) ||
               (Destructor && says(Site, Role::OwningSpawn)))
        spawns(Site);
      else
        startsEager(Site);
    }
  }

private:
  bool says(const CallSite &Site, Role R) const {
    return Model.names().has(*Site.Callee, Site.Object, R) ||
           (Site.FunctionObject && Model.names().has(*Site.FunctionObject, R));
  }

  bool isTask(QualType T) const {
    const CoroutineType &Type = Model.types().of(T);
    return Type.isCoroutine() || Type.Starts != Start::Unknown;
  }

  /// The arguments and the object of a call.
  static SmallVector<const Expr *, 4> operands(const CallSite &Site) {
    SmallVector<const Expr *, 4> All(argumentsOf(Site));
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Site.Expr))
      if (const Expr *Object = Call->getImplicitObjectArgument())
        All.push_back(Object);
    return All;
  }

  std::string where() const {
    return std::string(Destructor ? "the destructor of '" : "the constructor of '") +
           Class.getNameAsString() + "'";
  }

  void report(SourceLocation Loc, std::string Message, const Expr *Uses) const {
    Diag D;
    D.Loc = Loc;
    D.Message = std::move(Message);
    if (Uses)
      D.Notes.push_back({Uses->getBeginLoc(), "the task gets the object here"});
    D.Notes.push_back(
        {Loc, Destructor ? "give the class a coroutine that ends its work, and await that before "
                           "the object is destroyed"
                         : "move the start into a function that the object's owner calls, and let "
                           "somebody own the task"});
    Context.report(D);
  }

  void waits(const CallSite &Site) const {
    auto IsTask = [&](const Expr *E) {
      const auto *Made = dyn_cast<CallExpr>(withoutWrappers(E));
      const FunctionDecl *Maker = Made ? Made->getDirectCallee() : nullptr;
      return isTask(E->getType()) || (Maker && Model.names().has(*Maker, Role::Spawn));
    };
    if (any_of(operands(Site), IsTask))
      report(Site.Loc,
             "'" + shownName(*Site.Callee) + "' makes " + where() +
                 " wait for a task: on the thread of its loop it never ends",
             nullptr);
  }

  void spawns(const CallSite &Site) const {
    QualType Result = cast<Expr>(Site.Expr)->getType();
    bool Kept = !Result->isVoidType() && !Dropped.contains(withoutWrappers(Site.Expr));
    if (Kept || isEnded() || any_of(operands(Site), [&](const Expr *E) { return isOwnLoop(E); }))
      return;
    for (const Expr *E : operands(Site)) {
      if (const Expr *Uses = usesThis(E))
        return report(Site.Loc, where() + harm(), Uses);
      const FieldDecl *Member = Destructor && isTask(E->getType()) ? ownMember(E) : nullptr;
      auto Facts = Model.functions().fields().find(Member);
      if (Member && Facts != Model.functions().fields().end())
        for (const VarUse &Use : Facts->second.Uses)
          if (const Expr *Uses = Use.Value ? usesThis(Use.Value) : nullptr)
            return report(Site.Loc,
                          where() + " gives up '" + Member->getNameAsString() +
                              "', which goes on and uses the object when it is gone",
                          Uses);
    }
  }

  std::string harm() const {
    return Destructor ? " starts a task that uses the object, which is gone when the task goes on"
                      : " starts a task that uses the object: nothing keeps the object alive until "
                        "the task is done";
  }

  /// `run();` of this object, where run() is an eager coroutine that suspends.
  void startsEager(const CallSite &Site) const {
    const FunctionFacts *Callee = Model.functions().of(Site.Callee);
    const Expr *Call = withoutWrappers(Site.Expr);
    if (Callee && Callee->isCoroutine() && !Callee->Suspensions.empty() && Dropped.contains(Call) &&
        usesThis(Call) && !isEnded() &&
        Model.types().of(Callee->Decl->getReturnType()).Starts == Start::Eager)
      report(Site.Loc, where() + harm(), Call);
  }

  /// The part of E that makes a task of `this`: null when there is none, or the task holds the
  /// object by itself.
  const Expr *usesThis(const Expr *E) const {
    const Expr *Found = nullptr;
    SmallVector<const Stmt *, 16> Pending{E};
    while (!Pending.empty()) {
      const Stmt *S = Pending.pop_back_val();
      if (const auto *Call = dyn_cast<CallExpr>(S)) {
        const FunctionDecl *Callee = Call->getDirectCallee();
        const IdentifierInfo *Name = Callee ? Callee->getIdentifier() : nullptr;
        if (Name && Name->getName().ends_with("_from_this"))
          return nullptr;
        if (isTask(Call->getType()) && takesThis(*Call))
          Found = Call;
      }
      if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
        if (isTask(Lambda->getCallOperator()->getReturnType()) &&
            any_of(Lambda->captures(),
                   [](const LambdaCapture &C) { return C.getCaptureKind() == LCK_This; }))
          Found = Lambda;
        for (const Expr *Init : Lambda->capture_inits())
          if (Init)
            Pending.push_back(Init);
        continue;
      }
      for (const Stmt *Child : S->children())
        if (Child)
          Pending.push_back(Child);
    }
    return Found;
  }

  static bool takesThis(const CallExpr &Call) {
    auto IsThis = [](const Expr *E) {
      E = withoutWrappers(E);
      if (const auto *Deref = dyn_cast<UnaryOperator>(E); Deref && Deref->getOpcode() == UO_Deref)
        E = withoutWrappers(Deref->getSubExpr());
      return isa<CXXThisExpr>(E);
    };
    const auto *Member = dyn_cast<CXXMemberCallExpr>(&Call);
    const Expr *Object = Member ? Member->getImplicitObjectArgument() : nullptr;
    return (Object && IsThis(Object)) || any_of(Call.arguments(), IsThis);
  }

  /// A loop, pool or scope that is a part of the object: its tasks end with it.
  bool isOwnLoop(const Expr *E) const {
    const FieldDecl *Member = ownMember(E);
    const CXXRecordDecl *Type = Member ? Member->getType()->getAsCXXRecordDecl() : nullptr;
    if (!Type || isTask(Member->getType()))
      return false;
    auto Has = [&](StringRef Name) {
      return !memberFunctions(Type, DeclarationName(&Model.ast().Idents.get(Name))).empty();
    };
    return Has("run") || Has("join") || Model.names().has(*Type, Role::EventLoop) ||
           Model.names().has(*Type, Role::BlockingPool);
  }

  /// Whether the destructor waits for what a constructor starts, or cancels it.
  bool isEnded() const {
    const FunctionFacts *End = Destructor ? nullptr : Model.functions().of(Class.getDestructor());
    return End && any_of(End->Calls, [&](const CallSite &Site) {
             return says(Site, Role::SyncWait) || says(Site, Role::Cancels) ||
                    says(Site, Role::Closes);
           });
  }

  RuleContext &Context;
  const TuModel &Model;
  const FunctionFacts &F;
  const CXXRecordDecl &Class;
  bool Destructor;
  SmallPtrSet<const Expr *, 8> Dropped;
};

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all())
    if (!F.Dependent && isa_and_nonnull<CXXConstructorDecl, CXXDestructorDecl>(F.Decl))
      SpecialMember(Context, F).run();
}

} // namespace

extern constexpr Check TaskInSpecialMemberCheck = {
    "task-in-special-member",
    "a constructor or destructor starts a task that uses the object, or waits for one",
    Severity::Warning,
    /*Recommended=*/false,
    {},
    run,
};

} // namespace abide

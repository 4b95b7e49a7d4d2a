//===- UnclosedResource.cpp - async-unclosed-resource ---------------------===//
//
// Law: an object whose end has to be awaited cannot be ended by its destructor, which cannot wait.
// On every way out of its scope somebody must have closed it; a return, a break and an exception of
// something awaited in between are ways out.
//
// Such objects are known by annotation and vocabulary, and by structure: a close that is awaited
// beside a destructor that asserts, aborts or complains.
//
// Reported: a local or by-value parameter that was used and reaches its end without a close on some
// path; a member that this file uses and never closes.
//
// Not reported: objects that were never used (they hold nothing); that are moved, returned, or
// given to a guard or a function that closes them; that somebody else has a reference to, when this
// function closes them nowhere; flags of the function that say whether there is anything to close.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/OpenPaths.h"
#include "clang/AST/ASTContext.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

class UnclosedResource {
public:
  explicit UnclosedResource(RuleContext &Context)
      : Context(Context), Model(Context.model()), Rules(Model) {}

  void run() {
    for (const LocalFacts &Local : Model.functions().locals())
      local(Local);
    for (const auto &[Field, Facts] : Model.functions().fields())
      field(*Field, Facts);
  }

private:
  static std::string consequence(const CloseDuty &Duty) {
    switch (Duty.End) {
    case OpenEnd::Aborts:
      return ": its destructor ends the program";
    case OpenEnd::Complains:
      return ": its destructor can only complain";
    case OpenEnd::Abandons:
      break;
    }
    return ": what it still does is abandoned";
  }

  /// What a call or an await gave is open already; what a constructor made is not.
  static bool comesOpen(const LocalFacts &Local) {
    return Local.Init &&
           isa<CallExpr, CoawaitExpr>(withoutWrappers(Local.Init)->IgnoreParenCasts());
  }

  void local(const LocalFacts &Local) {
    const ValueDecl &Var = *Local.Decl;
    if (Var.hasAttr<UnusedAttr>() || !isa<VarDecl>(Var))
      return;
    std::optional<CloseDuty> Duty = Rules.duty(Var.getType());
    if (!Duty)
      return;
    std::optional<OpenPath> Path = leftOpen(Model, Rules, Local, comesOpen(Local), {});
    if (!Path)
      return;
    Diag D;
    D.Loc = Var.getLocation();
    D.Message = "'" + Var.getNameAsString() + "' is not closed on every path" + consequence(*Duty);
    addPath(D, Path->Way);
    if (const Stmt *Left = Path->Return ? Path->Return : Path->Jump)
      D.Notes.push_back({Left->getBeginLoc(),
                         "'" + Var.getNameAsString() + "' goes out of scope here, still open"});
    D.Notes.push_back({D.Loc, "call '" + Duty->Closer +
                                  "' on every way out, also when something awaited throws"});
    Context.report(D);
  }

  /// A member of a class that only this file knows: nobody else can close it.
  void field(const FieldDecl &Field, const FieldFacts &Facts) {
    const CXXRecordDecl *Class = dyn_cast<CXXRecordDecl>(Field.getParent());
    if (Model.ast().getLangOpts().IsHeaderFile || Field.hasAttr<UnusedAttr>() || !Class ||
        Class->isDependentContext() || Class->isLambda() || Class->isAggregate() ||
        Field.getAccess() == AS_public)
      return;
    std::optional<CloseDuty> Duty = Rules.duty(Field.getType());
    const CXXRecordDecl *Type = classOf(Field.getType());
    if (!Duty)
      return;
    SmallPtrSet<const Expr *, 8> Refs;
    for (const VarUse &Use : Facts.Uses)
      Refs.insert(Use.Ref);
    const CallSite *Used = nullptr;
    unsigned Calls = 0;
    for (const FunctionFacts &F : Model.functions().all())
      for (const CallSite &Site : F.Calls) {
        const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site.Expr);
        const Expr *Object = Call ? Call->getImplicitObjectArgument()->IgnoreParenCasts() : nullptr;
        if (!Object || !Refs.contains(Object))
          continue;
        if (Rules.closes(*Site.Callee, Type))
          return;
        ++Calls;
        if (const auto *M = dyn_cast<CXXMethodDecl>(Site.Callee); M && !M->isConst())
          Used = &Site;
      }
    unsigned Set =
        count_if(Facts.Uses, [](const VarUse &Use) { return Use.How == ValueUse::Assigned; });
    // Another use may give somebody a reference, who closes it.
    if (!Used || Calls + Set != Facts.Uses.size())
      return;
    Diag D;
    D.Loc = Field.getLocation();
    D.Message = "'" + Field.getNameAsString() + "' is never closed" + consequence(*Duty);
    D.Notes.push_back({Used->Loc, "it is used here"});
    D.Notes.push_back({D.Loc, "give '" + Class->getNameAsString() + "' a function that awaits '" +
                                  Duty->Closer + "', to be called before its end"});
    Context.report(D);
  }

  RuleContext &Context;
  const TuModel &Model;
  Closing Rules;
};

void run(RuleContext &Context) { UnclosedResource(Context).run(); }

} // namespace

extern constexpr Check UnclosedResourceCheck = {
    "unclosed-resource",
    "an object that needs an awaited close reaches its destructor without it on some path",
    Severity::Warning,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide

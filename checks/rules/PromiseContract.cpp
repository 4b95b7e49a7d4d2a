//===- PromiseContract.cpp - async-promise-contract -----------------------===//
//
// Law: a promise carries three things to who awaits: the result, the exception, and the turn. One
// that drops the exception makes failures look like success; one that drops the turn leaves its
// caller suspended for ever.
//
// Reported: an unhandled_exception that does nothing, or rethrows although a coroutine waits; an
// exception or result that is stored and never read; a return_value that drops its value, or keeps
// the address of it; a continuation that is stored and never resumed, resumed although nobody may
// have set it, or resumed while the coroutine still runs; an owner that destroys a frame which
// destroys itself at its end; an await_suspend with a path on which nobody gets the handle.
//
// Not reported: types without a result channel, whose spawns other checks judge; generators that
// rethrow into their consumer; members that functions outside of this file may read.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/PromiseFaults.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

std::string quoted(const NamedDecl &D) { return "'" + D.getNameAsString() + "'"; }

Diag at(const Stmt &S, const Twine &Message) {
  Diag D;
  D.Loc = S.getBeginLoc();
  D.Message = Message.str();
  D.Ranges.push_back(S.getSourceRange());
  return D;
}

Diag at(const NamedDecl &Named, const Twine &Message) {
  Diag D;
  D.Loc = Named.getLocation();
  D.Message = Message.str();
  return D;
}

class Contract {
public:
  Contract(RuleContext &Context, const Promises &Types, const std::vector<HandleOwner> &Owners)
      : Context(Context), Model(Context.model()), Types(Types), Owners(Owners) {}

  void exception(const CXXMethodDecl &F) {
    const auto *Body = dyn_cast_or_null<CompoundStmt>(bodyOf(&F));
    const PromiseType *P = withChannel(F);
    if (!Body || !P || !Model.ast().getLangOpts().CXXExceptions)
      return;
    const CoroutineType &Type = Model.types().of(P->Returned);
    if (Body->body_empty()) {
      Diag D = at(F, "an exception of a coroutine that returns " + quoted(*P->Returned) +
                         " is lost: it looks like success");
      D.note(D.Loc, "keep 'std::current_exception()' and rethrow it where the result is read, or "
                    "call 'std::terminate()'");
      return Context.report(D);
    }
    const auto *Rethrow = dyn_cast<CXXThrowExpr>(withoutCleanups(Body->body_front()));
    const FieldDecl *Continuation = continuationOf(*P);
    if (!Rethrow || Rethrow->getSubExpr() || !Type.Awaitable || Type.Generator || !Continuation)
      return;
    Diag D = at(*Rethrow, "the exception goes to whoever resumed the coroutine: who awaits " +
                              quoted(*P->Returned) + " is never resumed");
    D.note(Continuation->getLocation(), "it waits here");
    D.note(D.Loc, "keep 'std::current_exception()' and rethrow it in 'await_resume'");
    Context.report(D);
  }

  void value(const CXXMethodDecl &F) {
    const auto *Body = dyn_cast_or_null<CompoundStmt>(bodyOf(&F));
    const PromiseType *P = Body && F.getNumParams() == 1 ? withChannel(F) : nullptr;
    if (!P || Model.types().of(P->Returned).Generator)
      return;
    const ParmVarDecl &Value = *F.getParamDecl(0);
    if (Body->body_empty() && Model.types().of(P->Returned).Awaitable) {
      Diag D = at(F, "the result of a coroutine that returns " + quoted(*P->Returned) + " is lost");
      D.note(D.Loc, "keep it for 'await_resume', or have 'return_void' instead");
      return Context.report(D);
    }
    if (const Expr *Address = keptAddress(F, Value)) {
      Diag D = at(*Address, "the promise keeps the address of " + quoted(Value) +
                                ", which is gone when the result is read");
      D.note(Value.getLocation(),
             "it lives until the 'co_return' statement ends, and the locals of "
             "the coroutine die before 'final_suspend'");
      D.note(D.Loc, "keep the value");
      Context.report(D);
    }
  }

  /// What is stored for who awaits, and forgotten.
  void members(const PromiseType &P) {
    const SourceManager &Sources = Model.ast().getSourceManager();
    for (const StoredMember &M : storedMembers(Model, P)) {
      if (!Sources.isInMainFile(Sources.getExpansionLoc(M.Field->getLocation())) ||
          Types.isRead(identifierOf(*M.Field)))
        continue;
      bool IsException = M.What == StoredMember::Exception;
      Diag D = at(*M.Field, IsException ? "the exception in " + quoted(*M.Field) +
                                              " is never rethrown: it is lost"
                                        : "nobody resumes " + quoted(*M.Field) +
                                              ": who awaits the coroutine waits for ever");
      D.note(M.At->getBeginLoc(), "it is stored here, and read nowhere");
      D.note(D.Loc, IsException ? "rethrow it where the result is read"
                                : "resume it in the awaiter of 'final_suspend'");
      Context.report(D);
    }
  }

  /// `return continuation;` of a coroutine that may end before anybody awaits it.
  void nullContinuation(const PromiseType &P) {
    const FieldDecl *Continuation = continuationOf(P);
    if (!Continuation || !mayEndUnawaited(Model, P))
      return;
    for (const FunctionFacts &F : Model.functions().all()) {
      const Stmt *Use = F.Decl && isEndOf(F, P) ? resumedUnasked(F, *Continuation) : nullptr;
      if (!Use)
        continue;
      Diag D = at(*Use, quoted(*Continuation) +
                            " is null when the coroutine ends before anybody awaits it");
      D.note(Continuation->getLocation(), "it is null until then");
      D.note(D.Loc, "test it, or begin with 'std::noop_coroutine()'");
      Context.report(D);
    }
  }

  /// A continuation that runs while the coroutine is not suspended.
  void resumedEarly(const CXXMethodDecl &F) {
    SmallVector<PromiseType, 2> All = Types.of(F.getParent());
    bool Destroys = any_of(Owners, [&](const HandleOwner &Owner) {
      return !Owner.OnlyIfDone && !All.empty() &&
             asWritten(Owner.Class) == asWritten(All.front().Returned);
    });
    if (!Destroys)
      return;
    const Stmt *Resumes = nullptr;
    anyStatement(bodyOf(&F), [&](const Stmt *S) {
      auto Call = handleCall(S);
      if (Call && Call->Op == HandleOp::Resume && !HandlePlace::of(Call->Handle).Root &&
          HandlePlace::of(Call->Handle).Field)
        Resumes = S;
      return Resumes != nullptr;
    });
    if (!Resumes)
      return;
    Diag D = at(*Resumes, "who awaits goes on while this coroutine still runs, and may destroy it");
    D.note(D.Loc, "resume it in the awaiter of 'final_suspend', where the coroutine is suspended");
    Context.report(D);
  }

  /// ~task() destroys what has destroyed itself.
  void selfDestroying(const PromiseType &P, const HandleOwner &Owner) {
    if (asWritten(Owner.Class) != asWritten(P.Returned) || !Owner.OnlyIfSet ||
        Types.stopsAtEnd(P.Class) != false || !isDestroyedTwice(Model, P, Owner))
      return;
    Diag D = at(*Owner.Destroys, "this destroys a frame that has destroyed itself, when the "
                                 "coroutine has ended");
    for (const FunctionDecl *End : Types.functions(P.Class, "final_suspend"))
      D.note(End->getLocation(), "it does not suspend: the frame ends here");
    D.note(D.Loc, "return 'std::suspend_always' from 'final_suspend'");
    Context.report(D);
  }

  void earlyReturn(const FunctionFacts &F) {
    std::optional<LostHandle> Lost = lostHandle(Model, Types, F);
    if (!Lost)
      return;
    Diag D;
    D.Loc = Lost->Return->getBeginLoc();
    D.Message = "this return leaves the coroutine suspended, and nobody has its handle: it never "
                "goes on";
    addPath(D, Lost->Way);
    D.note(Lost->Use->getBeginLoc(), "on other paths it is handed on here");
    D.note(D.Loc, "resume the handle, or return 'false' from a function of type 'bool'");
    Context.report(D);
  }

private:
  /// The coroutine type of a promise's function, if it has a way to give a result.
  const PromiseType *withChannel(const CXXMethodDecl &F) {
    Found = Types.of(F.getParent());
    for (const PromiseType &P : Found) {
      const CoroutineType &Type = Model.types().of(P.Returned);
      bool Fires = Type.FireAndForget || (!Type.Awaitable && !Type.Generator &&
                                          Types.functions(P.Class, "return_value").empty());
      if (Fires)
        return nullptr; // Of a base of several promises: not for all of them.
    }
    return Found.empty() ? nullptr : &Found.front();
  }

  static const Stmt *withoutCleanups(const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    return E ? withoutWrappers(E) : S;
  }

  const FieldDecl *continuationOf(const PromiseType &P) const {
    for (const StoredMember &M : storedMembers(Model, P))
      if (M.What == StoredMember::Continuation)
        return M.Field;
    return nullptr;
  }

  bool isEndOf(const FunctionFacts &F, const PromiseType &P) const {
    const auto *Method = dyn_cast<CXXMethodDecl>(F.Decl);
    if (!Method || identifierOf(*Method) != "await_suspend" ||
        Method->getTemplateInstantiationPattern())
      return false;
    const CXXRecordDecl *Awaiter = asWritten(Method->getParent());
    for (const FunctionDecl *End : Types.functions(P.Class, "final_suspend"))
      if (asWritten(returnedClass(End)) == Awaiter)
        return true;
    return false;
  }

  RuleContext &Context;
  const TuModel &Model;
  const Promises &Types;
  const std::vector<HandleOwner> &Owners;
  SmallVector<PromiseType, 2> Found;
};

void run(RuleContext &Context) {
  const TuModel &Model = Context.model();
  Promises Types(Model);
  std::vector<HandleOwner> Owners = handleOwners(Model);
  Contract Judge(Context, Types, Owners);
  for (const PromiseType &P : Types.all()) {
    Judge.members(P);
    Judge.nullContinuation(P);
    for (const HandleOwner &Owner : Owners)
      Judge.selfDestroying(P, Owner);
  }
  for (const FunctionFacts &F : Model.functions().all()) {
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(F.Decl);
    StringRef Name = Method ? identifierOf(*Method) : "";
    if (Name == "await_suspend")
      Judge.earlyReturn(F);
    if (!Method || Method->getTemplateInstantiationPattern())
      continue;
    if (Name == "unhandled_exception")
      Judge.exception(*Method);
    if (Name == "return_value")
      Judge.value(*Method);
    if (Name == "return_value" || Name == "return_void" || Name == "unhandled_exception")
      Judge.resumedEarly(*Method);
  }
}

} // namespace

extern constexpr Check PromiseContractCheck = {
    "promise-contract",
    "a promise or awaiter loses the result, the exception or the coroutine that waits",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide

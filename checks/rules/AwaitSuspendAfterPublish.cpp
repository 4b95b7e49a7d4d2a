//===- AwaitSuspendAfterPublish.cpp - async-await-suspend-after-publish ---===//
//
// Law: as soon as another thread has the handle, or a way to it, it may resume the coroutine, which
// may run to its end and destroy its frame: the awaiter, which lives in that frame, is gone while
// await_suspend is still running.
//
// Reported: a member of the awaiter, or the frame of the handle, that is used on a path on which
// the handle, `this`, or a callback with one of them has been given to another thread, has been
// exchanged into an atomic variable, or stored where others look after a mutex is unlocked.
//
// Not reported: what was copied to locals before; returning a constant; the side of a
// compare-exchange on which nothing was exchanged; callees of which it is not known that another
// thread gets the handle, such as a loop that calls back later on this thread.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "PathNotes.h"
#include "model/Publishing.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

void run(RuleContext &Context) {
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.Decl || F.Dependent || identifierOf(*F.Decl) != "await_suspend" ||
        F.Decl->getNumParams() == 0)
      continue;
    std::optional<UseAfterPublish> Found = usedAfterPublish(Context.model(), F);
    if (!Found)
      continue;
    Diag D;
    D.Loc = Found->Use->getBeginLoc();
    D.Ranges.push_back(Found->Use->getSourceRange());
    D.Message =
        ("'" + Found->What->getNameAsString() +
         (Found->IsHandle ? "' is used after another thread got it: the coroutine may be gone"
                          : "' is used after another thread got the coroutine: the awaiter "
                            "may be gone"));
    addPath(D, Found->Way);
    D.note(Found->Publish->getBeginLoc(),
           Found->How == Publication::Thread
               ? "from here on another thread may resume the coroutine"
           : Found->How == Publication::Atomic
               ? "from here on whoever reads the atomic variable may resume the coroutine"
               : "the lock is released here: from here on another thread may resume the coroutine");
    D.note(D.Loc, "copy what is needed to a local before, or make this the last statement");
    Context.report(D);
  }
}

} // namespace

extern constexpr Check AwaitSuspendAfterPublishCheck = {
    "await-suspend-after-publish",
    "await_suspend uses the awaiter or the coroutine after another thread may have resumed it",
    Severity::Error,
    /*Recommended=*/true,
    {},
    run,
};

} // namespace abide

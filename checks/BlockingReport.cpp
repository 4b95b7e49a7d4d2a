//===- BlockingReport.cpp - What the checks of blocking code share --------===//

#include "BlockingReport.h"
#include "ChainNotes.h"
#include "model/BlockingConditions.h"
#include "model/Whereabouts.h"
#include "llvm/Support/Regex.h"

using namespace clang;
using namespace llvm;

namespace abide {

std::set<std::string> namesOption(const RuleContext &Context, StringRef Option) {
  std::set<std::string> Result;
  for (StringRef Name : Context.list(Option)) {
    Name.consume_front("::");
    Result.insert(Name.str());
  }
  return Result;
}

/// `check(co_await r.resolve())`, where check() gets the value of what it is given.
static bool getsDoneResult(const TuModel &Model, const FunctionFacts &F, const CallSite &Site,
                           const BlockingPath &Chain) {
  return Chain.What && Chain.What->Unless == BlockUnless::Ready && Chain.length() > 1 &&
         any_of(argumentsOf(Site), [&](const Expr *Argument) {
           return Model.types().of(Argument->getType()).Awaitable &&
                  cameFromAwait(Model, F, Argument);
         });
}

void forEachLoopBlock(const RuleContext &Context, const Blocking &Blocks, BlockFamily Family,
                      function_ref<void(const LoopBlock &)> Report) {
  const TuModel &Model = Context.model();
  const SourceManager &Sources = Model.ast().getSourceManager();
  const unsigned MaxDepth = Context.number("MaxDepth");
  const std::string IgnorePaths = Context.option("IgnorePaths");
  const Regex Ignored(IgnorePaths);
  for (auto [F, How] : Model.threads().loopFunctions()) {
    if (!IgnorePaths.empty() &&
        Ignored.match(Sources.getFilename(Sources.getExpansionLoc(F->Decl->getLocation()))))
      continue;
    const Whereabouts Where(Model, *F);
    for (const CallSite &Site : F->Calls) {
      if (!Where.onLoop(Site))
        continue;
      BlockingPath Chain = Blocks.path(*F, Site, Family);
      if (getsDoneResult(Model, *F, Site, Chain))
        continue;
      if (!Chain.Sites.empty() && Chain.length() <= MaxDepth)
        Report({*F, How, Chain});
    }
  }
}

std::string firstCall(const BlockingPath &Chain) { return nameOfCall(*Chain.Sites.front()); }
std::string lastCall(const BlockingPath &Chain) {
  return Chain.Elsewhere ? Chain.Elsewhere->Chain.back().Name : nameOfCall(*Chain.Sites.back());
}

static std::string leads(bool ToTheEnd) { return ToTheEnd ? "which waits in " : "which calls "; }

Diag atFirstCall(const TuModel &Model, const LoopBlock &Found, const Twine &Message) {
  const BlockingPath &Chain = Found.Chain;
  const CallSite &First = *Chain.Sites.front();
  Diag D;
  D.Loc = First.Loc;
  D.Message = Message.str();
  if (First.Expr)
    D.Ranges.push_back(First.Expr->getSourceRange());
  if (Found.How == LoopEntry::Callback) {
    D.note(Found.Function.Decl->getBeginLoc(), "a loop runs this callback");
  }
  for (const CallSite *Site : drop_begin(Chain.Sites))
    D.note(Site->Loc, leads(Site == Chain.Sites.back() && !Chain.Elsewhere) + nameOfCall(*Site));
  if (Chain.Elsewhere)
    for (const ChainCall &Call : Chain.Elsewhere->Chain)
      noteElsewhere(D, Model, Call, leads(&Call == &Chain.Elsewhere->Chain.back()) + Call.Name);
  return D;
}

std::string blockingCure(const TuModel &Model, const LoopBlock &Found) {
  const FunctionDecl *F = Found.Function.Decl;
  const CXXRecordDecl *Type = F ? classOf(F->getReturnType()) : nullptr;
  const LibraryAdvice *Advice = Type ? Model.vocabulary().adviceFor(qualifiedName(*Type)) : nullptr;
  const std::string &Instead = Found.Chain.What->Instead;
  if (auto [Before, After] = StringRef(Instead).split("{sleep}"); Before.size() != Instead.size())
    return (Before + (Advice && !Advice->Sleep.empty() ? "'" + Advice->Sleep + "'" : "a timer") +
            After)
        .str();
  if (!Instead.empty())
    return Instead;
  if (Advice && !Advice->Offload.empty())
    return "use an asynchronous operation, or run it on '" + Advice->Offload + "'";
  return "use an asynchronous operation, or run it on a thread that may block";
}

} // namespace abide

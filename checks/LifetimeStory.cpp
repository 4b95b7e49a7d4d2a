//===- LifetimeStory.cpp - Death, sleep and use as notes ------------------===//

#include "LifetimeStory.h"
#include "ChainNotes.h"
#include "PathNotes.h"

using namespace clang;
using namespace llvm;

namespace abide {

std::string afterDeath(const WorkFate &Fate) {
  switch (Fate.How) {
  case WorkEnd::Kept:
    return Fate.Holder && !cast<VarDecl>(Fate.Holder)->isImplicit()
               ? "before the work of '" + Fate.Holder->getNameAsString() + "' is done"
               : "before the loop is done";
  case WorkEnd::Returned:
    return "but the work is returned";
  case WorkEnd::Stored:
    return "but the work is kept for later";
  case WorkEnd::Owned:
    return "before anybody waits for the work";
  default:
    return "but the work goes on by itself";
  }
}

/// The decisions that the author wrote: those of an assertion's macro tell nothing.
static SmallVector<FlowStep, 4> written(ArrayRef<FlowStep> Way) {
  SmallVector<FlowStep, 4> Kept;
  for (const FlowStep &Step : Way)
    if (Step.S->getBeginLoc().isFileID())
      Kept.push_back(Step);
  return Kept;
}

void noteDeath(Diag &D, const Referent &Object, const Outliving &Out, std::string Called) {
  if (Object.Temporary) {
    if (Called.empty())
      Called = "the temporary";
    D.note(Object.Temporary->getEndLoc(),
           Called + " dies at the end of this full-expression, " + afterDeath(Out.Fate));
    return;
  }
  if (Called.empty())
    Called = "'" + Object.Var->getNameAsString() + "'";
  D.note(Object.Var->getLocation(), Called + " dies at the end of its " +
                                        (isa<ParmVarDecl>(Object.Var) ? "function" : "scope") +
                                        ", " + afterDeath(Out.Fate));
  addPath(D, written(Out.Way));
}

void noteLateUse(Diag &D, const FunctionFacts &Coroutine, const LateUse &Late,
                 const std::string &What) {
  D.note(placeOfSleep(Coroutine, Late), wordsOfSleep(Late));
  addPath(D, written(Late.Way));
  D.note(Late.Use->getBeginLoc(), wordsOfUse(Late, What));
}

void noteLaterUse(Diag &D, const TuModel &Model, const LaterUse &Later, const std::string &What,
                  const std::string &Lazy) {
  if (Later.Elsewhere)
    for (const ChainCall &At : Later.Elsewhere->Chain)
      noteElsewhere(D, Model, At, At.Name);
  else if (Later.Known)
    noteLateUse(D, *Model.functions().of(Later.In), Later.Use, What);
  else
    D.note(Later.In->getLocation(), Lazy);
}

} // namespace abide

//===- LifetimeStory.cpp - Death, sleep and use as notes ------------------===//

#include "LifetimeStory.h"
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
  if (Late.Sleep)
    D.note(Late.Sleep->getBeginLoc(), "the coroutine sleeps here");
  else
    D.note(Coroutine.Body->getBeginLoc(),
           "the coroutine is lazy: it sleeps before its first statement");
  addPath(D, written(Late.Way));
  if (Late.Destroyed)
    D.note(Late.Use->getBeginLoc(),
           What + " is used by the destructor of '" + Late.Destroyed->getNameAsString() + "'");
  else if (Late.Meanwhile)
    D.note(Late.Use->getBeginLoc(), What + " is used meanwhile by what is awaited");
  else
    D.note(Late.Use->getBeginLoc(), What + " is used here");
}

} // namespace abide

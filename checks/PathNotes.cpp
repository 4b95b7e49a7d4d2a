//===- PathNotes.cpp - A path through a function as notes -----------------===//

#include "PathNotes.h"
#include "clang/AST/ExprCXX.h"

using namespace clang;
using namespace llvm;

namespace abide {

void addPath(Diag &D, ArrayRef<FlowStep> Steps) {
  constexpr size_t MaxNotes = 4;
  for (const FlowStep &Step : Steps.take_back(MaxNotes)) {
    if (!Step.Threw)
      D.Notes.push_back({Step.S->getBeginLoc(), Step.Taken ? "when this condition is true"
                                                           : "when this condition is false"});
    else if (isa<CXXThrowExpr>(Step.S))
      D.Notes.push_back({Step.S->getBeginLoc(), "when this exception is thrown"});
    else if (isa<CoroutineSuspendExpr>(Step.S))
      D.Notes.push_back({Step.S->getBeginLoc(), "when what is awaited here throws"});
    else
      D.Notes.push_back({Step.S->getBeginLoc(), "when this throws"});
  }
}

} // namespace abide

//===- LargeFrame.cpp - async-large-frame ---------------------------------===//
//
// Law: what is alive across a suspension lives in the frame of the coroutine, on the heap, once for
// each coroutine that waits. A buffer that costs nothing on a stack costs its size times the number
// of connections.
//
// Reported: a coroutine whose parameters and locals that are alive at one of its suspensions take
// more bytes together than the option allows.
//
// Not reported: locals of scopes that end before, and those that nobody uses after, the suspension.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Frames.h"
#include "llvm/ADT/STLExtras.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"MaxBytes", "16384", "the size up to which a frame is not reported", OptionKind::Number},
};

void run(RuleContext &Context) {
  const uint64_t Max = Context.number("MaxBytes");
  for (const FunctionFacts &F : Context.model().functions().all()) {
    if (!F.isCoroutine() || F.Dependent)
      continue;
    FrameEstimate Frame = estimateFrame(Context.model(), F);
    if (Frame.Bytes <= Max)
      continue;
    Diag D;
    D.Loc = F.Decl->getLocation();
    D.Message = "the frame of '" + shownName(*F.Decl) + "' takes at least " +
                std::to_string(Frame.Bytes) + " bytes on the heap, for each one that waits";
    D.note(Frame.At->Expr->getBeginLoc(), "while it waits here");
    for (const FrameVariable &V : ArrayRef(Frame.Alive).take_front(3))
      if (V.Bytes >= Frame.Bytes / 16) // To shrink the others saves nothing.
        D.note(V.Var->getLocation(),
               "'" + V.Var->getNameAsString() + "' takes " + std::to_string(V.Bytes) + " of them");
    D.note(D.Loc, "end the scope of what is large before the await, share it, or allocate it "
                  "where it is needed");
    Context.report(D);
  }
}

} // namespace

extern constexpr Check LargeFrameCheck = {
    "large-frame",
    "a coroutine keeps large objects in its frame while it waits",
    Severity::Hint,
    /*Recommended=*/false,
    Options,
    run,
};

} // namespace abide

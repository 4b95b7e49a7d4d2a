//===- Closing.h - What must be closed, and the ways round it ---*- C++ -*-===//
//
// An object that needs an explicit close stays open on every path that leaves its scope without
// one: by return, break or an exception of something that is awaited in between.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_CLOSING_H
#define ABIDE_CHECKS_MODEL_CLOSING_H

#include "model/TuModel.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace abide {

/// What happens to an object that is destroyed open.
enum class OpenEnd : unsigned char {
  Abandons,  ///< Nobody knows, or it is abandoned in silence.
  Complains, ///< Its destructor writes a message.
  Aborts,    ///< Its destructor asserts or ends the program.
};

/// That an object has to be closed.
struct CloseDuty {
  std::string Closer; ///< The function that does it: "aclose".
  OpenEnd End = OpenEnd::Abandons;
};

/// What one use of an object does to it.
enum class Handling : unsigned char {
  Reads,
  Opens,     ///< A member function is called, or somebody is told to use it.
  Shares,    ///< Somebody gets a reference or pointer to it.
  Closes,    ///< Also: hands it to a guard or function that will.
  GivesAway, ///< Moved, returned, or beyond what can be followed.
};

struct HandledUse {
  Handling How;
  const clang::Stmt *At; ///< The call, capture ... that does it; the use itself otherwise.
};

class Closing {
public:
  explicit Closing(const TuModel &Model) : Model(Model) {}

  /// By annotation and vocabulary, or because the class has a close that is awaited and a
  /// destructor that objects when it did not happen.
  std::optional<CloseDuty> duty(clang::QualType T) const;
  /// The same for an async generator, whose close alone says that it matters.
  std::optional<CloseDuty> generatorDuty(clang::QualType T) const;

  bool closes(const clang::FunctionDecl &F, const clang::CXXRecordDecl *Object) const;

  /// What a use of a local does; Ref stands in the flow of the function that declares it.
  HandledUse handling(const FunctionFlow &Flow, const LocalFacts &Local,
                      const clang::Expr *Ref) const;

private:
  const clang::FunctionDecl *asyncCloser(const clang::CXXRecordDecl *Record) const;
  bool isAwaited(clang::QualType Result, bool OfGenerator) const;
  HandledUse ofCall(const clang::Expr *Call, const clang::Expr *Argument) const;
  HandledUse ofCapture(const clang::LambdaExpr *Lambda, const LocalFacts &Local,
                       const clang::Expr *Ref) const;

  const TuModel &Model;
};

/// One way on which an object is left open.
struct OpenPath {
  llvm::SmallVector<FlowStep, 4> Way;
  const clang::Stmt *Return = nullptr; ///< The return by which it leaves, if any.
  const clang::Stmt *Jump = nullptr;   ///< The break or goto after the last decision, if any.
};

/// Conditions and steps that say that a generator came to its end by itself.
struct Iteration {
  llvm::SmallPtrSet<const clang::Stmt *, 4> Steps;          ///< Awaits that advance it.
  llvm::SmallPtrSet<const clang::ValueDecl *, 4> Iterators; ///< Locals that hold what a step gave.

  Iteration() = default;
  Iteration(const FunctionFacts &F, const FunctionFlow &Flow, const TuModel &Model,
            const LocalFacts &Generator);

  /// Whether the outcome of the condition means that there are no more elements.
  bool ended(const clang::Stmt *Condition, bool Taken, const clang::ValueDecl *Generator) const;
};

/// The first way on which Local reaches its end open, if any; nothing also when its fate cannot be
/// followed. FromStart: it is open from its initialiser on.
std::optional<OpenPath> leftOpen(const TuModel &Model, const Closing &Rules,
                                 const LocalFacts &Local, bool FromStart, const Iteration &Runs);

/// A way to a co_yield.
struct YieldPath {
  llvm::SmallVector<FlowStep, 4> Way;
  const clang::Stmt *Yield = nullptr;
};

/// A co_yield that some path reaches while Local is open, with the way to it.
std::optional<YieldPath> yieldWhileOpen(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Local);

/// The same for a guard, which holds something from its initialiser until it is unlocked, reset,
/// released or moved.
std::optional<YieldPath> yieldWhileHeld(const TuModel &Model, const Closing &Rules,
                                        const LocalFacts &Guard);

} // namespace abide

#endif

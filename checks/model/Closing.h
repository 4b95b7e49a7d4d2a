//===- Closing.h - What must be closed, and what closes it ------*- C++ -*-===//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_MODEL_CLOSING_H
#define ABIDE_CHECKS_MODEL_CLOSING_H

#include "model/TuModel.h"

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

  /// Tells what a function does to objects that it gets a reference to.
  void summarize(const FunctionFacts &F, FunctionSummary &Out) const;
  /// Asks that of functions which get an object that has to be closed.
  void ask(UnitSummary &Out) const;

private:
  const clang::FunctionDecl *asyncCloser(const clang::CXXRecordDecl *Record) const;
  bool isAwaited(clang::QualType Result, bool OfGenerator) const;
  HandledUse ofCall(const clang::Expr *Call, const clang::Expr *Argument) const;
  /// A call that gets a reference to the object: by the body or what other units tell.
  Handling ofHelper(const CallSite &Site, unsigned Parameter) const;
  Handling ofParameter(const FunctionFacts &F, const clang::ParmVarDecl *Parameter) const;
  HandledUse ofCapture(const clang::LambdaExpr *Lambda, const LocalFacts &Local,
                       const clang::Expr *Ref) const;

  const TuModel &Model;
  mutable unsigned Inside = 0; ///< Bodies of helpers looked into.
};

} // namespace abide

#endif

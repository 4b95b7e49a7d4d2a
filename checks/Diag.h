//===- Diag.h - A finding while the AST is alive ---------------*- C++ -*-===//

#ifndef ABIDE_CHECKS_DIAG_H
#define ABIDE_CHECKS_DIAG_H

#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceLocation.h"
#include <string>
#include <vector>

namespace abide {

/// One step of the witness, or the cure.
struct DiagNote {
  clang::SourceLocation Loc;
  std::string Message;
};

/// A finding of one rule. Message and notes are lower case, without full stop, entities quoted.
struct Diag {
  clang::SourceLocation Loc;
  std::string Message;
  std::vector<clang::SourceRange> Ranges;
  std::vector<DiagNote> Notes;
  /// Applied together or not at all; empty when no safe fix is known.
  std::vector<clang::FixItHint> Fixes;

  void note(clang::SourceLocation At, std::string Words) {
    Notes.push_back({At, std::move(Words)});
  }
};

} // namespace abide

#endif

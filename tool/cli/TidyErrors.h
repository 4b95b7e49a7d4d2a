//===- TidyErrors.h - From clang-tidy's errors to plain findings -*- C++ -*-===//

#ifndef ABIDE_TOOL_CLI_TIDYERRORS_H
#define ABIDE_TOOL_CLI_TIDYERRORS_H

#include "AnalyseTu.h"

namespace abide {

/// Clang-tidy's consumer, which sorts what it was told, plus the memory of what came first.
class TidyConsumer : public clang::tidy::ClangTidyDiagnosticConsumer {
public:
  using ClangTidyDiagnosticConsumer::ClangTidyDiagnosticConsumer;
  void HandleDiagnostic(clang::DiagnosticsEngine::Level Level,
                        const clang::Diagnostic &Info) override;
  const std::string &firstError() const { return FirstError; }

private:
  std::string FirstError;
};

/// Adds what clang-tidy reported: findings as findings, the first compile error and every mistake
/// of the configuration as failures. Sources gives lines and columns while the files are loaded;
/// without it only errors without a place are expected.
void convertErrors(TidyConsumer &Diags, clang::SourceManager *Sources, TuResult &Result);

} // namespace abide

#endif

//===- TidyErrors.cpp - From clang-tidy's errors to plain findings --------===//

#include "TidyErrors.h"
#include "Paths.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace clang;
using clang::tidy::ClangTidyError;

namespace abide {
namespace {

class Converter {
public:
  Converter(const ClangTidyError &Error, SourceManager *Sources) : Error(Error), Sources(Sources) {}

  Finding finding() {
    Finding F{Error.DiagnosticName,
              Error.DiagLevel == ClangTidyError::Error || Error.IsWarningAsError
                  ? FindingLevel::Error
                  : FindingLevel::Warning,
              place(Error.Message),
              Error.Message.Message,
              {},
              notes(),
              {}};
    for (const tooling::FileByteRange &Range : Error.Message.Ranges)
      F.Ranges.push_back({absolute(Range.FilePath), Range.FileOffset, Range.Length});
    for (const auto &PerFile : Error.Message.Fix)
      for (const tooling::Replacement &Fix : PerFile.getValue())
        F.Edits.push_back({{absolute(Fix.getFilePath()), Fix.getOffset(), Fix.getLength()},
                           Fix.getReplacementText().str()});
    sort(F.Edits);
    return F;
  }

  Failure failure(Failure::Kind What) {
    // The driver quotes whole command lines.
    constexpr size_t Longest = 400;
    std::string Text = Error.Message.Message;
    if (Text.size() > Longest)
      Text = Text.substr(0, Longest) + "...";
    return {What, "", place(Error.Message), Text, notes()};
  }

private:
  std::string absolute(StringRef Path) {
    return Path.empty() ? "" : absolutePath(Path, Error.BuildDirectory);
  }

  Place place(const tooling::DiagnosticMessage &Message) {
    Place P{absolute(Message.FilePath), 0, 0, Message.FileOffset};
    if (P.Path.empty() || !Sources)
      return P.Path.empty() ? Place() : P;
    auto File = Sources->getFileManager().getOptionalFileRef(Message.FilePath);
    FileID Id = File ? Sources->translateFile(*File) : FileID();
    if (Id.isInvalid())
      return P;
    P.Line = Sources->getLineNumber(Id, P.Offset);
    P.Column = Sources->getColumnNumber(Id, P.Offset);
    return P;
  }

  std::vector<FindingNote> notes() {
    std::vector<FindingNote> Notes;
    for (const tooling::DiagnosticMessage &Note : Error.Notes)
      Notes.push_back({place(Note), Note.Message});
    return Notes;
  }

  const ClangTidyError &Error;
  SourceManager *Sources;
};

/// Clang's warnings that are errors by default, as narrowing is: other compilers take the code, and
/// the syntax tree is whole. Real warnings get here only when the globs ask for them.
bool isForgivable(const ClangTidyError &Error) {
  return StringRef(Error.DiagnosticName).starts_with("clang-diagnostic-") &&
         Error.DiagLevel == ClangTidyError::Error && !Error.IsWarningAsError;
}

} // namespace

void TidyConsumer::HandleDiagnostic(DiagnosticsEngine::Level Level, const Diagnostic &Info) {
  if (Level >= DiagnosticsEngine::Error && FirstError.empty()) {
    SmallString<128> Message;
    Info.FormatDiagnostic(Message);
    FirstError = Message.str().str();
  }
  ClangTidyDiagnosticConsumer::HandleDiagnostic(Level, Info);
}

void convertErrors(TidyConsumer &Diags, SourceManager *Sources, TuResult &Result) {
  const std::vector<ClangTidyError> Errors = Diags.take();
  const ClangTidyError *First = nullptr;
  size_t Count = 0;
  for (const ClangTidyError &Error : Errors) {
    Converter Convert(Error, Sources);
    StringRef Name = Error.DiagnosticName;
    if (Name == "clang-diagnostic-error") {
      ++Count;
      if (!First || Error.Message.Message == Diags.firstError())
        First = &Error;
    } else if (Name == "clang-tidy-config") {
      Result.Failures.push_back(Convert.failure(Failure::Kind::Configuration));
    } else if (!isForgivable(Error)) {
      Result.Findings.push_back(Convert.finding());
    }
  }
  if (!First)
    return;
  Failure Failed = Converter(*First, Sources).failure(Failure::Kind::CompileError);
  if (Count > 1)
    Failed.Notes.push_back(
        {{}, "and " + counted(Count - 1, "more error") + " in this translation unit"});
  Result.Failures.push_back(std::move(Failed));
}

} // namespace abide

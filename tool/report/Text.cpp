//===- Text.cpp - The report as a compiler would print it -----------------===//

#include "Text.h"
#include "HostCompat.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/LangOptions.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

using namespace clang;
using llvm::StringRef;

namespace abide {
namespace {

/// Clang's own printer over the files as they are on disk.
class Renderer {
public:
  Renderer(const Report &R, llvm::raw_ostream &OS, bool Colour)
      : R(R), OS(OS), Printer(OS, Colour), Files(new FileManager(workingIn(R))),
        Sources(Printer.engine(), *Files) {
    OS.enable_colors(Colour);
    Printer.consumer().BeginSourceFile(Lang);
  }
  ~Renderer() { Printer.consumer().EndSourceFile(); }

  void finding(const Finding &F) {
    auto Level =
        F.Level == FindingLevel::Error ? DiagnosticsEngine::Error : DiagnosticsEngine::Warning;
    {
      auto Builder = start(Level, F.Where, F.Message + " [" + F.CheckId + "]");
      for (const Span &S : F.Ranges)
        if (CharSourceRange Range = rangeOf(S); Range.isValid())
          Builder << Range;
      for (const Edit &E : F.Edits)
        if (CharSourceRange Range = rangeOf(E.Where); Range.isValid())
          Builder << FixItHint::CreateReplacement(Range, E.Text);
    }
    notes(F.Notes);
  }

  void failure(const Failure &F) {
    // Many translation units may fail in the same line of a header.
    if (!F.Where.Path.empty() && !Printed.insert({F.Where, F.Message}).second)
      return;
    bool Compile = F.What == Failure::Kind::CompileError;
    std::string Message = F.Message;
    if (F.Where.Path.empty() && !F.File.empty())
      Message = displayPath(F.File, R.WorkingDirectory) + ": " + Message;
    if (Compile)
      Message += " [clang-diagnostic-error]";
    start(DiagnosticsEngine::Error, F.Where, Message);
    notes(F.Notes);
  }

private:
  static FileSystemOptions workingIn(const Report &R) {
    FileSystemOptions Options;
    Options.WorkingDir = R.WorkingDirectory;
    return Options;
  }

  /// A file that is gone has no line to show, but its name and line are still known.
  DiagnosticBuilder start(DiagnosticsEngine::Level Level, const Place &P, std::string Message) {
    DiagnosticsEngine &Engine = Printer.engine();
    SourceLocation Loc = locate(P.Path, P.Offset);
    if (Loc.isInvalid() && !P.Path.empty())
      Message = displayPath(P.Path, R.WorkingDirectory) + ":" + std::to_string(P.Line) + ":" +
                std::to_string(P.Column) + ": " + Message;
    return Engine.Report(Loc, Engine.getCustomDiagID(Level, "%0")) << Message;
  }

  void notes(const std::vector<FindingNote> &Notes) {
    for (const FindingNote &N : Notes)
      start(DiagnosticsEngine::Note, N.Where, N.Message);
  }

  SourceLocation locate(const std::string &Path, unsigned Offset) {
    if (Path.empty())
      return {};
    auto File = Files->getOptionalFileRef(displayPath(Path, R.WorkingDirectory));
    if (!File)
      return {};
    FileID Id = Sources.getOrCreateFileID(*File, SrcMgr::C_User);
    unsigned Size = Sources.getFileIDSize(Id);
    return Sources.getLocForStartOfFile(Id).getLocWithOffset(std::min(Offset, Size));
  }

  CharSourceRange rangeOf(const Span &S) {
    SourceLocation Begin = locate(S.Path, S.Offset);
    SourceLocation End = locate(S.Path, S.Offset + S.Length);
    return Begin.isValid() ? CharSourceRange::getCharRange(Begin, End) : CharSourceRange();
  }

  const Report &R;
  llvm::raw_ostream &OS;
  TextPrinter Printer;
  LangOptions Lang;
  llvm::IntrusiveRefCntPtr<FileManager> Files;
  SourceManager Sources;
  std::set<std::pair<Place, std::string>> Printed;
};

} // namespace

void writeText(const Report &R, llvm::raw_ostream &OS, bool Colour) {
  writeFailures(R, OS, Colour);
  Renderer Out(R, OS, Colour);
  for (const Finding &F : R.Findings)
    Out.finding(F);
}

void writeFailures(const Report &R, llvm::raw_ostream &OS, bool Colour) {
  Renderer Out(R, OS, Colour);
  for (const Failure &F : R.Failures)
    Out.failure(F);
}

} // namespace abide

//===- SharedHeaders.cpp - System headers parsed once for many units ------===//

#include "SharedHeaders.h"
#include "FindingJson.h"
#include "Frontend.h"
#include "RecordingFileSystem.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <functional>
#include <map>

using namespace llvm;
using namespace clang;

namespace abide {
namespace {

/// Building costs somewhat more than one parse of the headers.
constexpr double CostInUnits = 1.5;
/// Bytes of headers, as often as they need not be parsed: below, a run does not feel it.
constexpr double WorthIt = 4e6;

class ScanAction : public PreprocessorFrontendAction {
public:
  explicit ScanAction(std::function<void(IncludeScan &)> Use) : Use(std::move(Use)) {}
  void ExecuteAction() override {
    IncludeScan Scan(getCompilerInstance());
    Use(Scan);
  }

private:
  std::function<void(IncludeScan &)> Use;
};

/// Says, beside the precompiled header, which of the names in question mean something in it.
class BuildAction : public GeneratePCHAction {
public:
  BuildAction(ArrayRef<std::string> Names, std::string NotePath)
      : Names(Names), NotePath(std::move(NotePath)) {}

  void EndSourceFileAction() override {
    GeneratePCHAction::EndSourceFileAction();
    Preprocessor &PP = getCompilerInstance().getPreprocessor();
    std::vector<std::string> Occur, Macros;
    for (const std::string &Name : Names) {
      auto Known = PP.getIdentifierTable().find(Name);
      if (Known == PP.getIdentifierTable().end())
        continue;
      Occur.push_back(Name);
      const MacroInfo *Macro = PP.getMacroInfo(Known->second);
      if (Macro && !Macro->isBuiltinMacro() && isInFile(Macro->getDefinitionLoc()))
        Macros.push_back(Name);
    }
    std::error_code EC;
    raw_fd_ostream(NotePath, EC) << nlohmann::json{{"occur", Occur}, {"macros", Macros}}.dump();
  }

private:
  bool isInFile(SourceLocation Loc) const {
    const SourceManager &Sources = getCompilerInstance().getSourceManager();
    return !Sources.isWrittenInBuiltinFile(Loc) && !Sources.isWrittenInCommandLineFile(Loc);
  }

  ArrayRef<std::string> Names;
  std::string NotePath;
};

IntrusiveRefCntPtr<vfs::FileSystem> filesFrom(const std::string &Directory) {
  IntrusiveRefCntPtr<vfs::FileSystem> Files(vfs::createPhysicalFileSystem().release());
  Files->setCurrentWorkingDirectory(Directory);
  return Files;
}

/// Where Unit has included all of Headers.
unsigned endOf(const UnitDirectives &Unit, ArrayRef<std::string> Headers) {
  unsigned End = 0;
  for (const std::string &Name : Headers)
    End = std::max(
        End, find_if(Unit.Headers, [&](const DirectiveName &H) { return H.Name == Name; })->At);
  return End;
}

bool namesOne(ArrayRef<DirectiveName> Names, unsigned Before, const StringSet<> &Of) {
  return any_of(Names,
                [&](const DirectiveName &N) { return N.At < Before && Of.contains(N.Name); });
}

} // namespace

SharedHeaders::SharedHeaders(ArrayRef<TranslationUnit> Units, ArrayRef<unsigned> These,
                             Configuration &Config)
    : Units(Units), Asked(Units.size()), ByUnit(Units.size()) {
  std::map<std::pair<std::string, std::vector<std::string>>, std::vector<unsigned>> Groups;
  auto Options = Config.provider();
  for (unsigned I : These) {
    std::vector<std::string> Unwanted;
    std::vector<std::string> Command = parserCommand(Units[I], Options->getOptions(Units[I].File),
                                                     *filesFrom(Units[I].Directory), Unwanted);
    Command.pop_back(); // The file.
    Groups[{Units[I].Directory, std::move(Command)}].push_back(I);
  }
  for (auto &[Flags, Group] : Groups)
    if (Group.size() > CostInUnits)
      plan(Group, Flags.second);
}

SharedHeaders::~SharedHeaders() {
  if (!Folder.empty())
    sys::fs::remove_directories(Folder);
}

void SharedHeaders::plan(ArrayRef<unsigned> Group, std::vector<std::string> Command) {
  const TranslationUnit &First = Units[Group.front()];
  Plan Common{{}, {}, std::move(Command), First.Directory, ""};
  std::vector<std::string> Scanned = Common.Command;
  Scanned.push_back(First.File);
  IgnoringDiagConsumer Silent;
  runFrontend(Scanned, filesFrom(Common.Directory), Silent, [&](CompilerInvocation &) {
    return std::make_unique<ScanAction>([&](IncludeScan &Scan) {
      for (unsigned Unit : Group)
        Asked[Unit] = Scan.unit(Units[Unit].File);
      choose(Scan, Group, Common);
    });
  });
}

/// Takes the set of headers that saves most, then looks again at the units that are left. The sets
/// that are tried: all that the units with a certain header have in common.
void SharedHeaders::choose(IncludeScan &Scan, ArrayRef<unsigned> Group, const Plan &Common) {
  std::vector<unsigned> Left(Group);
  while (Left.size() > CostInUnits) {
    std::map<StringRef, std::vector<unsigned>> UnitsWith;
    for (unsigned Unit : Left)
      for (const DirectiveName &H : Asked[Unit].Headers)
        UnitsWith[H.Name].push_back(Unit);
    Plan Best, Tried = Common;
    double BestScore = WorthIt;
    for (auto &[Seed, With] : UnitsWith) {
      StringMap<size_t> Count;
      for (unsigned Unit : With)
        for (const DirectiveName &H : Asked[Unit].Headers)
          ++Count[H.Name];
      Tried.Units = With;
      Tried.Headers.clear();
      for (const DirectiveName &H : Asked[With.front()].Headers)
        if (Count[H.Name] == With.size())
          Tried.Headers.push_back(H.Name);
      double Score = (With.size() - CostInUnits) * Scan.weight(Tried.Headers);
      if (Score > BestScore) {
        BestScore = Score;
        Best = Tried;
      }
    }
    if (Best.Units.empty())
      return;
    SmallString<128> Temporary;
    if (Folder.empty()) {
      if (sys::fs::createUniqueDirectory("abide", Temporary))
        return; // Nowhere to write: every unit is parsed by itself.
      Folder = Temporary.str().str();
    }
    Best.Path = Folder + "/shared" + std::to_string(Plans.size());
    llvm::erase_if(Left, [&](unsigned Unit) { return is_contained(Best.Units, Unit); });
    Plans.push_back(std::move(Best));
  }
}

void SharedHeaders::build(unsigned Index) const {
  const Plan &P = Plans[Index];
  std::string Source = P.Path + ".cpp", Made = P.Path + ".pch";
  {
    std::error_code EC;
    raw_fd_ostream OS(Source, EC);
    for (const std::string &Header : P.Headers)
      OS << "#include <" << Header << ">\n";
  }
  StringSet<> Unique;
  for (unsigned Unit : P.Units)
    for (const auto *Names : {&Asked[Unit].Defined, &Asked[Unit].Tested})
      for (const DirectiveName &N : *Names)
        Unique.insert(N.Name);
  std::vector<std::string> Names;
  for (const auto &Entry : Unique)
    Names.push_back(Entry.getKey().str());
  std::vector<std::string> Command = P.Command;
  Command.push_back(Source);
  IgnoringDiagConsumer Silent;
  IntrusiveRefCntPtr<RecordingFileSystem> Files(new RecordingFileSystem(filesFrom(P.Directory)));
  Files->ignoreBelow(Folder);
  bool Good = runFrontend(Command, Files, Silent, [&](CompilerInvocation &Invocation) {
    Invocation.getFrontendOpts().OutputFile = Made;
    Invocation.getPreprocessorOpts().Includes.clear(); // The user's own.
    Invocation.getLangOpts().PCHInstantiateTemplates = true;
    return std::make_unique<BuildAction>(Names, P.Path + ".json");
  });
  bool Repeatable = false;
  std::string Inputs;
  for (const Input &I : Files->take(Repeatable))
    append(Inputs, I);
  std::error_code EC;
  raw_fd_ostream OS(P.Path + ".inputs", EC);
  OS << Inputs;
  OS.close();
  // What follows from headers that change under it is of no use.
  if (!Good || !Repeatable || OS.has_error())
    sys::fs::remove(Made);
  OS.clear_error();
}

void recordSharedHeader(StringRef Path, RecordingFileSystem &Files) {
  Files.ignoreBelow(sys::path::parent_path(Path));
  auto Bytes = MemoryBuffer::getFile(Path.drop_back(sys::path::extension(Path).size()) + ".inputs",
                                     /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Bytes)
    return;
  StringRef Rest = (*Bytes)->getBuffer();
  while (std::optional<Input> I = takeInput(Rest))
    Files.add(std::move(*I));
}

void SharedHeaders::settle() {
  for (const Plan &P : Plans) {
    auto Text = MemoryBuffer::getFile(P.Path + ".json");
    if (!Text || !sys::fs::exists(P.Path + ".pch"))
      continue;
    auto Note = nlohmann::json::parse((*Text)->getBuffer().str(), nullptr, false);
    StringSet<> Occur, Macros;
    for (const std::string &Name : member<std::vector<std::string>>(Note, "occur"))
      Occur.insert(Name);
    for (const std::string &Name : member<std::vector<std::string>>(Note, "macros"))
      Macros.insert(Name);
    for (unsigned Unit : P.Units) {
      unsigned End = endOf(Asked[Unit], P.Headers);
      if (!namesOne(Asked[Unit].Defined, End, Occur) && !namesOne(Asked[Unit].Tested, End, Macros))
        ByUnit[Unit] = P.Path + ".pch";
    }
  }
}

} // namespace abide

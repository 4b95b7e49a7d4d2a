//===- IncludeScan.cpp - What units ask of the preprocessor ---------------===//

#include "IncludeScan.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Lex/DependencyDirectivesScanner.h"
#include "clang/Lex/HeaderSearch.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace clang;
namespace scan = clang::dependency_directives_scan;

namespace abide {

struct IncludeScan::Directive {
  enum Kind { Include, Define, Test, Opaque } What;
  std::string Name;
  bool Angled = false;
  bool Conditional = false; ///< Inside an #if that is no include guard.
};

struct IncludeScan::File {
  explicit File(FileEntryRef Ref) : Ref(Ref) {}
  void read(StringRef Text);

  FileEntryRef Ref;
  std::vector<Directive> Directives;
};

namespace {

/// The identifier or file name after the directive's own name; empty for none.
StringRef operand(const scan::Directive &D, StringRef Text) {
  return D.Tokens.size() > 2 ? Text.substr(D.Tokens[2].Offset, D.Tokens[2].Length) : "";
}

bool opensConditional(scan::DirectiveKind Kind) {
  return Kind == scan::pp_if || Kind == scan::pp_ifdef || Kind == scan::pp_ifndef;
}

/// `#ifndef X` and `#define X` at the top of a file.
bool hasGuard(ArrayRef<scan::Directive> All, StringRef Text) {
  return All.size() > 2 && All[0].Kind == scan::pp_ifndef && All[1].Kind == scan::pp_define &&
         operand(All[0], Text) == operand(All[1], Text);
}

} // namespace

void IncludeScan::File::read(StringRef Text) {
  SmallVector<scan::Token> Tokens;
  SmallVector<scan::Directive> All;
  if (scanSourceForDependencyDirectives(Text, Tokens, All)) {
    Directives.push_back({Directive::Opaque, ""});
    return;
  }
  const bool Guard = hasGuard(All, Text);
  unsigned Depth = 0;
  for (const scan::Directive &D : ArrayRef(All).drop_front(Guard ? 2 : 0)) {
    StringRef Name = operand(D, Text);
    switch (D.Kind) {
    case scan::pp_if:
    case scan::pp_ifdef:
    case scan::pp_ifndef:
    case scan::pp_elif:
    case scan::pp_elifdef:
    case scan::pp_elifndef:
      Depth += opensConditional(D.Kind);
      for (const scan::Token &T : D.Tokens.drop_front(2))
        if (T.is(tok::raw_identifier))
          Directives.push_back({Directive::Test, Text.substr(T.Offset, T.Length).str()});
      break;
    case scan::pp_endif:
      Depth -= Depth != 0; // The guard's own, at the end.
      break;
    case scan::pp_define:
    case scan::pp_undef:
      Directives.push_back({Directive::Define, Name.str()});
      break;
    case scan::pp_include:
      if (Name.size() < 3 || (Name[0] != '<' && Name[0] != '"')) // Computed.
        Directives.push_back({Directive::Opaque, ""});
      else
        Directives.push_back(
            {Directive::Include, Name.drop_front().drop_back().str(), Name[0] == '<', Depth != 0});
      break;
    case scan::pp_none:
    case scan::pp_else:
    case scan::pp_eof:
    case scan::pp_pragma_once:
    case scan::pp_pragma_system_header:
    case scan::tokens_present_before_eof:
      break;
    default: // Modules, #include_next, #pragma push_macro ...
      Directives.push_back({Directive::Opaque, ""});
    }
  }
}

IncludeScan::IncludeScan(CompilerInstance &Compiler) : Compiler(Compiler) {}
IncludeScan::~IncludeScan() = default;

const IncludeScan::File *IncludeScan::file(FileEntryRef Ref) {
  std::unique_ptr<File> &Slot = Files[&Ref.getFileEntry()];
  if (!Slot) {
    Slot = std::make_unique<File>(Ref);
    // To read a pipe would take it from the unit.
    auto Status = Compiler.getVirtualFileSystem().status(Ref.getName());
    if (!Status || !Status->isRegularFile())
      Slot->Directives.push_back({Directive::Opaque, ""});
    else if (auto Buffer = Compiler.getFileManager().getBufferForFile(Ref))
      Slot->read((*Buffer)->getBuffer());
    else
      Slot->Directives.push_back({Directive::Opaque, ""});
  }
  return Slot.get();
}

/// Never opens a file: that would block at a pipe.
IncludeScan::Found IncludeScan::find(StringRef Name, bool Angled, const File *Includer) {
  HeaderSearch &Search = Compiler.getPreprocessor().getHeaderSearchInfo();
  FileManager &Manager = Compiler.getFileManager();
  if (!Angled && Includer) {
    SmallString<256> Beside(Includer->Ref.getDir().getName());
    sys::path::append(Beside, Name);
    if (auto Ref = Manager.getOptionalFileRef(Beside, /*OpenFile=*/false))
      return {file(*Ref), SrcMgr::isSystem(Search.getFileDirFlavor(Includer->Ref))};
  }
  auto [Slot, New] = FoundByPath.try_emplace((Angled ? "<" : "\"") + Name.str());
  if (New)
    if (OptionalFileEntryRef Ref =
            Search.LookupFile(Name, SourceLocation(), Angled, nullptr, nullptr, {}, nullptr,
                              nullptr, nullptr, nullptr, nullptr, nullptr, /*SkipCache=*/false,
                              /*BuildSystemModule=*/false, /*OpenFile=*/false))
      Slot->second = {file(*Ref), SrcMgr::isSystem(Search.getFileDirFlavor(*Ref))};
  return Slot->second;
}

/// One unit, top down. Each file counts once, as if all had guards.
class IncludeScan::Reading {
public:
  explicit Reading(IncludeScan &Scan) : Scan(Scan) {}

  void file(const File &F, bool Conditional) {
    if (!Seen.insert(&F).second)
      return;
    for (const Directive &D : F.Directives) {
      if (Lost)
        return;
      ++At;
      switch (D.What) {
      case Directive::Opaque:
        Lost = true;
        break;
      case Directive::Define:
        Out.Defined.push_back({D.Name, At});
        break;
      case Directive::Test:
        Out.Tested.push_back({D.Name, At});
        break;
      case Directive::Include:
        include(D, F, Conditional || D.Conditional);
        break;
      }
    }
  }

  UnitDirectives Out;

private:
  void include(const Directive &D, const File &By, bool Conditional) {
    Found Header = Scan.find(D.Name, D.Angled, &By);
    if (!Header.Of)
      return;
    if (!Header.System)
      return file(*Header.Of, Conditional);
    if (!Conditional && Scan.find(D.Name, /*Angled=*/true, nullptr).Of == Header.Of &&
        Included.insert(D.Name).second)
      Out.Headers.push_back({D.Name, At});
  }

  IncludeScan &Scan;
  DenseSet<const File *> Seen;
  StringSet<> Included;
  unsigned At = 0;
  bool Lost = false; ///< What follows may depend on anything.
};

UnitDirectives IncludeScan::unit(StringRef Path) {
  Reading R(*this);
  for (const std::string &Forced : Compiler.getPreprocessorOpts().Includes)
    if (auto Ref = Compiler.getFileManager().getOptionalFileRef(Forced))
      R.file(*file(*Ref), false);
  if (auto Ref = Compiler.getFileManager().getOptionalFileRef(Path))
    R.file(*file(*Ref), false);
  return std::move(R.Out);
}

std::uint64_t IncludeScan::weight(ArrayRef<std::string> Headers) {
  std::uint64_t Sum = 0;
  DenseSet<const File *> Seen;
  std::vector<const File *> Pending;
  auto Reach = [&](Found Header) {
    if (Header.Of && Seen.insert(Header.Of).second)
      Pending.push_back(Header.Of);
  };
  for (const std::string &Name : Headers)
    Reach(find(Name, true, nullptr));
  while (!Pending.empty()) {
    const File *F = Pending.back();
    Pending.pop_back();
    Sum += F->Ref.getSize();
    for (const Directive &D : F->Directives)
      if (D.What == Directive::Include)
        Reach(find(D.Name, D.Angled, F));
  }
  return Sum;
}

} // namespace abide

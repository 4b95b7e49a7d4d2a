//===- ApplyFixes.cpp - The edits of findings, on disk --------------------===//

#include "ApplyFixes.h"
#include "clang/Tooling/Core/Replacement.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <map>
#include <set>

using namespace llvm;
using clang::tooling::Replacement;
using clang::tooling::Replacements;

namespace abide {
namespace {

using PerFile = std::map<std::string, Replacements>;

std::string placeOf(const Finding &F) {
  return F.Where.Path + ":" + std::to_string(F.Where.Line) + ": " + F.CheckId;
}

/// All edits of one finding on top of the accepted ones, or an error. Two findings that ask for the
/// very same edit agree.
Error addAll(const Finding &F, PerFile &Accepted, const std::set<std::string> &Stale) {
  PerFile Tried;
  for (const Edit &E : F.Edits)
    Tried[E.Where.Path] = Accepted[E.Where.Path];
  for (const Edit &E : F.Edits) {
    if (Stale.count(E.Where.Path))
      return createStringError(inconvertibleErrorCode(),
                               "'" + E.Where.Path + "' changed while it was analysed");
    Replacement R(E.Where.Path, E.Where.Offset, E.Where.Length, E.Text);
    Replacements &Target = Tried[E.Where.Path];
    if (is_contained(Target, R))
      continue;
    if (Error Conflict = Target.add(R)) {
      consumeError(std::move(Conflict));
      return createStringError(inconvertibleErrorCode(),
                               "it overlaps another fix; run again to apply it");
    }
  }
  for (auto &[Path, Edits] : Tried)
    Accepted[Path] = std::move(Edits);
  return Error::success();
}

/// Written next to the target and renamed over it: readers see the old file or the new one.
Error replaceFile(StringRef Path, StringRef Text) {
  SmallString<256> Target;
  if (std::error_code EC = sys::fs::real_path(Path, Target))
    return createStringError(EC, "cannot fix '" + Path + "': " + EC.message());
  auto Permissions = sys::fs::getPermissions(Target);
  auto Temp = sys::fs::TempFile::create(Target + ".abide-%%%%%%",
                                        Permissions ? *Permissions : sys::fs::all_read);
  if (!Temp)
    return createStringError(inconvertibleErrorCode(),
                             "cannot fix '" + Path + "': " + toString(Temp.takeError()));
  raw_fd_ostream OS(Temp->FD, /*shouldClose=*/false);
  OS << Text;
  OS.flush();
  std::error_code EC = OS.error();
  OS.clear_error();
  if (!EC && Permissions)
    EC = sys::fs::setPermissions(Temp->FD, *Permissions);
  if (EC) {
    consumeError(Temp->discard());
    return createStringError(EC, "cannot fix '" + Path + "': " + EC.message());
  }
  return Temp->keep(Target);
}

Error rewrite(const std::string &Path, const Replacements &Edits) {
  auto Buffer = MemoryBuffer::getFile(Path, false, /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return createStringError(Buffer.getError(), "cannot read '" + Path + "'");
  for (const Replacement &R : Edits)
    if (R.getOffset() + R.getLength() > (*Buffer)->getBufferSize())
      return createStringError(inconvertibleErrorCode(),
                               "cannot fix '" + Path + "': a fix lies beyond its end");
  Expected<std::string> Text = clang::tooling::applyAllReplacements((*Buffer)->getBuffer(), Edits);
  if (!Text)
    return Text.takeError();
  return replaceFile(Path, *Text);
}

std::set<std::string> changedSince(ArrayRef<Finding> Findings, sys::TimePoint<> AnalysedAt) {
  std::set<std::string> Changed;
  for (const Finding &F : Findings)
    for (const Edit &E : F.Edits) {
      sys::fs::file_status Status;
      if (!sys::fs::status(E.Where.Path, Status) && Status.getLastModificationTime() > AnalysedAt)
        Changed.insert(E.Where.Path);
    }
  return Changed;
}

} // namespace

FixOutcome applyFixes(ArrayRef<Finding> Findings, sys::TimePoint<> AnalysedAt) {
  FixOutcome Out;
  PerFile Accepted;
  std::set<std::string> Stale = changedSince(Findings, AnalysedAt);
  std::vector<const Finding *> Planned;
  for (const Finding &F : Findings) {
    if (F.Edits.empty())
      continue;
    ++Out.Offered;
    if (Error Why = addAll(F, Accepted, Stale))
      Out.Skipped.push_back(placeOf(F) + " is not fixed: " + toString(std::move(Why)));
    else
      Planned.push_back(&F);
  }
  std::set<std::string> Failed;
  for (const auto &[Path, Edits] : Accepted) {
    if (Edits.empty())
      continue;
    if (Error E = rewrite(Path, Edits)) {
      Out.Errors.push_back(toString(std::move(E)));
      Failed.insert(Path);
    } else {
      Out.Files.push_back(Path);
    }
  }
  for (const Finding *F : Planned)
    Out.Fixed += none_of(F->Edits, [&](const Edit &E) { return Failed.count(E.Where.Path); });
  return Out;
}

} // namespace abide

//===- UnitCache.cpp - What earlier runs know of the units ----------------===//

#include "UnitCache.h"
#include "FactsJson.h"
#include "Paths.h"
#include "clang/Basic/Version.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>

using namespace llvm;

namespace abide {
namespace {

/// A digest over parts of any bytes, which do not flow into each other.
class Mixer {
public:
  Mixer &operator<<(StringRef Part) {
    char Size[8];
    support::endian::write64le(Size, Part.size());
    Hash.update(StringRef(Size, sizeof Size));
    Hash.update(Part);
    return *this;
  }
  Mixer &operator<<(const Digest &D) {
    return *this << StringRef(reinterpret_cast<const char *>(D.data()), D.size());
  }
  Digest done() { return Hash.final<std::tuple_size_v<Digest>>(); }

private:
  BLAKE3 Hash;
};

/// What Clang and its driver ask of the environment.
constexpr const char *Variables[] = {"CPATH",
                                     "C_INCLUDE_PATH",
                                     "CPLUS_INCLUDE_PATH",
                                     "OBJCPLUS_INCLUDE_PATH",
                                     "COMPILER_PATH",
                                     "GCC_EXEC_PREFIX",
                                     "GCC_INSTALL_PREFIX",
                                     "SDKROOT",
                                     "SOURCE_DATE_EPOCH",
                                     "CLANG_NO_DEFAULT_CONFIG",
                                     "CUDA_PATH",
                                     "HOME",
                                     "INCLUDE",
                                     "CL",
                                     "_CL_"};

Digest keyOf(const TranslationUnit &Unit, Configuration &Config, const Digest &Common) {
  Mixer Mix;
  Mix << Common << Unit.File << Unit.Directory << Config.text(Unit.File);
  for (const std::string &Arg : Unit.Args)
    Mix << Arg;
  return Mix.done();
}

} // namespace

std::optional<Digest> digestOfThisBuild() {
  const std::string Self =
      sys::fs::getMainExecutable("abide", reinterpret_cast<void *>(&digestOfThisBuild));
  auto Text = MemoryBuffer::getFile(Self, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Text)
    return std::nullopt;
  Mixer Mix;
  Mix << (*Text)->getBuffer() << clang::getClangFullVersion();
  return Mix.done();
}

std::string cacheDirectory(const CliOptions &Options, const std::string &BuildDir) {
  if (!Options.CacheDir.empty())
    return absolutePath(Options.CacheDir);
  return BuildDir.empty() ? "" : BuildDir + "/.abide-cache";
}

std::shared_ptr<Cache> openCache(const CliOptions &Options, const std::string &BuildDir) {
  const std::string Directory = cacheDirectory(Options, BuildDir);
  const std::optional<Digest> Build = digestOfThisBuild();
  if (Options.NoCache || Directory.empty() || !Build)
    return nullptr;
  return std::make_shared<Cache>(Directory, *Build, std::uint64_t(Options.CacheSize) << 20);
}

UnitCache::UnitCache(std::shared_ptr<Cache> Opened, ArrayRef<TranslationUnit> Units,
                     Configuration &Config, bool ReadOnly)
    : Store(std::move(Opened)), ReadOnly(ReadOnly), Shows(Units.size()), Told(Units.size()),
      Recalled(Units.size()), Unchanged(Units.size()) {
  if (!Store)
    return;
  Mixer Mix;
  for (const char *Name : Variables) {
    const char *Value = std::getenv(Name);
    Mix << (Value ? StringRef("=") : StringRef()) << StringRef(Value);
  }
  const Digest Common = Mix.done();
  for (const TranslationUnit &Unit : Units)
    Keys.push_back(keyOf(Unit, Config, Common));
}

std::vector<unsigned> UnitCache::recall(Results &Known) {
  std::vector<unsigned> Left;
  for (unsigned I = 0; I != Known.size(); ++I) {
    std::optional<Cache::Hit> Found = Store ? Store->find(Keys[I]) : std::nullopt;
    if (!Found) {
      Left.push_back(I);
      continue;
    }
    Known[I] = std::move(Found->Result);
    Shows[I] = Found->Shows;
    Recalled[I] = Unchanged[I] = true;
  }
  return Left;
}

/// What a crash or a limit ended may end well the next time.
bool UnitCache::keeps(const TuResult &R) const {
  return Store && !ReadOnly &&
         none_of(R.Failures, [](const Failure &F) { return F.What == Failure::Kind::NotAnalysed; });
}

void UnitCache::keep(unsigned Unit, const TuResult &R) {
  if (keeps(R))
    Shows[Unit] = Store->store(Keys[Unit], R);
}

UnitSummary UnitCache::shown(unsigned Unit, TuResult &R) const {
  if (!Recalled[Unit])
    return std::move(R.Shows);
  std::optional<StringRef> Record = Store->findBytes(Shows[Unit]);
  Expected<TuResult> Shown = decodeTuResult(Record.value_or(""));
  if (Shown)
    return std::move(Shown->Shows);
  consumeError(Shown.takeError());
  return {};
}

Digest UnitCache::againKey(unsigned Unit) const {
  return (Mixer() << "again" << Keys[Unit] << Told[Unit]).done();
}

Digest UnitCache::programKey() const {
  Mixer Mix;
  Mix << "program";
  for (const Digest &Shown : Shows)
    Mix << Shown;
  return Mix.done();
}

bool UnitCache::recallLinked(Results &Known) {
  std::optional<StringRef> Bytes = Store ? Store->findBytes(programKey()) : std::nullopt;
  if (!Bytes || Bytes->size() != Told.size() * sizeof(Digest))
    return false;
  std::memcpy(Told.data(), Bytes->data(), Bytes->size());
  Results Second(Known.size());
  for (unsigned I = 0; I != Known.size(); ++I)
    if (Told[I] != Digest{} && !recallAgain(I, Second[I]))
      return false;
  for (unsigned I = 0; I != Known.size(); ++I)
    if (Second[I])
      Known[I] = std::move(Second[I]);
  return true;
}

void UnitCache::linked(ArrayRef<std::shared_ptr<const Facts>> Facts) {
  for (unsigned I = 0; I != Facts.size(); ++I)
    Told[I] = Facts[I]->empty() ? Digest{} : digestOf(writeFacts(*Facts[I]));
  if (Store && !ReadOnly)
    Store->storeBytes(programKey(), StringRef(reinterpret_cast<const char *>(Told.data()),
                                              Told.size() * sizeof(Digest)));
}

bool UnitCache::recallAgain(unsigned Unit, std::optional<TuResult> &Known) {
  std::optional<Cache::Hit> Found = Store ? Store->find(againKey(Unit)) : std::nullopt;
  Unchanged[Unit] = Recalled[Unit] && Found;
  if (Found)
    Known = std::move(Found->Result);
  return bool(Found);
}

void UnitCache::keepAgain(unsigned Unit, const TuResult &R) {
  if (keeps(R))
    Store->store(againKey(Unit), R);
}

} // namespace abide

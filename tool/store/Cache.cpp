//===- Cache.cpp - Results of earlier runs --------------------------------===//

#include "Cache.h"
#include "CacheFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace abide {
Cache::Cache(std::string Directory, const Digest &Build, std::uint64_t Limit)
    : Directory(std::move(Directory)), Prefix(toHex(bytesOf(Build).take_front(8), true) + "-"),
      Limit(Limit) {
  load();
}

void Cache::load() {
  for (const std::string &Path : segmentsIn(Directory)) {
    if (!sys::path::filename(Path).starts_with(Prefix))
      continue;
    auto Text = MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!Text) {
      // Another run may have removed it.
      if (Text.getError() != std::errc::no_such_file_or_directory)
        Notes.push_back("cannot read '" + Path + "' of the cache: " + Text.getError().message());
      continue;
    }
    auto Numbers = std::make_shared<Numbering>();
    bool Whole =
        readSegment((*Text)->getBuffer(), [&](StringRef Entry) { loadEntry(Entry, Numbers); });
    Segments.push_back(std::move(*Text));
    // What a killed run did not finish is no damage.
    if (Whole || StringRef(Path).ends_with(PartSuffix))
      continue;
    Damaged = true;
    Notes.push_back("dropped damaged entries of the cache, in '" + Path + "'");
  }
}

void Cache::loadEntry(StringRef Entry, const std::shared_ptr<Numbering> &Numbers) {
  if (Entry.consume_front("I")) {
    std::optional<Input> I = takeInput(Entry);
    Numbers->push_back(I ? intern(std::move(*I)) : std::uint32_t(-1));
  } else if (Entry.size() > DigestSize) {
    const Digest Key = digestAt(Entry.drop_front());
    if (Entry.front() == 'U')
      Units.insert({Key, {Entry, Numbers}});
    else if (Entry.front() == 'B')
      Blobs[Key] = Entry.drop_front(1 + DigestSize);
  }
}

std::uint32_t Cache::intern(Input I) {
  const Stamp At = std::exchange(I.At, {});
  std::string Identity;
  append(Identity, I);
  auto [Known, New] = ByIdentity.try_emplace(Identity, Inputs.size());
  if (New)
    Inputs.push_back({std::move(I), State::Unknown, 0});
  Input &Kept = Inputs[Known->second].I;
  if (At.trusted())
    Kept.At = At;
  return Known->second;
}

bool Cache::stillHolds(std::uint32_t Number) {
  KnownInput &K = Inputs[Number];
  if (K.Now == State::Unknown) {
    const Stamp Before = K.I.At;
    const std::optional<bool> Elsewhere = View ? View(K.I) : std::nullopt;
    if (Elsewhere) {
      K.Now = *Elsewhere ? State::Holds : State::Broken;
      return *Elsewhere;
    }
    K.Now = holds(K.I) ? State::Holds : State::Broken;
    if (K.Now == State::Holds && !(K.I.At == Before) && K.I.At.trusted())
      Refreshed.push_back(Number);
  }
  return K.Now == State::Holds;
}

/// The entry with numbers of Inputs in place of those of its segment.
std::optional<UnitEntry> Cache::resolve(const Unit &U) const {
  std::optional<UnitEntry> Entry = parseUnit(U.Entry);
  if (!Entry || !Blobs.count(Entry->Shows))
    return std::nullopt;
  for (std::uint32_t &Number : Entry->Numbers) {
    if (Number >= U.Numbers->size() || (*U.Numbers)[Number] >= Inputs.size())
      return std::nullopt;
    Number = (*U.Numbers)[Number];
  }
  return Entry;
}

void Cache::lookAt(std::function<std::optional<bool>(const Input &)> Held) {
  View = std::move(Held);
  for (KnownInput &K : Inputs)
    K.Now = State::Unknown;
}

std::optional<Cache::Hit> Cache::findIn(const Unit &U) {
  std::optional<UnitEntry> Entry = resolve(U);
  if (!Entry || !all_of(Entry->Numbers, [&](std::uint32_t Number) { return stillHolds(Number); }))
    return std::nullopt;
  Expected<TuResult> Result = decodeTuResult(Entry->Result);
  if (!Result) {
    consumeError(Result.takeError());
    return std::nullopt;
  }
  return Hit{std::move(*Result), Entry->Shows};
}

std::optional<Cache::Hit> Cache::find(const Digest &Key) {
  Used.insert(Key);
  auto [Begin, End] = Units.equal_range(Key);
  while (End != Begin)
    if (std::optional<Hit> Found = findIn((--End)->second)) {
      Used.insert(Found->Shows);
      return Found;
    }
  return std::nullopt;
}

std::optional<StringRef> Cache::findBytes(const Digest &Key) {
  Used.insert(Key);
  auto Found = Blobs.find(Key);
  return Found == Blobs.end() ? std::nullopt : std::optional(Found->second);
}

bool Cache::startWriting() {
  if (Own || Unwritable)
    return !Unwritable;
  std::error_code EC = makeCacheDirectory(Directory);
  Expected<std::unique_ptr<SegmentWriter>> Made =
      EC ? createStringError(EC, EC.message()) : SegmentWriter::create(Directory, Prefix);
  if (Made) {
    Own = std::move(*Made);
    return true;
  }
  Unwritable = true;
  Notes.push_back("cannot write the cache in '" + Directory + "': " + toString(Made.takeError()) +
                  "; '--cache-dir' names another place, '--no-cache' does without");
  return false;
}

void Cache::write(StringRef Entry) {
  if (startWriting())
    Own->add(Entry);
}

std::uint32_t Cache::writeInput(std::uint32_t Number) {
  KnownInput &K = Inputs[Number];
  if (!K.Own) {
    std::string Entry = "I";
    append(Entry, K.I);
    write(Entry);
    K.Own = ++OwnInputs;
    OwnNumbers->push_back(Number);
  }
  return K.Own - 1;
}

void Cache::writeUnit(const Digest &Key, const Digest &Shows, std::vector<std::uint32_t> Needs,
                      StringRef Result) {
  for (std::uint32_t &Number : Needs)
    Number = writeInput(Number);
  std::string Entry = unitEntry({Key, Shows, std::move(Needs), Result});
  write(Entry);
  if (Remembering)
    Units.insert({Key, {Remembered.emplace_back(std::move(Entry)), OwnNumbers}});
}

Digest Cache::store(const Digest &Key, const TuResult &Result) {
  Used.insert(Key);
  TuResult Told, Shown;
  Shown.Shows = Result.Shows;
  const std::string Record = encode(Shown);
  const Digest Shows = digestOf(Record);
  if (!Result.Repeatable || !startWriting())
    return Shows;
  storeBytes(Shows, Record);
  Told.Findings = Result.Findings;
  Told.Failures = Result.Failures;
  Told.Notes = Result.Notes;
  std::vector<std::uint32_t> Needs;
  for (const Input &I : Result.DependsOn)
    Needs.push_back(intern(I));
  writeUnit(Key, Shows, std::move(Needs), encode(Told));
  return Shows;
}

void Cache::storeBytes(const Digest &Key, StringRef Bytes) {
  Used.insert(Key);
  if (!Blobs.count(Key))
    writeBytes(Key, Bytes);
}

void Cache::writeBytes(const Digest &Key, StringRef Bytes) {
  if (!OwnBlobs.insert(Key).second)
    return;
  write(("B" + bytesOf(Key) + Bytes).str());
  if (Remembering)
    Blobs[Key] = Remembered.emplace_back(Bytes);
}

void Cache::stopWriting() {
  if (!Own)
    return;
  Own->finish();
  if (!Own->error().empty()) {
    Notes.push_back("cannot write the cache in '" + Directory + "': " + Own->error());
    Unwritable = true;
  }
  Own.reset();
  OwnInputs = 0;
  OwnNumbers = std::make_shared<Numbering>();
  OwnBlobs.clear();
  for (KnownInput &K : Inputs)
    K.Own = 0;
}

void Cache::close() {
  Remembering = false;
  for (std::uint32_t Number : Refreshed)
    writeInput(Number);
  stopWriting();
  constexpr size_t Many = 8;
  std::uint64_t Bytes = 0;
  for (const std::string &Path : segmentsIn(Directory))
    Bytes += sizeOf(Path);
  if (!Unwritable && (Damaged || Segments.size() >= Many || Bytes > Limit))
    rewrite();
}

void Cache::rewrite() {
  Segments.clear();
  Inputs.clear();
  ByIdentity.clear();
  Units.clear();
  Blobs.clear();
  load();
  std::vector<std::string> Old;
  for (const auto &Text : Segments)
    Old.push_back(Text->getBufferIdentifier().str());
  writeUnits();
  stopWriting();
  if (Unwritable)
    return;
  for (const std::string &Path : Old)
    if (!StringRef(Path).ends_with(PartSuffix) || !inUse(Path))
      sys::fs::remove(Path);
  removeOthers(Directory, Prefix, Limit / 2);
}

/// First what this run used, then the rest while there is room.
void Cache::writeUnits() {
  std::vector<UnitEntry> Kept;
  for (auto At = Units.begin(), End = At; At != Units.end(); At = End) {
    End = Units.upper_bound(At->first);
    constexpr size_t PerKey = 4; // Branches that one goes back and forth between.
    std::set<Digest> Seen;
    std::vector<UnitEntry> Latest;
    for (auto I = End; I != At && Latest.size() != PerKey;)
      if (std::optional<UnitEntry> U = resolve((--I)->second))
        if (Seen.insert(identityOf(*U)).second)
          Latest.push_back(std::move(*U));
    std::move(Latest.rbegin(), Latest.rend(), std::back_inserter(Kept));
  }
  std::stable_partition(Kept.begin(), Kept.end(),
                        [&](const UnitEntry &U) { return Used.count(U.Key); });
  std::uint64_t Room = Limit / 2;
  auto Fits = [&](std::uint64_t Bytes) {
    const bool Yes = Bytes <= Room;
    Room -= Yes ? Bytes : 0;
    return Yes;
  };
  for (UnitEntry &U : Kept) {
    const StringRef Shows = Blobs[U.Shows];
    if (!Fits(U.Result.size() + U.Numbers.size() + (OwnBlobs.count(U.Shows) ? 0 : Shows.size())))
      continue;
    writeBytes(U.Shows, Shows);
    writeUnit(U.Key, U.Shows, std::move(U.Numbers), U.Result);
  }
  for (const Digest &Key : Used)
    if (auto Known = Blobs.find(Key); Known != Blobs.end() && !OwnBlobs.count(Key))
      if (Fits(Known->second.size()))
        writeBytes(Key, Known->second);
}

CacheStat Cache::stat() const {
  CacheStat S;
  S.Inputs = Inputs.size();
  for (auto At = Units.begin(); At != Units.end(); At = Units.upper_bound(At->first))
    ++S.Units;
  for (const std::string &Path : segmentsIn(Directory)) {
    ++S.Files;
    (sys::path::filename(Path).starts_with(Prefix) ? S.Bytes : S.OtherBytes) += sizeOf(Path);
  }
  return S;
}

} // namespace abide

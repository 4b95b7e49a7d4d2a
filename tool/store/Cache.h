//===- Cache.h - Results of earlier runs -----------------------*- C++ -*-===//
//
// A directory of segments. A run reads them all, writes one of its own, and from time to time puts
// all that is worth it into a new one and removes the rest. Runs at the same time need no lock: no
// file changes once it is read, and what is removed under a reader is in memory already.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_CACHE_H
#define ABIDE_TOOL_STORE_CACHE_H

#include "Segment.h"
#include "TuResult.h"
#include "UnitEntry.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include <deque>
#include <functional>
#include <map>
#include <set>

namespace abide {

/// What is in a cache directory.
struct CacheStat {
  size_t Files = 0, Units = 0, Inputs = 0;
  std::uint64_t Bytes = 0;
  std::uint64_t OtherBytes = 0; ///< Of other builds of the tool.
};

class Cache {
public:
  struct Hit {
    TuResult Result; ///< Without what it shows to others.
    Digest Shows;
  };

  /// Reads what is in Directory, which need not exist. Build names this build of the tool: what
  /// another one wrote is left alone.
  Cache(std::string Directory, const Digest &Build, std::uint64_t Limit);

  /// The result under Key whose inputs are all what they were.
  std::optional<Hit> find(const Digest &Key);
  /// Keeps a result, unless nothing is known of what it depends on. Returns the digest of what it
  /// shows to others, under which findBytes() gives the record of that.
  Digest store(const Digest &Key, const TuResult &Result);

  /// From now on what is stored can be found at once, not only by later runs.
  void remember() { Remembering = true; }
  /// Looks at other files than those that are there: Held says whether an input is what it was, or
  /// nothing where that makes no difference.
  void lookAt(std::function<std::optional<bool>(const Input &)> Held);

  /// Bytes that follow from their key alone.
  std::optional<llvm::StringRef> findBytes(const Digest &Key);
  void storeBytes(const Digest &Key, llvm::StringRef Bytes);

  /// Writes what is left to write, and keeps the directory small.
  void close();

  CacheStat stat() const;
  /// For the user: what was damaged, or cannot be written.
  const std::vector<std::string> &notes() const { return Notes; }

private:
  enum class State : std::uint8_t { Unknown, Holds, Broken };
  struct KnownInput {
    Input I;
    State Now = State::Unknown;
    std::uint32_t Own = 0; ///< One more than its number in the segment that is being written.
  };
  /// Which of Inputs the numbers of a segment mean.
  using Numbering = std::vector<std::uint32_t>;
  struct Unit {
    llvm::StringRef Entry;
    std::shared_ptr<const Numbering> Numbers;
  };

  void load();
  void loadEntry(llvm::StringRef Entry, const std::shared_ptr<Numbering> &Numbers);
  std::uint32_t intern(Input I);
  bool stillHolds(std::uint32_t Number);
  std::optional<UnitEntry> resolve(const Unit &U) const;
  std::optional<Hit> findIn(const Unit &U);
  bool startWriting();
  void write(llvm::StringRef Entry);
  void writeBytes(const Digest &Key, llvm::StringRef Bytes);
  std::uint32_t writeInput(std::uint32_t Number);
  void writeUnit(const Digest &Key, const Digest &Shows, std::vector<std::uint32_t> Needs,
                 llvm::StringRef Result);
  void stopWriting();
  void rewrite();
  void writeUnits();

  std::string Directory, Prefix;
  std::uint64_t Limit;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> Segments; ///< Named by their paths.
  std::vector<KnownInput> Inputs;
  llvm::StringMap<std::uint32_t> ByIdentity; ///< Numbers of Inputs by all but the stamp.
  std::multimap<Digest, Unit> Units;         ///< Of one key, the latest last.
  std::map<Digest, llvm::StringRef> Blobs;
  std::set<Digest> Used; ///< Keys of this run.
  std::unique_ptr<SegmentWriter> Own;
  std::uint32_t OwnInputs = 0;
  std::set<Digest> OwnBlobs;
  std::vector<std::uint32_t> Refreshed; ///< Inputs with a new stamp.
  std::shared_ptr<Numbering> OwnNumbers = std::make_shared<Numbering>();
  std::deque<std::string> Remembered; ///< What Units and Blobs mean that no segment backs.
  std::function<std::optional<bool>(const Input &)> View;
  bool Damaged = false, Unwritable = false, Remembering = false;
  std::vector<std::string> Notes;
};

} // namespace abide

#endif

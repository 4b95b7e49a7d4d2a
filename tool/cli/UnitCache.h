//===- UnitCache.h - What earlier runs know of the units -------*- C++ -*-===//
//
// A unit is looked at once alone, and a second time if other units told it something. The result of
// the first look follows from the command, the configuration and the files that were read; that of
// the second from what was told as well. And who is told what follows from all that the units show.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_CLI_UNITCACHE_H
#define ABIDE_TOOL_CLI_UNITCACHE_H

#include "Cache.h"
#include "CompileCommands.h"
#include "Configuration.h"

namespace abide {

class UnitCache {
public:
  using Results = std::vector<std::optional<TuResult>>;

  /// Without a Store nothing is known and nothing is kept; with ReadOnly nothing is kept.
  UnitCache(std::shared_ptr<Cache> Store, llvm::ArrayRef<TranslationUnit> Units,
            Configuration &Config, bool ReadOnly);

  /// Gives the results of first looks that still hold, without what they show. Returns the units
  /// that are left.
  std::vector<unsigned> recall(Results &Known);
  void keep(unsigned Unit, const TuResult &R);
  /// What a unit shows, wherever its result came from.
  UnitSummary shown(unsigned Unit, TuResult &R) const;

  /// Gives the results of all second looks if they and who needs one are known. When they are not,
  /// nothing has changed.
  bool recallLinked(Results &Known);
  /// Says what every unit is told.
  void linked(llvm::ArrayRef<std::shared_ptr<const Facts>> Told);
  /// The result of a second look that still holds.
  bool recallAgain(unsigned Unit, std::optional<TuResult> &Known);
  void keepAgain(unsigned Unit, const TuResult &R);

  /// How many units needed no look at all.
  size_t unchanged() const { return llvm::count(Unchanged, true); }

private:
  Digest againKey(unsigned Unit) const;
  Digest programKey() const;
  bool keeps(const TuResult &R) const;

  std::shared_ptr<Cache> Store;
  bool ReadOnly;
  std::vector<Digest> Keys, Shows, Told; ///< By unit; Told is zero for nothing.
  std::vector<bool> Recalled;            ///< By unit: the first look is a known one.
  std::vector<bool> Unchanged;
};

/// A digest of this build of the tool; nothing when it cannot be told.
std::optional<Digest> digestOfThisBuild();

/// The cache that Options ask for, if any. BuildDir is that of the compilation database, empty
/// without one.
std::shared_ptr<Cache> openCache(const CliOptions &Options, const std::string &BuildDir);

/// Where that cache is; empty for nowhere.
std::string cacheDirectory(const CliOptions &Options, const std::string &BuildDir);

} // namespace abide

#endif

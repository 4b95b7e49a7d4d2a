//===- CacheFiles.h - The files of a cache directory -----------*- C++ -*-===//

#ifndef ABIDE_TOOL_STORE_CACHEFILES_H
#define ABIDE_TOOL_STORE_CACHEFILES_H

#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace abide {

/// All segments in a directory, of any build of the tool, the older first.
std::vector<std::string> segmentsIn(const std::string &Directory);

/// Why a directory that exists cannot be read; success when it can, or does not exist.
std::error_code cannotRead(const std::string &Directory);

std::uint64_t sizeOf(const std::string &Path);

/// Makes the directory, if need be, so that no repository wants it.
std::error_code makeCacheDirectory(const std::string &Directory);

/// Other builds have no say here: what they left and have not renewed for long goes, the oldest
/// first until what stays fits into Room. Prefix is that of our own files.
void removeOthers(const std::string &Directory, llvm::StringRef Prefix, std::uint64_t Room);

/// Removes every file of a cache, and the directory if nothing else is in it. Returns how many
/// bytes that freed.
llvm::Expected<std::uint64_t> clearCache(const std::string &Directory);

} // namespace abide

#endif

//===- Finding.h - A finding as a plain value ------------------*- C++ -*-===//
//
// What reporters, caches and baselines work on. It outlives the AST and the process that made it;
// nothing here may depend on Clang.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_FINDING_H
#define ABIDE_CHECKS_FINDING_H

#include <cstdint>
#include <string>
#include <vector>

namespace abide {

/// A place in a file. Line and column are 1-based, columns count bytes; Offset is 0-based in bytes.
/// An empty Path is a finding about no file (a configuration, a command line).
struct Place {
  std::string Path; ///< Absolute, without "." and "..".
  std::uint32_t Line = 0;
  std::uint32_t Column = 0;
  std::uint32_t Offset = 0;

  auto operator<=>(const Place &) const = default;
};

/// A half-open byte range [Offset, Offset + Length) of a file.
struct Span {
  std::string Path;
  std::uint32_t Offset = 0;
  std::uint32_t Length = 0;

  auto operator<=>(const Span &) const = default;
};

/// Replaces a span by Text.
struct Edit {
  Span Where;
  std::string Text;

  auto operator<=>(const Edit &) const = default;
};

/// One step of the witness, or the cure.
struct FindingNote {
  Place Where;
  std::string Message;

  auto operator<=>(const FindingNote &) const = default;
};

enum class FindingLevel { Error, Warning, Note };

struct Finding {
  std::string CheckId; ///< "async-never-awaited"; "clang-diagnostic-error" for a parse error.
  FindingLevel Level = FindingLevel::Warning;
  Place Where;
  std::string Message;
  std::vector<Span> Ranges;
  std::vector<FindingNote> Notes;
  std::vector<Edit> Edits; ///< Applied together or not at all.
};

} // namespace abide

#endif

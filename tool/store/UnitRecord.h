//===- UnitRecord.h - The files between the steps of a distributed run -*- C++ -*-===//
//
//   abide summarize a.cpp -o a.record               what there is to say of a.cpp, alone
//   abide tell a.record b.record ...                a.record.facts: what the others tell it, ...
//   abide summarize a.cpp --again=a.record -o a.final
//   abide link a.final b.final ...                  the report
//
// Equal inputs give equal bytes, see Relocate.h.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_TOOL_STORE_UNITRECORD_H
#define ABIDE_TOOL_STORE_UNITRECORD_H

#include "TuResult.h"

namespace abide {

/// One compile command of a source: debug and release may both compile it.
struct RecordedUnit {
  std::string File;
  bool Wanted = true; ///< Some check is on for it.
  TuResult Result;
  /// The digest of the facts that it was looked at with; empty when others told it nothing.
  std::string Told;
};

struct Record {
  std::vector<RecordedUnit> Units;
  std::vector<Failure> Unreadable; ///< Each a unit that there is nothing else to say of.
  std::vector<Failure> Mistakes;   ///< Of the configuration.
  std::vector<std::string> Notes;
};

/// Directory is what the record shall not know: the working directory.
std::string writeRecord(const Record &R, llvm::StringRef Directory);

/// Reads what writeRecord() wrote. An error's text is a predicate: "is no record of abide".
llvm::Expected<Record> readRecord(llvm::StringRef Bytes, llvm::StringRef Directory);

/// What the units of one record are told, in order.
std::string writeTold(const std::vector<Facts> &Units, llvm::StringRef Directory);
llvm::Expected<std::vector<Facts>> readTold(llvm::StringRef Bytes, llvm::StringRef Directory);

/// RecordedUnit::Told of a unit that is told these facts.
std::string digestOf(const Facts &F, llvm::StringRef Directory);

} // namespace abide

#endif

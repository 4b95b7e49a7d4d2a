//===- FuzzRecord.cpp - Records of units, and what they are told ----------===//

#include "Fuzz.h"
#include "UnitRecord.h"

using namespace abide;

static TuResult result() {
  TuResult R;
  R.Findings.push_back({"async-sample",
                        FindingLevel::Error,
                        {"/d/caf\xe9.cpp", 3, 4, 25},
                        "two\nlines of /d/a.cpp",
                        {{"/d/a.cpp", 1, 2}},
                        {{{"/d/b.h", 5, 6, 70}, "because"}},
                        {{{"/d/a.cpp", 8, 9}, "co_await \x01"}}});
  R.Failures.push_back({Failure::Kind::CompileError, "/d/a.cpp", {"/d/a.cpp", 1, 1, 0}, "no", {}});
  R.Notes.push_back("ignored");
  R.Shows.Functions.push_back({"c:@F@save#",
                               "/d/a.cpp",
                               7,
                               {{Trait::Blocks, 2, 0, "x", {{"/d/a.cpp", 8, 1, "'fsync'"}}}},
                               {}});
  R.Shows.Asked.push_back({"c:@F@other#", Trait::Blocks, 3});
  return R;
}

static std::vector<Facts> facts() {
  return {{},
          {{"c:@F@save#", {{Trait::Blocks, 2, 0, "await it", {{"/d/b.cpp", 3, 4, "'fsync'"}}}}}}};
}

std::vector<std::string> seeds() {
  Record R;
  R.Units.push_back({"/d/a.cpp", true, result(), "0123456789abcdef"});
  R.Units.push_back({"/d/a.cpp", false, {}, ""});
  R.Unreadable.push_back({Failure::Kind::NotAnalysed, "/d/c.cpp", {}, "cannot open it", {}});
  R.Notes.push_back("ignored");
  return {encode(result()), writeRecord(R, "/d"), writeTold(facts(), "/d")};
}

/// What was read and written is read as the same: the second writing gives the same bytes.
void feed(llvm::StringRef Bytes) {
  if (auto R = taken(decodeTuResult(Bytes))) {
    const std::string Once = encode(*R);
    require(encode(*taken(decodeTuResult(Once))) == Once, "a result survives the way");
  }
  if (auto R = taken(readRecord(Bytes, "/d"))) {
    const std::string Once = writeRecord(*R, "/d");
    require(writeRecord(*taken(readRecord(Once, "/d")), "/d") == Once, "a record survives the way");
    require(writeRecord(*taken(readRecord(Once, "/e f")), "/e f") == Once,
            "a record is the same in every directory");
  }
  if (auto F = taken(readTold(Bytes, "/d"))) {
    const std::string Once = writeTold(*F, "/d");
    require(writeTold(*taken(readTold(Once, "/d")), "/d") == Once, "facts survive the way");
  }
}

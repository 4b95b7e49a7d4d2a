//===- Sample.h - A report over files that exist ---------------*- C++ -*-===//

#ifndef ABIDE_TEST_REPORT_SAMPLE_H
#define ABIDE_TEST_REPORT_SAMPLE_H

#include "Files.h"
#include "Report.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace abide::test {

/// A finding with a note, a range and an edit in one file of the root, one outside of it, a compile
/// error, a crash, a configuration mistake: everything that a report can hold.
class Sample {
public:
  Sample() {
    Inside = Root.write("src/a b.cpp", "int caf\xc3\xa9 = 1;\r\n\t/* \xf0\x9f\x98\x80 */ work();\n")
                 .string();
    Outside = Elsewhere.write("out.h", "work();\n").string();
    R.ToolVersion = "0.1.0";
    R.WorkingDirectory = R.SourceRoot = Root.path().string();
    R.Arguments = {"check", "--format=sarif"};
    R.Rules = {{"async-blocking-call", "something blocks", FindingLevel::Warning, true, ""},
               {"async-never-awaited", "a task is dropped", FindingLevel::Error, true,
                "# async-never-awaited\n\nA task is dropped,\nso its work is lost.\n\nMore.\n"}};
    R.UnitsTotal = 3;
    R.UnitsAnalysed = 2;
    R.Findings = {finding(Inside, 2, "work();"), finding(Outside, 1, "work();")};
    R.Failures.push_back(failure(Failure::Kind::CompileError, Inside, "no such thing"));
    R.Failures.back().Where = placeOf(Inside, 1, "int");
    R.Failures.push_back(failure(Failure::Kind::NotAnalysed, Outside, "crashed (signal SIGSEGV)"));
    R.Failures.push_back(failure(Failure::Kind::Configuration, "", ".clang-tidy:1: unknown"));
  }

  static Place placeOf(const std::string &Path, unsigned Line, const std::string &Needle) {
    std::uint32_t Offset = readFile(Path).find(Needle);
    return {Path, Line, 1, Offset};
  }

  static Finding finding(const std::string &Path, unsigned Line, const std::string &Needle) {
    Place At = placeOf(Path, Line, Needle);
    Finding F;
    F.CheckId = "async-never-awaited";
    F.Where = At;
    F.Message = "task is never awaited";
    F.Ranges.push_back({Path, At.Offset, 6});
    F.Notes.push_back({At, "it is made here"});
    F.Notes.emplace_back().Message = "a note without a place";
    F.Edits.emplace_back().Where = {Path, At.Offset, 0};
    F.Edits.back().Text = "co_await ";
    return F;
  }

  static Failure failure(Failure::Kind What, const std::string &File, const char *Message) {
    Failure F;
    F.What = What;
    F.File = File;
    F.Message = Message;
    return F;
  }

  TempDir Root, Elsewhere;
  std::string Inside, Outside;
  Report R;
};

} // namespace abide::test

#endif

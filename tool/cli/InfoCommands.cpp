//===- InfoCommands.cpp - list-checks and explain -------------------------===//

#include "Check.h"
#include "Commands.h"
#include "Console.h"
#include "Markdown.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <unistd.h>

using namespace llvm;

namespace abide {

/// Embedded by the build: ("never-awaited.md", text) for every page of docs/checks.
ArrayRef<std::pair<StringRef, StringRef>> checkPages();

namespace {

StringRef pageOf(const Check &C) {
  for (auto [Name, Text] : checkPages())
    if (Name.drop_back(StringRef(".md").size()) == C.Slug)
      return Text;
  return "";
}

FindingLevel levelOf(Severity S) {
  switch (S) {
  case Severity::Error:
    return FindingLevel::Error;
  case Severity::Warning:
    return FindingLevel::Warning;
  case Severity::Hint:
    return FindingLevel::Note;
  }
  return FindingLevel::Warning;
}

} // namespace

int finishOutput() {
  outs().flush();
  if (!outs().has_error())
    return ExitClean;
  Console(false).error("cannot write to standard output: " + outs().error().message());
  outs().clear_error();
  return ExitIncomplete;
}

std::vector<RuleInfo> ruleInfos() {
  std::vector<RuleInfo> Rules;
  for (const Check *C : allChecks())
    Rules.push_back(
        {C->id(), C->Summary.str(), levelOf(C->Level), C->Recommended, pageOf(*C).str()});
  return Rules;
}

int runListChecks() {
  size_t Width = 0;
  for (const Check *C : allChecks())
    Width = std::max(Width, C->id().size());
  for (const Check *C : allChecks())
    outs() << left_justify(C->id(), Width + 2) << (C->Recommended ? "on   " : "off  ") << C->Summary
           << "\n";
  return finishOutput();
}

int runExplain(const CliOptions &Options) {
  StringRef Name = Options.Operands.front();
  StringRef Slug = Name;
  Slug.consume_front("async-");
  std::vector<std::string> Ids;
  for (const Check *C : allChecks()) {
    if (C->Slug == Slug) {
      renderMarkdown(pageOf(*C), outs(), wantsColour(STDOUT_FILENO));
      return finishOutput();
    }
    Ids.push_back(C->id());
  }
  std::string Wanted = ("async-" + Slug).str();
  std::string Hint = didYouMean(Wanted, SmallVector<StringRef>(Ids.begin(), Ids.end()));
  Console(false).error("no check is called '" + Name + "'" +
                       (Hint.empty() ? "; 'abide list-checks' lists them" : Hint));
  return ExitUsage;
}

} // namespace abide

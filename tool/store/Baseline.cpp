//===- Baseline.cpp - Findings that are known already ---------------------===//

#include "Baseline.h"
#include "Fingerprint.h"
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace abide {

static constexpr int Version = 1;

std::string writeBaseline(const Report &R) {
  std::string Text = "{\"abide-baseline\": " + std::to_string(Version) + ", \"findings\": [";
  const std::vector<std::string> Prints = fingerprints(R);
  for (size_t I = 0; I != Prints.size(); ++I) {
    const Finding &F = R.Findings[I];
    // Without the line: a file that changes with every edit is no file to review.
    const json Entry = {{"fingerprint", Prints[I]},
                        {"check", F.CheckId},
                        {"file", displayPath(F.Where.Path, R.SourceRoot)},
                        {"message", F.Message}};
    Text += I ? ",\n" : "\n";
    Text += Entry.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return Text + "\n]}\n";
}

llvm::Expected<Baseline> readBaseline(llvm::StringRef Text, llvm::StringRef Path) {
  const json J = json::parse(Text.begin(), Text.end(), nullptr, /*allow_exceptions=*/false);
  auto Refuse = [&](const char *Why) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "'%s' %s; write it again: abide check --write-baseline=%s",
                                   Path.str().c_str(), Why, Path.str().c_str());
  };
  if (!J.is_object() || !J.contains("abide-baseline") || !J.contains("findings") ||
      !J["findings"].is_array())
    return Refuse("is no baseline");
  if (J["abide-baseline"] != Version)
    return Refuse("is of another version of abide");
  Baseline Known;
  for (const json &Entry : J["findings"]) {
    auto Print = Entry.is_object() ? Entry.find("fingerprint") : Entry.end();
    if (!Entry.is_object() || Print == Entry.end() || !Print->is_string())
      return Refuse("has an entry without a fingerprint");
    Known.insert(Print->get<std::string>());
  }
  return Known;
}

size_t dropKnown(Report &R, const Baseline &Known) {
  const std::vector<std::string> Prints = fingerprints(R);
  std::vector<Finding> New;
  for (size_t I = 0; I != Prints.size(); ++I)
    if (!Known.count(Prints[I]))
      New.push_back(std::move(R.Findings[I]));
  R.Findings.swap(New);
  return Prints.size() - R.Findings.size();
}

} // namespace abide

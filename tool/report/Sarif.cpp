//===- Sarif.cpp - The report as SARIF 2.1.0 ------------------------------===//

#include "Sarif.h"
#include "Fingerprint.h"
#include "SourceText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <nlohmann/json.hpp>

using namespace llvm;
using Json = nlohmann::ordered_json;

namespace abide {
namespace {

constexpr const char *RootId = "%SRCROOT%";

std::string percentEncoded(StringRef Path) {
  std::string Out;
  for (unsigned char C : Path)
    if (isAlnum(C) || StringRef("/-._~").contains(C))
      Out += C;
    else
      Out += ("%" + Twine(hexdigit(C >> 4)) + Twine(hexdigit(C & 15))).str();
  return Out;
}

std::string fileUri(StringRef Path) { return "file://" + percentEncoded(Path); }

/// Our messages are lower case without full stop, as compilers print them; here they are prose.
std::string sentence(StringRef Text) {
  std::string Out = Text.str();
  if (!Out.empty())
    Out[0] = toUpper(Out[0]);
  if (!Out.empty() && !StringRef(".!?").contains(Out.back()))
    Out += '.';
  return Out;
}

const char *levelName(FindingLevel Level) {
  switch (Level) {
  case FindingLevel::Error:
    return "error";
  case FindingLevel::Warning:
    return "warning";
  case FindingLevel::Note:
    return "note";
  }
  return "warning";
}

/// "async-never-awaited" is AsyncNeverAwaited to those who list rules.
std::string ruleName(StringRef Id) {
  std::string Name;
  for (StringRef Word : split(Id, '-'))
    if (!Word.empty())
      Name += toUpper(Word[0]) + Word.drop_front().str();
  return Name;
}

/// The first paragraph of a page, on one line.
std::string firstParagraph(StringRef Markdown, StringRef Otherwise) {
  SmallVector<StringRef> Paragraphs;
  Markdown.split(Paragraphs, "\n\n");
  for (StringRef Paragraph : Paragraphs) {
    Paragraph = Paragraph.trim();
    if (Paragraph.empty() || Paragraph.starts_with("#") || Paragraph.starts_with("```"))
      continue;
    std::string Line = Paragraph.str();
    std::replace(Line.begin(), Line.end(), '\n', ' ');
    return Line;
  }
  return sentence(Otherwise);
}

class Writer {
public:
  explicit Writer(const Report &R) : R(R) {
    for (const RuleInfo &Rule : R.Rules)
      addRule(Rule);
    // Complaints of the host (an unclosed NOLINTBEGIN) have no page.
    for (const Finding &F : R.Findings)
      if (!RuleIndex.count(F.CheckId))
        addRule({F.CheckId, F.CheckId, F.Level, true, ""});
  }

  Json log() {
    Json Results = Json::array();
    std::vector<std::string> Fingerprints = fingerprints(R);
    for (size_t I = 0; I != R.Findings.size(); ++I)
      Results.push_back(result(R.Findings[I], Fingerprints[I]));
    Json Run = {{"tool", {{"driver", driver()}}},
                {"invocations", Json::array({invocation()})},
                {"originalUriBaseIds", {{RootId, {{"uri", fileUri(R.SourceRoot + "/")}}}}},
                {"columnKind", "utf16CodeUnits"},
                {"results", std::move(Results)}};
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({std::move(Run)})}};
  }

private:
  void addRule(const RuleInfo &Rule) {
    RuleIndex[Rule.Id] = Rules.size();
    std::string Text = Rule.Help.empty() ? sentence(Rule.Summary) : Rule.Help;
    Rules.push_back(
        {{"id", Rule.Id},
         {"name", ruleName(Rule.Id)},
         {"shortDescription", {{"text", sentence(Rule.Summary)}}},
         {"fullDescription", {{"text", firstParagraph(Rule.Help, Rule.Summary)}}},
         {"help", {{"text", Text}, {"markdown", Text}}},
         {"defaultConfiguration",
          {{"enabled", Rule.Recommended}, {"level", levelName(Rule.Level)}}},
         {"properties",
          {{"tags", {"async", "concurrency", "correctness"}},
           {"precision", "high"},
           {"problem.severity",
            Rule.Level == FindingLevel::Note ? "recommendation" : levelName(Rule.Level)}}}});
  }

  Json driver() {
    return {{"name", "abide"},
            {"fullName", "abide: the traps of asynchronous C++"},
            {"version", R.ToolVersion},
            {"semanticVersion", R.ToolVersion},
            {"informationUri", "urn:x-abide:docs"},
            {"rules", Rules}};
  }

  Json artifact(const std::string &Path) {
    std::string Shown = displayPath(Path, R.SourceRoot);
    if (Shown == Path)
      return {{"uri", fileUri(Path)}};
    return {{"uri", percentEncoded(Shown)}, {"uriBaseId", RootId}};
  }

  Json region(const std::string &Path, unsigned Offset, unsigned Length) {
    auto [StartLine, StartColumn] = Sources.positionUtf16(Path, Offset);
    auto [EndLine, EndColumn] = Sources.positionUtf16(Path, Offset + Length);
    return {{"startLine", StartLine},
            {"startColumn", StartColumn},
            {"endLine", EndLine},
            {"endColumn", EndColumn}};
  }

  /// The place alone is a point; a range of the finding that holds it says more.
  Json location(const Place &P, const std::vector<Span> &Ranges = {}) {
    unsigned Start = P.Offset, Length = 0;
    for (const Span &S : Ranges)
      if (S.Path == P.Path && S.Offset <= P.Offset && P.Offset < S.Offset + S.Length &&
          S.Length > Length)
        std::tie(Start, Length) = std::pair(S.Offset, S.Length);
    Json Region = region(P.Path, Start, Length);
    StringRef Line = Sources.lineAt(P.Path, Start);
    if (Region["startLine"] == Region["endLine"] && Line.size() < 1000)
      Region["snippet"] = {{"text", validUtf8(Line)}};
    Json Physical = {{"artifactLocation", artifact(P.Path)}, {"region", Region}};
    if (Json Around = surroundings(P.Path, Region["startLine"]); !Around.is_null())
      Physical["contextRegion"] = std::move(Around);
    return {{"physicalLocation", std::move(Physical)}};
  }

  /// Some lines around one, for readers who do not have the file.
  Json surroundings(const std::string &Path, unsigned Line) {
    constexpr unsigned Reach = 3;
    auto [First, Last, Text] = Sources.lines(Path, Line > Reach ? Line - Reach : 1, Line + Reach);
    if (Text.empty() || Text.size() > 4000)
      return nullptr;
    return {{"startLine", First}, {"endLine", Last}, {"snippet", {{"text", validUtf8(Text)}}}};
  }

  Json locationWithMessage(const Place &P, StringRef Message) {
    Json L = location(P);
    L["message"] = {{"text", sentence(Message)}};
    return L;
  }

  Json codeFlow(const Finding &F) {
    Json Steps = Json::array();
    Steps.push_back({{"location", locationWithMessage(F.Where, F.Message)}});
    for (const FindingNote &N : F.Notes)
      if (!N.Where.Path.empty())
        Steps.push_back({{"location", locationWithMessage(N.Where, N.Message)}});
    return {{"threadFlows", Json::array({{{"locations", std::move(Steps)}}})}};
  }

  Json fix(const Finding &F) {
    std::map<std::string, Json> ByFile;
    for (const Edit &E : F.Edits)
      ByFile.try_emplace(E.Where.Path, Json::array())
          .first->second.push_back(
              {{"deletedRegion", region(E.Where.Path, E.Where.Offset, E.Where.Length)},
               {"insertedContent", {{"text", E.Text}}}});
    Json Changes = Json::array();
    for (auto &[Path, Replacements] : ByFile)
      Changes.push_back(
          {{"artifactLocation", artifact(Path)}, {"replacements", std::move(Replacements)}});
    return {{"description", {{"text", "Apply the fix of " + F.CheckId + "."}}},
            {"artifactChanges", std::move(Changes)}};
  }

  Json result(const Finding &F, const std::string &Fingerprint) {
    size_t Index = RuleIndex[F.CheckId];
    Json Level = F.Level == FindingLevel::Error ? Json("error")
                                                : Rules[Index]["defaultConfiguration"]["level"];
    Json Result = {{"ruleId", F.CheckId},
                   {"ruleIndex", Index},
                   {"level", Level},
                   {"message", {{"text", sentence(F.Message)}}}};
    if (!F.Where.Path.empty())
      Result["locations"] = Json::array({location(F.Where, F.Ranges)});
    // GitHub matches alerts by the first key; the second is ours to keep when theirs changes.
    Result["partialFingerprints"] = {{"primaryLocationLineHash", Fingerprint + ":1"},
                                     {"abideFinding/v1", Fingerprint}};
    if (any_of(F.Notes, [](const FindingNote &N) { return !N.Where.Path.empty(); }))
      Result["codeFlows"] = Json::array({codeFlow(F)});
    if (!F.Edits.empty())
      Result["fixes"] = Json::array({fix(F)});
    return Result;
  }

  Json notification(const Failure &F) {
    std::string Text = F.Message;
    for (const FindingNote &N : F.Notes)
      Text += "; " + N.Message;
    Json N = {{"level", "error"}, {"message", {{"text", sentence(Text)}}}};
    if (!F.Where.Path.empty())
      N["locations"] = Json::array({location(F.Where)});
    else if (!F.File.empty())
      N["locations"] =
          Json::array({{{"physicalLocation", {{"artifactLocation", artifact(F.File)}}}}});
    return N;
  }

  Json invocation() {
    Json Execution = Json::array(), Configuration = Json::array();
    for (const Failure &F : R.Failures)
      (F.What == Failure::Kind::Configuration ? Configuration : Execution)
          .push_back(notification(F));
    if (R.Interrupted)
      Execution.push_back(
          {{"level", "error"}, {"message", {{"text", sentence(interruptedMessage(R))}}}});
    return {{"executionSuccessful", R.Failures.empty() && !R.Interrupted},
            {"arguments", R.Arguments},
            {"workingDirectory", {{"uri", fileUri(R.WorkingDirectory + "/")}}},
            {"toolExecutionNotifications", std::move(Execution)},
            {"toolConfigurationNotifications", std::move(Configuration)}};
  }

  const Report &R;
  SourceText Sources;
  Json Rules = Json::array();
  std::map<std::string, size_t> RuleIndex;
};

} // namespace

void writeSarif(const Report &R, raw_ostream &OS) {
  OS << Writer(R).log().dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

} // namespace abide

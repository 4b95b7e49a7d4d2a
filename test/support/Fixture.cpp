//===- Fixture.cpp - test/fixtures/<slug>/<name>.cpp ----------------------===//

#include "Fixture.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

namespace abide::test {
namespace {

const std::regex MarkerStart("\\s*// (warn|todo-warn|note): ");

std::vector<std::string> words(const std::string &Text) {
  std::istringstream Stream(Text);
  return {std::istream_iterator<std::string>(Stream), {}};
}

void readMarkers(Fixture &F, const std::string &Line, unsigned Number) {
  std::sregex_iterator At(Line.begin(), Line.end(), MarkerStart), End;
  while (At != End) {
    std::string Kind = At->str(1);
    size_t From = size_t(At->position() + At->length());
    ++At;
    size_t To = At == End ? Line.size() : size_t(At->position());
    F.Markers.push_back({Kind == "warn"   ? Marker::Warn
                         : Kind == "note" ? Marker::Note
                                          : Marker::TodoWarn,
                         Number, std::string(trim(Line.substr(From, To - From)))});
  }
}

/// False at the first line that is neither a comment nor blank: directives stand above the code.
bool readDirective(Fixture &F, const std::string &Line) {
  static const std::regex Directive("// (flags|options|requires): (.*)");
  std::smatch Match;
  if (std::regex_match(Line, Match, Directive)) {
    for (std::string Word : words(Match.str(2))) {
      if (size_t At = Word.find("%S"); At != Word.npos)
        Word.replace(At, 2, F.Path.parent_path().string());
      size_t Equals = std::min(Word.find('='), Word.size());
      if (Match[1] == "flags")
        F.Flags.push_back(Word);
      else if (Match[1] == "options")
        F.Options[Word.substr(0, Equals)] = Word.substr(std::min(Equals + 1, Word.size()));
      else if (Word != "header")
        F.Requires.push_back(Word);
    }
  }
  return Line.starts_with("//") || trim(Line).empty();
}

std::string show(const Shown &S) {
  return S.Message + (S.Check.empty() ? "" : " [" + S.Check + "]");
}

/// Takes the first of the candidates on the marker's line whose message has its text.
bool take(std::vector<Shown> &From, const Marker &M) {
  auto Found = std::find_if(From.begin(), From.end(), [&](const Shown &S) {
    return S.Line == M.Line && S.Message.find(M.Text) != S.Message.npos;
  });
  if (Found == From.end())
    return false;
  From.erase(Found);
  return true;
}

} // namespace

Fixture parseFixture(std::string Slug, std::string Name, fs::path Path, std::string Text) {
  Fixture F{std::move(Slug), std::move(Name), std::move(Path), std::move(Text), {}, {}, {}, {}, {}};
  bool Top = true;
  unsigned Number = 0;
  for (const std::string &Line : splitLines(F.Text)) {
    Top = Top && readDirective(F, Line);
    readMarkers(F, Line, ++Number);
  }
  bool HasStandard = std::any_of(F.Flags.begin(), F.Flags.end(),
                                 [](const std::string &S) { return S.starts_with("-std="); });
  if (!HasStandard)
    F.Flags.push_back("-std=c++20");
  F.Flags.push_back("-I" ABIDE_SOURCE_DIR "/test/include");
  F.Flags.push_back("-I" ABIDE_SOURCE_DIR "/runtime/include");
  return F;
}

const std::vector<Fixture> &allFixtures() {
  static const std::vector<Fixture> All = [] {
    std::vector<Fixture> Result;
    for (const fs::path &Path : filesUnder(ABIDE_SOURCE_DIR "/test/fixtures", {".cpp"})) {
      if (Path.string().ends_with(".fixed.cpp"))
        continue;
      Fixture F = parseFixture(Path.parent_path().filename().string(), Path.stem().string(), Path,
                               readFile(Path));
      if (fs::path Fixed = fs::path(Path).replace_extension(".fixed.cpp"); fs::exists(Fixed))
        F.Fixed = readFile(Fixed);
      Result.push_back(std::move(F));
    }
    return Result;
  }();
  return All;
}

std::string differences(const Fixture &F, const std::vector<Shown> &Findings) {
  std::string Result;
  auto Say = [&](unsigned Line, const std::string &What) {
    Result += F.Path.string() + ":" + std::to_string(Line) + ": " + What + "\n";
  };
  std::vector<Shown> Rest, Notes;
  for (const Shown &S : Findings) {
    if (S.Error)
      Say(S.Line, "does not compile: " + S.Message);
    else if (S.Check == F.checkId())
      Rest.push_back(S);
    Notes.insert(Notes.end(), S.Notes.begin(), S.Notes.end());
  }
  for (const Marker &M : F.Markers) {
    if (M.K == Marker::Warn && !take(Rest, M))
      Say(M.Line, "missing: " + M.Text);
    if (M.K == Marker::Note && !take(Notes, M))
      Say(M.Line, "missing note: " + M.Text);
    if (M.K == Marker::TodoWarn && take(Rest, M))
      Say(M.Line, "known gap works now, make it '// warn: ': " + M.Text);
  }
  for (const Shown &S : Rest)
    Say(S.Line, "unexpected: " + show(S));
  return Result;
}

std::string styleFault(const std::string &Message) {
  if (Message.empty())
    return "empty";
  // A quoted entity or an acronym may begin it.
  bool Capital = std::isupper(Message[0]) && Message.size() > 1 && std::islower(Message[1]);
  if (Capital)
    return "begins with a capital";
  if (Message.ends_with(".") && !Message.ends_with("..."))
    return "ends with a full stop";
  return Message.find('\n') == Message.npos ? "" : "has several lines";
}

std::string withoutMarkers(const std::string &Text) {
  static const std::regex Markers("[ \t]*// (warn|todo-warn|note): [^\n]*");
  return std::regex_replace(Text, Markers, "");
}

std::vector<Shown> parseDiagnostics(const std::string &Output, const fs::path &File,
                                    const fs::path &Directory) {
  static const std::regex Head("(.+?):(\\d+):(\\d+): (warning|error|note|fatal error): (.*)");
  static const std::regex Tail("(.*) \\[([\\w.,-]+)\\]");
  std::vector<Shown> Result;
  bool About = false;
  for (const std::string &Line : splitLines(Output)) {
    std::smatch Match, Name;
    if (!std::regex_match(Line, Match, Head))
      continue;
    bool Here = Directory / Match.str(1) == File;
    Shown S{unsigned(std::stoul(Match.str(2))), Match.str(5), "", {}, false};
    if (Match[4] == "note") {
      if (About && Here && !Result.empty())
        Result.back().Notes.push_back(S);
      continue;
    }
    About = Here;
    std::string Message = S.Message;
    if (std::regex_match(Message, Name, Tail)) {
      S.Message = Name.str(1);
      S.Check = Name.str(2).substr(0, Name.str(2).find(','));
    }
    S.Error = S.Check == "clang-diagnostic-error" || (Match[4] != "warning" && S.Check.empty());
    if (Here || S.Error)
      Result.push_back(S);
  }
  return Result;
}

Workspace::Workspace(const std::vector<Fixture> &Fixtures) {
  nlohmann::json Commands = nlohmann::json::array();
  for (const Fixture &F : Fixtures) {
    fs::path Own = fs::path(F.Slug) / F.Name;
    fs::path File = Dir.write(Own / (F.Name + ".cpp"), F.Text);
    for (const fs::path &Header : filesUnder(F.Path.parent_path(), {".h", ".hpp", ".json"}))
      Dir.write(Own / fs::relative(Header, F.Path.parent_path()), readFile(Header));
    std::string Config = "Checks: '-*," + F.checkId() + "'\nCheckOptions:\n";
    for (const auto &[Key, Value] : F.Options)
      Config += "  " + Key + ": '" + Value + "'\n";
    Dir.write(Own / ".clang-tidy",
              F.Options.empty() ? Config.substr(0, Config.find('\n')) : Config);
    std::vector<std::string> Arguments = {"clang++", "-c"};
    Arguments.insert(Arguments.end(), F.Flags.begin(), F.Flags.end());
    Arguments.push_back(File.string());
    Commands.push_back({{"directory", File.parent_path().string()},
                        {"file", File.string()},
                        {"arguments", Arguments}});
  }
  Dir.write("compile_commands.json", Commands.dump(1));
  Dir.write("user/clangd/config.yaml", "Index: {StandardLibrary: No}\n");
}

fs::path Workspace::fileOf(const Fixture &F) const {
  return root() / F.Slug / F.Name / (F.Name + ".cpp");
}

} // namespace abide::test

//===- Configuration.cpp - .clang-tidy files and --checks -----------------===//

#include "Configuration.h"
#include "Check.h"
#include "clang-tidy/GlobList.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;
using namespace clang::tidy;

namespace abide {
namespace {

/// One glob of a list, without '-' and blanks.
SmallVector<StringRef> globsOf(StringRef List) {
  SmallVector<StringRef> Parts, Globs;
  List.split(Parts, ',');
  for (StringRef Part : Parts)
    for (StringRef Line : split(Part, '\n'))
      if (Line = Line.trim(); !Line.empty())
        Globs.push_back(Line.ltrim("- "));
  return Globs;
}

std::vector<std::string> checkIds() {
  std::vector<std::string> Ids;
  for (const Check *C : allChecks())
    Ids.push_back(C->id());
  return Ids;
}

std::string suggestion(StringRef Word, ArrayRef<std::string> Candidates) {
  SmallVector<StringRef> Refs(Candidates.begin(), Candidates.end());
  std::string Text = didYouMean(Word, Refs);
  return Text.empty() ? "; 'abide list-checks' lists them" : Text;
}

/// The first glob that claims to be about our checks and matches none; other checks of clang-tidy
/// are no business of ours. Empty if there is none.
StringRef unknownGlob(StringRef List) {
  for (StringRef Glob : globsOf(List))
    if (Glob.starts_with("async-") &&
        none_of(checkIds(), [&](const std::string &Id) { return GlobList(Glob).contains(Id); }))
      return Glob;
  return "";
}

std::vector<std::string> optionNames() {
  std::vector<std::string> Names = {"async.Facts", "async.Vocabulary"};
  for (const Check *C : allChecks())
    for (const CheckOption &O : C->Options)
      Names.push_back(C->id() + "." + O.Name.str());
  return Names;
}

/// Why the option cannot have this value; empty when it can, or when it is no option of ours.
std::string invalidValue(StringRef Key, StringRef Value) {
  for (const Check *C : allChecks())
    for (const CheckOption &O : C->Options)
      if (Key == C->id() + "." + O.Name.str())
        return invalidOption(O, Value);
  return "";
}

std::string withGlobs(StringRef Globs) {
  // Clang-tidy's word for its own complaints about the configuration: they are always wanted.
  return (Globs + (Globs.empty() ? "" : ",") + "clang-tidy-config").str();
}

} // namespace

/// Clang-tidy's provider with a parser that keeps its complaints for us instead of printing them.
struct Configuration::Provider : FileOptionsProvider {
  Provider(ClangTidyOptions Defaults, ClangTidyOptions Overrides, Configuration &Owner)
      : FileOptionsProvider({}, std::move(Defaults), std::move(Overrides),
                            ConfigFileHandlers{{".clang-tidy", [&Owner](MemoryBufferRef Text) {
                                                  return parse(Text, Owner);
                                                }}}) {
    FS = vfs::getRealFileSystem(); // This constructor leaves it null.
  }

  static ErrorOr<ClangTidyOptions> parse(MemoryBufferRef Text, Configuration &Owner) {
    bool Complained = false;
    auto Complain = [&](const SMDiagnostic &D) {
      if (!Complained && D.getKind() == SourceMgr::DK_Error)
        Owner.Mistakes.push_back(
            {Failure::Kind::Configuration,
             "",
             {},
             (Text.getBufferIdentifier() + ":" + Twine(D.getLineNo()) + ":" +
              Twine(D.getColumnNo() + 1) + ": " + D.getMessage() + "; this file is not used")
                 .str(),
             {}});
      Complained = true;
    };
    ErrorOr<ClangTidyOptions> Parsed = parseConfigurationWithDiags(Text, Complain);
    return Parsed ? Parsed : ClangTidyOptions();
  }
};

namespace {

/// Lends a provider to a context that wants to own one.
struct Lent : ClangTidyOptionsProvider {
  explicit Lent(ClangTidyOptionsProvider &Real) : Real(Real) {}
  const ClangTidyGlobalOptions &getGlobalOptions() override { return Real.getGlobalOptions(); }
  std::vector<OptionsSource> getRawOptions(StringRef File) override {
    return Real.getRawOptions(File);
  }
  ClangTidyOptionsProvider &Real;
};

} // namespace

Configuration::Configuration(const CliOptions &Options) {
  ClangTidyOptions Defaults = ClangTidyOptions::getDefaults();
  Defaults.Checks = recommendedChecks();
  Defaults.HeaderFilterRegex = ".*";
  ClangTidyOptions Overrides;
  Overrides.Checks = withGlobs(Options.Checks.value_or(""));
  Overrides.HeaderFilterRegex = Options.HeaderFilter;
  Source = std::make_unique<Provider>(std::move(Defaults), std::move(Overrides), *this);
}

Configuration::~Configuration() = default;

Error Configuration::validate(const CliOptions &Options) {
  if (Options.Checks) {
    StringRef Unknown = unknownGlob(*Options.Checks);
    if (!Unknown.empty())
      return createStringError(inconvertibleErrorCode(), "'--checks': no check is called '" +
                                                             Unknown + "'" +
                                                             suggestion(Unknown, checkIds()));
  }
  std::string Why;
  if (Options.HeaderFilter && !Regex(*Options.HeaderFilter).isValid(Why))
    return createStringError(inconvertibleErrorCode(), "'--header-filter': '" +
                                                           *Options.HeaderFilter +
                                                           "' is no regular expression: " + Why);
  return Error::success();
}

void Configuration::load(StringRef File) {
  if (!Checked.insert({sys::path::parent_path(File), true}).second)
    return;
  for (const auto &[Options, Origin] : Source->getRawOptions(File))
    if (sys::path::is_absolute(Origin) && Files.insert(Origin).second)
      checkSource(Options, Origin);
}

void Configuration::checkSource(const ClangTidyOptions &Options, StringRef ConfigFile) {
  for (auto [Key, List] : {std::pair("Checks", &Options.Checks),
                           std::pair("WarningsAsErrors", &Options.WarningsAsErrors)})
    if (StringRef Unknown = unknownGlob(*List ? StringRef(**List) : ""); !Unknown.empty())
      mistake(ConfigFile, Unknown,
              Twine("'") + Key + "': no check is called '" + Unknown + "'" +
                  suggestion(Unknown, checkIds()));
  std::vector<std::string> Known = optionNames();
  std::vector<StringRef> Keys;
  for (const auto &Option : Options.CheckOptions)
    Keys.push_back(Option.getKey());
  sort(Keys);
  for (StringRef Key : Keys)
    if ((Key.starts_with("async-") || Key.starts_with("async.")) && !is_contained(Known, Key))
      mistake(ConfigFile, Key,
              "'CheckOptions': no option is called '" + Key + "'" + suggestion(Key, Known));
    else if (std::string Why = invalidValue(Key, Options.CheckOptions.lookup(Key).Value);
             !Why.empty())
      mistake(ConfigFile, Key, "option '" + Key + "': " + Why + "; the default is used");
}

void Configuration::mistake(StringRef ConfigFile, StringRef Word, const Twine &Message) {
  std::string Where = ConfigFile.str();
  if (auto Text = MemoryBuffer::getFile(ConfigFile)) {
    auto [Before, Rest] = (*Text)->getBuffer().split(Word);
    Where += ":" + std::to_string(Before.count('\n') + 1);
  }
  Mistakes.push_back({Failure::Kind::Configuration, "", {}, (Where + ": " + Message).str(), {}});
}

bool Configuration::anyCheckFor(StringRef File) {
  GlobList Enabled(Source->getOptions(File).Checks.value_or(""));
  return any_of(checkIds(), [&](const std::string &Id) { return Enabled.contains(Id); });
}

const std::string &Configuration::text(StringRef File) {
  auto [At, New] = Texts.try_emplace(sys::path::parent_path(File));
  if (New)
    At->second = configurationAsText(Source->getOptions(File));
  return At->second;
}

std::unique_ptr<ClangTidyOptionsProvider> Configuration::provider() {
  return std::make_unique<Lent>(*Source);
}

} // namespace abide

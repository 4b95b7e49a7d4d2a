//===- TidyCheck.cpp - Any check of ours as a clang-tidy check ------------===//

#include "TidyCheck.h"
#include "UserFiles.h"
#include "model/Elsewhere.h"
#include "model/TuModel.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include <map>
#include <mutex>

using namespace clang;
using namespace clang::tidy;

namespace abide {
namespace {

/// What the file of an option says that belongs to no single check: "async.Vocabulary". A file that
/// cannot be read counts as none.
template <typename T>
std::shared_ptr<const T> fileOf(StringRef Option, ASTContext &Ast, ClangTidyContext &Context,
                                Loader<T> Load) {
  ClangTidyCheck::OptionsView Shared("async", Context.getOptions().CheckOptions, &Context);
  StringRef Path = Shared.get(Option, "");
  StringRef MainFile;
  SourceManager &Sources = Ast.getSourceManager();
  if (auto Entry = Sources.getFileEntryRefForID(Sources.getMainFileID()))
    MainFile = Entry->getName();
  auto Loaded = Load(Path, MainFile, Sources.getFileManager());
  if (Loaded)
    return *Loaded;
  Context.configurationDiag("%0") << llvm::toString(Loaded.takeError());
  return llvm::cantFail(Load("", MainFile, Sources.getFileManager()));
}

/// Reads the values of the options of one check.
auto optionsOf(const Check &C, ClangTidyContext &Context) {
  return
      [Options = ClangTidyCheck::OptionsView(C.id(), Context.getOptions().CheckOptions, &Context)](
          const CheckOption &O) { return Options.get(O.Name, O.Default).str(); };
}

class TidyCheck : public ClangTidyCheck {
public:
  TidyCheck(const Check &C, StringRef Name, ClangTidyContext *Context)
      : ClangTidyCheck(Name, Context), C(C), Context(*Context) {}

  bool isLanguageVersionSupported(const LangOptions &Lang) const override { return Lang.CPlusPlus; }

  void registerMatchers(ast_matchers::MatchFinder *Finder) override {
    Finder->addMatcher(ast_matchers::translationUnitDecl().bind("tu"), this);
  }

  void check(const ast_matchers::MatchFinder::MatchResult &Result) override {
    Model = modelFor(*Result.Context, Context);
    complainAboutOptions();
    runTidyCheck(C, *Model, Context);
  }

  void onEndOfTranslationUnit() override { Model.reset(); }

  void storeOptions(ClangTidyOptions::OptionMap &Stored) override {
    for (const CheckOption &O : C.Options)
      Options.store(Stored, O.Name, Options.get(O.Name, O.Default));
  }

private:
  void complainAboutOptions() {
    for (const CheckOption &O : C.Options)
      if (std::string Why = invalidOption(O, Options.get(O.Name, O.Default)); !Why.empty())
        Context.configurationDiag("option '%0': %1; the default is used")
            << C.id() + "." + O.Name.str() << Why;
  }

  const Check &C;
  ClangTidyContext &Context;
  std::shared_ptr<const TuModel> Model; // Keeps the shared model alive until the TU ends.
};

} // namespace

std::shared_ptr<const TuModel> modelFor(ASTContext &Ast, ClangTidyContext &Context,
                                        std::shared_ptr<const Facts> Others) {
  static std::mutex Lock;
  static std::map<ASTContext *, std::weak_ptr<const TuModel>> Slots;
  {
    std::lock_guard<std::mutex> Guard(Lock);
    std::erase_if(Slots, [](const auto &Slot) { return Slot.second.expired(); });
    if (auto Found = Slots.find(&Ast); Found != Slots.end())
      if (auto Model = Found->second.lock())
        return Model;
  }
  if (!Others)
    Others = fileOf<Facts>("Facts", Ast, Context, loadUserFacts);
  auto Model = std::make_shared<const TuModel>(
      Ast, fileOf<Vocabulary>("Vocabulary", Ast, Context, loadUserVocabulary), std::move(Others));
  std::lock_guard<std::mutex> Guard(Lock);
  Slots[&Ast] = Model;
  return Model;
}

void runTidyCheck(const Check &C, const TuModel &Model, ClangTidyContext &Context) {
  const std::string Id = C.id();
  runCheck(C, Model, optionsOf(C, Context), [&](const Diag &D) {
    {
      DiagnosticBuilder Builder = Context.diag(Id, D.Loc, "%0") << D.Message;
      for (SourceRange Range : D.Ranges)
        Builder << Range;
      for (const FixItHint &Fix : D.Fixes)
        Builder << Fix;
    }
    for (const DiagNote &Note : D.Notes)
      Context.diag(Id, Note.Loc, "%0", DiagnosticIDs::Note) << Note.Message;
  });
}

void summarizeFor(const Check &C, const TuModel &Model, ClangTidyContext &Context,
                  UnitSummary &Shows) {
  if (!C.Summarize)
    return;
  const auto Options = optionsOf(C, Context);
  RuleContext Rule(C, Model, Options, [](const Diag &) {});
  C.Summarize(Rule, Shows);
}

void showBodies(const TuModel &Model, UnitSummary &Shows) { summarizeBodies(Model, Shows); }

void addTidyCheckFactories(ClangTidyCheckFactories &Factories) {
  for (const Check *C : allChecks())
    Factories.registerCheckFactory(C->id(), [C](StringRef Name, ClangTidyContext *Context) {
      return std::make_unique<TidyCheck>(*C, Name, Context);
    });
}

} // namespace abide

//===- TidyCheck.cpp - Any check of ours as a clang-tidy check ------------===//

#include "TidyCheck.h"
#include "UserVocabulary.h"
#include "model/TuModel.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include <map>
#include <mutex>

using namespace clang;
using namespace clang::tidy;

namespace abide {
namespace {

/// The option "async.Vocabulary" belongs to no single check.
std::shared_ptr<const Vocabulary> vocabularyFor(ASTContext &Ast, ClangTidyContext &Context) {
  ClangTidyCheck::OptionsView Shared("async", Context.getOptions().CheckOptions, &Context);
  StringRef Path = Shared.get("Vocabulary", "");
  StringRef MainFile;
  SourceManager &Sources = Ast.getSourceManager();
  if (auto Entry = Sources.getFileEntryRefForID(Sources.getMainFileID()))
    MainFile = Entry->getName();
  auto Loaded = loadUserVocabulary(Path, MainFile, Sources.getFileManager());
  if (Loaded)
    return *Loaded;
  Context.configurationDiag("%0") << llvm::toString(Loaded.takeError());
  return std::shared_ptr<const Vocabulary>(std::shared_ptr<void>(), &Vocabulary::builtin());
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

std::shared_ptr<const TuModel> modelFor(ASTContext &Ast, ClangTidyContext &Context) {
  static std::mutex Lock;
  static std::map<ASTContext *, std::weak_ptr<const TuModel>> Slots;
  {
    std::lock_guard<std::mutex> Guard(Lock);
    std::erase_if(Slots, [](const auto &Slot) { return Slot.second.expired(); });
    if (auto Found = Slots.find(&Ast); Found != Slots.end())
      if (auto Model = Found->second.lock())
        return Model;
  }
  auto Model = std::make_shared<const TuModel>(Ast, vocabularyFor(Ast, Context));
  std::lock_guard<std::mutex> Guard(Lock);
  Slots[&Ast] = Model;
  return Model;
}

void runTidyCheck(const Check &C, const TuModel &Model, ClangTidyContext &Context) {
  const std::string Id = C.id();
  ClangTidyCheck::OptionsView Options(Id, Context.getOptions().CheckOptions, &Context);
  auto Read = [&](const CheckOption &O) { return Options.get(O.Name, O.Default).str(); };
  runCheck(C, Model, Read, [&](const Diag &D) {
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

void addTidyCheckFactories(ClangTidyCheckFactories &Factories) {
  for (const Check *C : allChecks())
    Factories.registerCheckFactory(C->id(), [C](StringRef Name, ClangTidyContext *Context) {
      return std::make_unique<TidyCheck>(*C, Name, Context);
    });
}

} // namespace abide

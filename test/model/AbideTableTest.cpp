// The table of the own runtime against its headers: all its names exist, and it says what the
// annotations there say.
#include "Tu.h"
#include "vocabulary/Vocabulary.h"
#include "clang/AST/Attr.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using namespace clang;

namespace abide::test {
namespace {

/// What the headers declare in namespace abide, and which roles they annotate.
class Declared : public RecursiveASTVisitor<Declared> {
public:
  explicit Declared(ASTContext &Context) { TraverseDecl(Context.getTranslationUnitDecl()); }

  bool VisitNamedDecl(NamedDecl *D) {
    std::string Name = D->getQualifiedNameAsString();
    if (isa<FunctionDecl, RecordDecl>(D) && llvm::StringRef(Name).starts_with("abide::")) {
      for (const auto *Note : D->specific_attrs<AnnotateAttr>())
        if (llvm::StringRef Text = Note->getAnnotation(); Text.consume_front("async::"))
          Roles[nameOf(*D)].insert(Text.str());
      Names.insert(nameOf(*D));
    }
    return true;
  }

  std::set<std::string> Names;
  std::map<std::string, std::set<std::string>> Roles;

private:
  /// A constructor of a template is called as its class, without arguments.
  static std::string nameOf(const NamedDecl &D) {
    if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&D))
      return Constructor->getParent()->getQualifiedNameAsString() +
             "::" + Constructor->getParent()->getNameAsString();
    return D.getQualifiedNameAsString();
  }
};

const Declared &headers() {
  static const Declared All = [] {
    std::unique_ptr<ASTUnit> Ast = tooling::buildASTFromCodeWithArgs(
        "#include <abide/abide.hpp>\n#include <abide/trace.hpp>\n#include <abide/watchdog.hpp>\n",
        {"-std=c++20", "-I" ABIDE_SOURCE_DIR "/runtime/include",
         "-resource-dir=" ABIDE_RESOURCE_DIR},
        "input.cpp");
    EXPECT_FALSE(Ast->getDiagnostics().hasUncompilableErrorOccurred());
    return Declared(Ast->getASTContext());
  }();
  return All;
}

/// The roles of each name, "blocking" among them.
std::map<std::string, std::set<std::string>> table() {
  std::ifstream File(ABIDE_SOURCE_DIR "/checks/vocabulary/abide.json");
  const auto Json = nlohmann::json::parse(File);
  std::map<std::string, std::set<std::string>> Result;
  for (const auto &[Key, Value] : Json.items()) {
    if (Key == "library" || Key == "namespaces" || Key == "advice")
      continue;
    for (const auto &Entry : Value)
      for (const auto &Name : Entry.is_object() ? Entry["names"] : nlohmann::json{Entry})
        Result["abide::" + Name.get<std::string>()].insert(Key);
  }
  return Result;
}

TEST(AbideTableTest, NamesWhatTheHeadersDeclare) {
  for (const auto &[Name, Roles] : table())
    EXPECT_TRUE(headers().Names.count(Name)) << Name;
}

TEST(AbideTableTest, KnowsWhatTheHeadersAnnotate) {
  const auto Table = table();
  EXPECT_GT(headers().Roles.size(), 40u);
  for (const auto &[Name, Roles] : headers().Roles)
    for (const std::string &Role : Roles) {
      const auto Found = Table.find(Name);
      EXPECT_TRUE(Found != Table.end() && Found->second.count(Role)) << Name << ": " << Role;
    }
}

TEST(AbideTableTest, GivesAdviceThatExists) {
  std::ifstream File(ABIDE_SOURCE_DIR "/checks/vocabulary/abide.json");
  const auto Json = nlohmann::json::parse(File);
  for (const auto &[Key, Value] : Json["advice"].items())
    EXPECT_TRUE(headers().Names.count(Value.get<std::string>())) << Key;
}

} // namespace
} // namespace abide::test

// One translation unit for tests of the model: its AST, its model, and ways to point into it.
#pragma once

#include "model/TuModel.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Lex/Lexer.h"
#include "clang/Tooling/Tooling.h"
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace abide::test {

class Tu {
public:
  explicit Tu(const std::string &Code)
      : Ast(clang::tooling::buildASTFromCodeWithArgs(Code,
                                                     {"-std=c++20",
                                                      "-I" ABIDE_SOURCE_DIR "/test/include",
                                                      "-resource-dir=" ABIDE_RESOURCE_DIR},
                                                     "input.cpp")),
        Model(Ast->getASTContext(), unowned(Vocabulary::builtin())) {
    EXPECT_FALSE(Ast->getDiagnostics().hasUncompilableErrorOccurred()) << Code;
  }

  const TuModel &model() const { return Model; }

  /// The facts of the function (not a template's pattern) with this name.
  const FunctionFacts &function(llvm::StringRef Name) const {
    for (const FunctionFacts &F : Model.functions().all())
      if (F.Decl && F.Decl->getDeclName().isIdentifier() && F.Decl->getName() == Name)
        return F;
    ADD_FAILURE() << "no function " << Name.str();
    return Model.functions().all().front();
  }

  /// The facts of the local, parameter or binding with this name, headers apart.
  const LocalFacts &local(llvm::StringRef Name) const {
    for (const LocalFacts &Local : Model.functions().locals())
      if (Local.Decl->getName() == Name &&
          Ast->getSourceManager().isInMainFile(Local.Decl->getLocation()))
        return Local;
    ADD_FAILURE() << "no local " << Name.str();
    return Model.functions().locals().front();
  }

  /// The source text of a node.
  std::string text(const clang::Stmt *S) const {
    return clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(S->getSourceRange()),
                                       Ast->getSourceManager(), Ast->getLangOpts())
        .str();
  }

private:
  static std::shared_ptr<const Vocabulary> unowned(const Vocabulary &V) {
    return {std::shared_ptr<const Vocabulary>(), &V};
  }

  std::unique_ptr<clang::ASTUnit> Ast;
  TuModel Model;
};

} // namespace abide::test

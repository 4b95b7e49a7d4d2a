//===- MissingTaskAttributes.cpp - async-missing-task-attributes ----------===//
//
// Law: the compiler can find dropped tasks and dangling arguments of coroutines by itself, in every
// build and every editor, but only of types that say that they are tasks.
//
// Reported: a coroutine type with something to lose that lacks [[nodiscard]], or, when it is lazy,
// Clang's coro_return_type or coro_lifetimebound.
//
// Not reported: types that are made to be dropped; those of a namespace for details, which users do
// not name.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "model/Promises.h"
#include "clang/AST/Attr.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace llvm;

namespace abide {
namespace {

constexpr CheckOption Options[] = {
    {"ClangAttributes", "true",
     "ask for coro_return_type and coro_lifetimebound too, which only Clang knows",
     OptionKind::Flag},
};

void nodiscard(RuleContext &Context, const CXXRecordDecl &Type) {
  const ASTContext &Ast = Context.model().ast();
  Diag D;
  D.Loc = Type.getLocation();
  D.Message = "a dropped '" + Type.getNameAsString() +
              "' is not noticed by the compiler: its work or result is lost in silence";
  D.note(D.Loc, "declare the class '[[nodiscard]]'");
  SourceLocation Key = Type.getInnerLocStart(); // `class` or `struct`
  if (Key.isFileID() && D.Loc.isFileID())
    D.Fixes.push_back(FixItHint::CreateInsertion(
        Lexer::getLocForEndOfToken(Key, 0, Ast.getSourceManager(), Ast.getLangOpts()),
        " [[nodiscard]]"));
  Context.report(D);
}

void clangAttributes(RuleContext &Context, const CXXRecordDecl &Type) {
  std::string Missing;
  if (!Type.hasAttr<CoroReturnTypeAttr>())
    Missing = "'[[clang::coro_return_type]]'";
  if (!Type.hasAttr<CoroLifetimeBoundAttr>())
    Missing += std::string(Missing.empty() ? "" : " and ") + "'[[clang::coro_lifetimebound]]'";
  if (Missing.empty())
    return;
  Diag D;
  D.Loc = Type.getLocation();
  D.Message = "clang does not see when an argument of a coroutine dies before its '" +
              Type.getNameAsString() + "': the class lacks " + Missing;
  D.note(D.Loc, "functions that return one and are no coroutines then need "
                "'[[clang::coro_wrapper]]'; put the attributes into a macro for other compilers");
  Context.report(D);
}

/// A type that only its library makes and awaits.
bool isDetail(const CXXRecordDecl &Type) {
  for (const DeclContext *At = Type.getDeclContext(); At; At = At->getParent())
    if (const auto *Space = dyn_cast<NamespaceDecl>(At))
      if (StringRef Name = Space->getName(); Name == "detail" || Name == "details" ||
                                             Name == "impl" || Name == "internal" ||
                                             Name.starts_with("_"))
        return true;
  return false;
}

void run(RuleContext &Context) {
  const CoroutineTypes &Facts = Context.model().types();
  const bool ForClang = Context.flag("ClangAttributes");
  Promises Types(Context.model());
  for (const PromiseType &P : Types.all()) {
    const CXXRecordDecl &Type = *P.Returned;
    const CoroutineType &F = Facts.of(&Type);
    if (F.FireAndForget || isDetail(Type) || (!F.Awaitable && !F.Generator) ||
        Facts.obligation(&Type) == Obligation::None)
      continue;
    if (!F.NoDiscard && !Type.hasAttr<WarnUnusedResultAttr>())
      nodiscard(Context, Type);
    // An eager coroutine may be done with its arguments at its first suspension, and its type is
    // mostly what plain functions return, too.
    if (ForClang && F.Starts == Start::Lazy)
      clangAttributes(Context, Type);
  }
}

} // namespace

extern constexpr Check MissingTaskAttributesCheck = {
    "missing-task-attributes",
    "a task type lacks the attributes by which compilers find its misuse",
    Severity::Hint,
    /*Recommended=*/false,
    Options,
    run,
};

} // namespace abide

//===- Names.cpp - Qualified names as the vocabulary spells them ----------===//

#include "Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Index/USRGeneration.h"

using namespace clang;

namespace abide {
namespace {

/// The last component: identifiers, and "operator==" or a constructor's class otherwise.
std::string lastComponent(const NamedDecl &D) {
  if (const IdentifierInfo *Name = D.getIdentifier())
    return Name->getName().str();
  if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(&D))
    return Constructor->getParent()->getName().str();
  return D.getDeclName().getAsString();
}

} // namespace

std::string qualifiedName(const NamedDecl &D) {
  std::string Name = lastComponent(D);
  for (const DeclContext *At = D.getDeclContext(); At && !At->isTranslationUnit();
       At = At->getParent()) {
    if (const auto *Namespace = dyn_cast<NamespaceDecl>(At)) {
      if (Namespace->isInline() || Namespace->isAnonymousNamespace())
        continue;
    } else if (!isa<RecordDecl>(At) || !cast<RecordDecl>(At)->getIdentifier()) {
      continue;
    }
    Name.insert(0, "::");
    Name.insert(0, cast<NamedDecl>(At)->getName().str());
  }
  return Name;
}

std::string keyOf(const FunctionDecl &F) {
  llvm::SmallString<128> Usr;
  if (index::generateUSRForDecl(&F, Usr))
    return "";
  if (F.isExternallyVisible())
    return Usr.str().str();
  // Such a name holds no more of the file than its last component.
  const SourceManager &Sources = F.getASTContext().getSourceManager();
  auto Main = Sources.getFileEntryRefForID(Sources.getMainFileID());
  return (Main ? Main->getFileEntry().tryGetRealPathName().str() : "") + "#" + Usr.str().str();
}

std::string shownName(const FunctionDecl &F) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&F);
  if (!Method || !Method->getParent()->isLambda())
    return Method && !isa<CXXConstructorDecl>(F) && Method->getParent()->getIdentifier()
               ? (Method->getParent()->getName() + "::" + lastComponent(F)).str()
               : lastComponent(F);
  return "a lambda";
}

const std::string &NameLookup::nameOf(const NamedDecl &D) const {
  auto [Slot, Inserted] = Names.try_emplace(cast<NamedDecl>(D.getCanonicalDecl()));
  if (Inserted)
    Slot->second = qualifiedName(D);
  return Slot->second;
}

bool NameLookup::mayKnow(const NamedDecl &D) const {
  if (const IdentifierInfo *Name = D.getIdentifier())
    return V.mayKnow(Name->getName());
  return isa<CXXConstructorDecl>(D) || isa<CXXDestructorDecl>(D) ||
         D.getDeclName().getNameKind() == DeclarationName::CXXOperatorName;
}

bool annotatedAs(const Decl &D, StringRef What) {
  // Declarations without attributes, nearly all, cost one test each.
  for (const Decl *Redeclaration : D.redecls())
    if (Redeclaration->hasAttrs())
      for (const auto *A : Redeclaration->specific_attrs<AnnotateAttr>())
        if (StringRef Text = A->getAnnotation(); Text.consume_front("async::") && Text == What)
          return true;
  return false;
}

bool NameLookup::has(const NamedDecl &D, Role R) const {
  return annotatedAs(D, roleKey(R)) || (mayKnow(D) && V.has(nameOf(D), R));
}

bool NameLookup::anyName(const FunctionDecl &F, const CXXRecordDecl *Object,
                         llvm::function_ref<bool(StringRef)> Test) const {
  // A function of the user's that happens to be called like one of C is not that one.
  const DeclContext *Around = F.getDeclContext()->getRedeclContext();
  while (Around->isNamespace() && cast<NamespaceDecl>(Around)->isAnonymousNamespace())
    Around = Around->getParent()->getRedeclContext();
  if (!mayKnow(F) || (Around->isTranslationUnit() && !F.isExternC()))
    return false;
  if (Test(nameOf(F)))
    return true;
  if (!Object || !isa<CXXMethodDecl>(F))
    return false;
  const std::string Last = lastComponent(F);
  // The object's class and its bases down to the one that declares the function.
  llvm::SmallVector<const CXXRecordDecl *, 8> Pending{Object};
  for (unsigned Step = 0; Step < Pending.size() && Step < 16; ++Step) {
    if (Test(nameOf(*Pending[Step]) + "::" + Last))
      return true;
    if (const CXXRecordDecl *Definition = Pending[Step]->getDefinition())
      for (const CXXBaseSpecifier &Base : Definition->bases())
        if (const CXXRecordDecl *Record = Base.getType()->getAsCXXRecordDecl())
          Pending.push_back(Record);
  }
  return false;
}

bool NameLookup::has(const FunctionDecl &F, const CXXRecordDecl *Object, Role R) const {
  return annotatedAs(F, roleKey(R)) ||
         anyName(F, Object, [&](StringRef Name) { return V.has(Name, R); });
}

const BlockingFunction *NameLookup::blocking(const FunctionDecl &F,
                                             const CXXRecordDecl *Object) const {
  const BlockingFunction *Found = nullptr;
  anyName(F, Object, [&](StringRef Name) { return (Found = V.blocking(Name)) != nullptr; });
  return Found;
}

} // namespace abide

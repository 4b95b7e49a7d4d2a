#include "Vocabulary.h"
#include "Table.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace abide;
using llvm::StringRef;

static StringRef lastComponent(StringRef Name) {
  std::size_t Colons = Name.rfind("::");
  return Colons == StringRef::npos ? Name : Name.substr(Colons + 2);
}

/// A text of a table with "{}" replaced by the namespace that it is about.
static std::string inNamespace(StringRef Text, StringRef Space) {
  std::string Result;
  for (std::size_t Hole; (Hole = Text.find("{}")) != StringRef::npos; Text = Text.substr(Hole + 2))
    Result += (Text.take_front(Hole) + Space).str();
  return Result + Text.str();
}

Vocabulary::Entry &Vocabulary::entry(StringRef Name) {
  StringRef Last = lastComponent(Name);
  if (!Name.consume_back("*")) {
    Identifiers.insert(Last);
    return Exact[Name];
  }
  auto It = llvm::find_if(Globs, [&](const Glob &G) { return G.Prefix == Name; });
  if (It != Globs.end())
    return It->What;
  IdentifierPrefixes.push_back(Last.drop_back().str());
  auto Shorter = [&](const Glob &G) { return G.Prefix.size() < Name.size(); };
  return Globs.insert(llvm::find_if(Globs, Shorter), {Name.str(), {}})->What;
}

void Vocabulary::remove(StringRef Name) {
  auto Silence = [](Entry &E) { E = {0, true, true, Entry::None}; };
  Silence(entry(Name));
  if (!Name.consume_back("*"))
    return;
  for (auto &Known : Exact)
    if (Known.first().starts_with(Name))
      Silence(Known.second);
  for (Glob &G : Globs)
    if (StringRef(G.Prefix).starts_with(Name))
      Silence(G.What);
}

void Vocabulary::addBlocking(const VocabularyTable &Table) {
  for (const VocabularyTable::BlockingGroup &Group : Table.Blocking) {
    // One function for each namespace, because what to write instead may name it.
    llvm::StringMap<std::uint32_t> FunctionIn;
    for (const std::string &Name : Group.Names)
      for (const auto &[Space, Full] : Table.expand(Name)) {
        auto [It, New] = FunctionIn.try_emplace(Space, Functions.size());
        if (New) {
          Functions.push_back(Group.Function);
          Functions.back().Instead = inNamespace(Group.Function.Instead, Space);
        }
        Entry &E = entry(Full);
        E.SaysBlocking = true;
        E.Function = It->second;
      }
  }
}

void Vocabulary::addAdvice(const VocabularyTable &Table) {
  const LibraryAdvice &L = Table.Library;
  if (L.Start.empty() && L.Sleep.empty() && L.Offload.empty() && L.Cancelled.empty() &&
      L.CancelledWithToken.empty() && L.CancelledOnce.empty())
    return;
  for (const std::string &Space : L.Namespaces) {
    AdviceOfNamespace[Space] = Advice.size();
    Advice.push_back({L.Name, L.Namespaces, inNamespace(L.Start, Space),
                      inNamespace(L.Sleep, Space), inNamespace(L.Offload, Space),
                      inNamespace(L.Cancelled, Space), inNamespace(L.CancelledWithToken, Space),
                      inNamespace(L.CancelledOnce, Space)});
  }
}

void Vocabulary::add(const VocabularyTable &Table, bool Override) {
  for (const std::string &Name : Table.Remove)
    for (const auto &[Space, Full] : Table.expand(Name))
      remove(Full);
  llvm::StringMap<std::bitset<NumRoles>> Roles;
  for (unsigned R = 0; R != NumRoles; ++R)
    for (const std::string &Name : Table.Names[R])
      for (const auto &[Space, Full] : Table.expand(Name))
        Roles[Full].set(R);
  for (const auto &Named : Roles) {
    Entry &E = entry(Named.first());
    E.SaysRoles = true;
    E.Roles = Override ? Named.second : E.Roles | Named.second;
  }
  addBlocking(Table);
  addAdvice(Table);
}

const Vocabulary &Vocabulary::builtin() {
  static const Vocabulary Builtin = [] {
    Vocabulary V;
    for (auto [Name, Text] : vocabularyTables())
      V.add(llvm::cantFail(parseVocabularyTable(Text, Name)), /*Override=*/false);
    return V;
  }();
  return Builtin;
}

llvm::Expected<Vocabulary> Vocabulary::builtinWith(StringRef Json, StringRef FileName) {
  llvm::Expected<VocabularyTable> Table = parseVocabularyTable(Json, FileName);
  if (!Table)
    return Table.takeError();
  Vocabulary V = builtin();
  V.add(*Table, /*Override=*/true);
  return V;
}

const Vocabulary::Entry *Vocabulary::find(StringRef Name, bool Entry::*Says) const {
  auto It = Exact.find(Name);
  if (It != Exact.end() && It->second.*Says)
    return &It->second;
  auto Matches = [&](const Glob &G) { return G.What.*Says && Name.starts_with(G.Prefix); };
  auto G = llvm::find_if(Globs, Matches);
  return G == Globs.end() ? nullptr : &G->What;
}

bool Vocabulary::has(StringRef QualifiedName, Role R) const {
  const Entry *E = find(QualifiedName, &Entry::SaysRoles);
  return E && E->Roles[unsigned(R)];
}

const BlockingFunction *Vocabulary::blocking(StringRef QualifiedName) const {
  const Entry *E = find(QualifiedName, &Entry::SaysBlocking);
  return E && E->Function != Entry::None ? &Functions[E->Function] : nullptr;
}

bool Vocabulary::mayKnow(StringRef Identifier) const {
  auto Fits = [&](StringRef Prefix) { return Identifier.starts_with(Prefix); };
  return Identifiers.contains(Identifier) || llvm::any_of(IdentifierPrefixes, Fits);
}

const LibraryAdvice *Vocabulary::adviceFor(StringRef QualifiedName) const {
  for (StringRef Space = QualifiedName; !Space.empty();) {
    auto It = AdviceOfNamespace.find(Space);
    if (It != AdviceOfNamespace.end())
      return &Advice[It->second];
    std::size_t Colons = Space.rfind("::");
    Space = Space.take_front(Colons == StringRef::npos ? 0 : Colons);
  }
  return nullptr;
}

//===- Check.cpp - The registry and the services for rules ----------------===//

#include "Check.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace llvm;

namespace abide {

#define CHECK(NAME, SLUG) extern const Check NAME##Check;
#include "checks.def"
#undef CHECK

ArrayRef<const Check *> allChecks() {
  static const Check *const All[] = {
#define CHECK(NAME, SLUG) &NAME##Check,
#include "checks.def"
#undef CHECK
  };
  return All;
}

std::string recommendedChecks() {
  std::string Globs = "-*";
  for (const Check *C : allChecks())
    if (C->Recommended)
      Globs += "," + C->id();
  return Globs;
}

std::string RuleContext::option(StringRef Name) const {
  const auto *Found = find_if(C.Options, [&](const CheckOption &O) { return O.Name == Name; });
  assert(Found != C.Options.end() && "a rule reads only options that its descriptor declares");
  return ReadOption(*Found);
}

bool RuleContext::flag(StringRef Name) const {
  const std::string Value = StringRef(option(Name)).lower();
  return Value == "true" || Value == "1" || Value == "yes" || Value == "on";
}

std::vector<std::string> RuleContext::list(StringRef Name) const {
  std::string Value = option(Name);
  SmallVector<StringRef> Items;
  StringRef(Value).split(Items, ';');
  std::vector<std::string> Result;
  for (StringRef Item : Items)
    if (Item = Item.trim(); !Item.empty())
      Result.push_back(Item.str());
  return Result;
}

void runCheck(const Check &C, const TuModel &Model, RuleContext::OptionReader ReadOption,
              RuleContext::DiagSink Sink) {
  std::set<std::pair<clang::SourceLocation, std::string>> Seen;
  auto Once = [&](const Diag &D) {
    if (Seen.emplace(D.Loc, D.Message).second)
      Sink(D);
  };
  RuleContext Context(C, Model, ReadOption, Once);
  C.Run(Context);
}

} // namespace abide

//===- Check.cpp - The registry and the services for rules ----------------===//

#include "Check.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"
#include <optional>
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
  std::string Value = ReadOption(*Found);
  return invalidOption(*Found, Value).empty() ? Value : Found->Default.str();
}

/// What a value says as a truth value, if it is one.
static std::optional<bool> truth(StringRef Value) {
  static constexpr StringRef True[] = {"true", "yes", "on", "1"};
  static constexpr StringRef False[] = {"false", "no", "off", "0"};
  const std::string Word = Value.lower();
  if (is_contained(True, Word))
    return true;
  return is_contained(False, Word) ? std::optional(false) : std::nullopt;
}

std::string invalidOption(const CheckOption &Option, StringRef Value) {
  std::string Expected;
  unsigned Number = 0;
  SmallVector<StringRef> Values;
  switch (Option.Kind) {
  case OptionKind::Text:
    return "";
  case OptionKind::Flag:
    if (!truth(Value))
      Expected = "'true' or 'false'";
    break;
  case OptionKind::Number:
    if (Value.getAsInteger(10, Number))
      Expected = "a whole number";
    break;
  case OptionKind::Pattern:
    if (std::string Why; !Value.empty() && !Regex(Value).isValid(Why))
      Expected = "a regular expression (" + Why + ")";
    break;
  case OptionKind::OneOf:
    Option.Values.split(Values, ';');
    if (!is_contained(Values, Value))
      Expected = "one of '" + join(Values, "', '") + "'";
    break;
  }
  return Expected.empty() ? "" : "expected " + Expected + ", found '" + Value.str() + "'";
}

bool RuleContext::flag(StringRef Name) const { return truth(option(Name)).value_or(false); }

unsigned RuleContext::number(StringRef Name) const {
  unsigned Result = 0;
  StringRef(option(Name)).getAsInteger(10, Result);
  return Result;
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

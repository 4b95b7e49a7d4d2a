//===- Check.h - What a check is, and what a rule may see ------*- C++ -*-===//
//
// A check is a constant descriptor plus one free function, its rule. The rule reads the model
// of one translation unit through a RuleContext and reports findings to it; it owns no state.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_CHECK_H
#define ABIDE_CHECKS_CHECK_H

#include "Diag.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include <string>

namespace abide {

class TuModel;
class RuleContext;
struct UnitSummary;

/// How sure and how bad: an error-class bug, a warning, a hint about cost or clarity.
enum class Severity { Error, Warning, Hint };

/// What an option's value may be.
enum class OptionKind : unsigned char {
  Text,    ///< Anything.
  Flag,    ///< true, false, yes, no, on, off, 1 or 0.
  Number,  ///< A whole number, not negative.
  Pattern, ///< A regular expression; empty matches nothing.
  OneOf,   ///< One of Values.
};

/// One option of a check, declared once: hosts read, store, document and validate it from here.
struct CheckOption {
  llvm::StringRef Name;
  llvm::StringRef Default;
  llvm::StringRef Doc;
  OptionKind Kind = OptionKind::Text;
  llvm::StringRef Values = ""; ///< Of OneOf, separated by ';'.
};

/// Why an option cannot have this value: "expected a whole number, found 'x'". Empty if it can.
std::string invalidOption(const CheckOption &Option, llvm::StringRef Value);

struct Check {
  llvm::StringRef Slug;    ///< "never-awaited"
  llvm::StringRef Summary; ///< One sentence, lower case, no full stop.
  Severity Level;
  bool Recommended; ///< On without any configuration.
  llvm::ArrayRef<CheckOption> Options;
  void (*Run)(RuleContext &);
  /// Adds what the check has to tell other units of this one; null for nothing.
  void (*Summarize)(RuleContext &, UnitSummary &) = nullptr;

  /// "async-never-awaited", the name that users write.
  std::string id() const { return ("async-" + Slug).str(); }
};

/// Every check of checks.def, sorted by slug.
llvm::ArrayRef<const Check *> allChecks();

/// The glob list that is in force without any configuration: "-*,async-a,async-b".
std::string recommendedChecks();

/// What a rule sees: the model, the values of its options, and the place to report to.
class RuleContext {
public:
  using OptionReader = llvm::function_ref<std::string(const CheckOption &)>;
  using DiagSink = llvm::function_ref<void(const Diag &)>;

  RuleContext(const Check &C, const TuModel &Model, OptionReader ReadOption, DiagSink Sink)
      : C(C), Model(Model), ReadOption(ReadOption), Sink(Sink) {}

  const TuModel &model() const { return Model; }

  /// The value of an option that the descriptor declares (asserted). A value that is not valid
  /// (the host has complained about it) counts as the default.
  std::string option(llvm::StringRef Name) const;
  /// The same, read as a boolean: "true", "1", "yes" and "on" are true.
  bool flag(llvm::StringRef Name) const;
  /// The same, read as a number.
  unsigned number(llvm::StringRef Name) const;
  /// The same, read as a list separated by ';', blanks trimmed, empty items dropped.
  std::vector<std::string> list(llvm::StringRef Name) const;

  void report(const Diag &D) { Sink(D); }

private:
  const Check &C;
  const TuModel &Model;
  OptionReader ReadOption;
  DiagSink Sink;
};

/// Runs one check. Instances of a template share their source, so a finding that several of them
/// repeat (same place, same words) reaches the sink once.
void runCheck(const Check &C, const TuModel &Model, RuleContext::OptionReader ReadOption,
              RuleContext::DiagSink Sink);

} // namespace abide

#endif

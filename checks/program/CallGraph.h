//===- CallGraph.h - What all translation units say together ---*- C++ -*-===//

#ifndef ABIDE_CHECKS_PROGRAM_CALLGRAPH_H
#define ABIDE_CHECKS_PROGRAM_CALLGRAPH_H

#include "Facts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <deque>

namespace abide {

/// The call graph of a program, and what follows for its functions. The same summaries give the
/// same answers in whatever order they come.
class CallGraph {
public:
  /// The units must outlive it.
  explicit CallGraph(llvm::ArrayRef<UnitSummary> Units);

  /// What the function does, at most once for each trait, kind and argument, by the shortest
  /// chains; sorted by their length. A function with several bodies (of several programs, say) does
  /// what each of them does, and a call through a virtual function what every overrider does.
  std::vector<Fact> facts(llvm::StringRef Key) const;

  /// Of the asked functions what counts.
  Facts factsFor(llvm::ArrayRef<Question> Asked) const;

  /// What is known of all functions that more than one unit can call.
  Facts publicFacts() const;

private:
  struct Function;

  /// What is seen of one body. Units may see it differently, by their macros; it does all of that.
  /// Nothing is seen of a way from a virtual function to one that it may run.
  struct Body {
    Function *Of;
    std::vector<const FunctionSummary *> Seen;
  };

  struct Caller {
    const Body *By;
    const CallEdge *Edge; ///< Null for a way from a virtual function.
  };

  /// One thing to do: a trait and a kind, for the whole program.
  struct Way;

  struct Function {
    std::vector<Body *> Bodies;
    std::vector<Caller> Callers;
    std::vector<std::pair<const Way *, std::uint8_t>> Does; ///< With which argument.
  };

  /// A body and which of its arguments.
  using Place = std::pair<const Body *, unsigned>;

  /// By which of its calls a body does it.
  struct Step {
    const ChainCall *Call = nullptr; ///< Null at the end and on the way from a virtual function.
    const Function *Next = nullptr;  ///< What the call runs; null at the end.
    std::uint8_t Argument = 0;       ///< Of Next.
    const Fact *End = nullptr;       ///< At the end.
  };

  struct Way {
    Trait What;
    std::uint8_t Kind;
    llvm::DenseMap<Place, Step> Steps{};
  };

  void collect(llvm::ArrayRef<UnitSummary> Units);
  void dispatch(llvm::ArrayRef<UnitSummary> Units);
  void connect();
  void follow(Way &W);
  bool counts(const Way &W, const CallEdge &Edge) const;
  static bool does(const Way &W, const Function &F, unsigned Argument);
  static Fact chain(const Way &W, const Function &F, std::uint8_t Argument);
  static std::vector<Fact> factsOf(const Function &F);

  std::deque<Body> Bodies; // Stable addresses.
  llvm::StringMap<Function> Functions;
  std::deque<Way> Ways; ///< Sorted by trait.
};

} // namespace abide

#endif

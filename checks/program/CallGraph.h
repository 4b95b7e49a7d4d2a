//===- CallGraph.h - What all translation units say together ---*- C++ -*-===//

#ifndef ABIDE_CHECKS_PROGRAM_CALLGRAPH_H
#define ABIDE_CHECKS_PROGRAM_CALLGRAPH_H

#include "Facts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include <deque>

namespace abide {

/// The call graph of a program, and which of its functions block. The same summaries give the same
/// answers in whatever order they come.
class CallGraph {
public:
  /// The units must outlive it.
  explicit CallGraph(llvm::ArrayRef<UnitSummary> Units);

  /// How the function blocks, at most once for each family and kind, by the shortest chains;
  /// sorted. A function with several bodies (of several programs, say) blocks if each of them does.
  std::vector<BlockFact> blocks(llvm::StringRef Key) const;

  /// Of the asked functions those that block in a way that counts.
  Facts factsFor(llvm::ArrayRef<Question> Asked) const;

  /// Of all functions that more than one unit can call those that block.
  Facts publicFacts() const;

private:
  struct Function;

  /// What is seen of one body. Units may see it differently, by their macros; it does all of that.
  struct Body {
    Function *Of;
    std::vector<const FunctionSummary *> Seen;
  };

  struct Caller {
    const Body *By;
    const CallEdge *Edge;
  };

  struct Function {
    std::vector<Body *> Bodies;
    std::vector<Caller> Callers;
  };

  /// By which of its calls a body blocks.
  struct Step {
    const ChainCall *Call = nullptr;
    const Function *Next = nullptr; ///< What the call runs; null at the end.
    const BlockFact *End = nullptr; ///< At the end.
  };

  /// One way to block: a family and a kind, for the whole program.
  struct Way {
    std::uint8_t Family = 0, Kind = 0;
    llvm::DenseMap<const Body *, Step> Steps;
  };

  void connect();
  void follow(Way &W) const;
  static bool blocks(const Way &W, const Function &F);
  static BlockFact chain(const Way &W, const Function &F);

  std::deque<Body> Bodies; // Stable addresses.
  llvm::StringMap<Function> Functions;
  std::vector<Way> Ways;
};

} // namespace abide

#endif

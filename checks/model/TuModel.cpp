//===- TuModel.cpp - The facts of one translation unit --------------------===//

#include "model/TuModel.h"
#include "model/Failures.h"
#include "model/Threads.h"

namespace abide {

TuModel::TuModel(clang::ASTContext &Ast, std::shared_ptr<const Vocabulary> V,
                 std::shared_ptr<const Facts> Others)
    : Ast(Ast), V(std::move(V)), Others(std::move(Others)), Names(*this->V), Types(Ast, Names),
      Bodies(Ast, Types) {}

TuModel::~TuModel() = default;

const FunctionFlow *TuModel::flow(const FunctionFacts &F) const {
  auto [Slot, Inserted] = Flows.try_emplace(&F);
  if (Inserted)
    if ((Slot->second = FunctionFlow::build(F, Ast)))
      for (const Suspension &S : F.Suspensions)
        if (givesErrorsAsValues(*this, S.Expr))
          Slot->second->silence(S.Expr);
  return Slot->second.get();
}

llvm::ArrayRef<Fact> TuModel::factsOf(llvm::StringRef Key) const {
  if (!Others)
    return {};
  auto Found = Others->find(std::string_view(Key));
  if (Found == Others->end())
    return {};
  return Found->second;
}

const Threads &TuModel::threads() const {
  if (!Where)
    Where = std::make_unique<const Threads>(*this);
  return *Where;
}

} // namespace abide

//===- TidyModule.cpp - Registers our checks with clang-tidy and clangd ---===//

#include "TidyCheck.h"

namespace {

class AbideModule : public clang::tidy::ClangTidyModule {
public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories) override {
    abide::addTidyCheckFactories(Factories);
  }
};

clang::tidy::ClangTidyModuleRegistry::Add<AbideModule>
    Registered("abide", "Traps of asynchronous C++: tasks, loops, threads, lifetimes.");

} // namespace

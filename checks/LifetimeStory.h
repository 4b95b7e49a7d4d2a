//===- LifetimeStory.h - Death, sleep and use as notes ---------*- C++ -*-===//
//
// The findings about lifetimes tell the same story: where the object dies, where the coroutine
// sleeps, where it uses the object all the same.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_LIFETIMESTORY_H
#define ABIDE_CHECKS_LIFETIMESTORY_H

#include "Diag.h"
#include "model/Outliving.h"
#include "model/ReturnedTasks.h"

namespace abide {

/// What becomes of the work after the object died: "but the work is returned".
std::string afterDeath(const WorkFate &Fate);

/// Where and why the object dies. Called is how to call it: "the closure 'f'"; empty: by its name.
void noteDeath(Diag &D, const Referent &Object, const Outliving &Out, std::string Called = "");

/// Where the coroutine sleeps, the decisions on the way, and where it uses the object, which is
/// called What: "captured 'n'".
void noteLateUse(Diag &D, const FunctionFacts &Coroutine, const LateUse &Late,
                 const std::string &What);

/// The same of a task whose coroutine may be in another unit. Lazy is what to say of one that no
/// unit shows.
void noteLaterUse(Diag &D, const TuModel &Model, const LaterUse &Later, const std::string &What,
                  const std::string &Lazy);

} // namespace abide

#endif

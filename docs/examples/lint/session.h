#pragma once
#include "store.h"

inline task greet() { co_return; }

/// Says hello, or so its author thinks.
inline task welcome() {
  greet();
  co_return;
}

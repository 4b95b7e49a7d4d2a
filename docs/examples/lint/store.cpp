#include "store.h"

void save(int entry) {
  if (entry % 16 == 0 && DURABLE)
    flush(entry);
}

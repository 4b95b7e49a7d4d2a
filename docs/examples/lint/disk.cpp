#include "store.h"
#include <unistd.h>

void flush(int file) { ::fsync(file); }

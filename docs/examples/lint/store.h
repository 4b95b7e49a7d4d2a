#pragma once
#include "task.h"

/// Appends to the journal.
void save(int entry);
/// Sees to it that the journal is on the disk.
void flush(int file);

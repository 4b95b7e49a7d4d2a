#include "session.h"

task record(int entry) {
  save(entry);
  co_await welcome();
}

/// On a thread of its own.
task record_slowly(int entry) {
  save(entry); // NOLINT(async-blocking-call)
  co_await welcome();
}

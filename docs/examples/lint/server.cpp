#include "session.h"

task record(int entry);

task serve() {
  co_await welcome();
  co_await record(16);
}

int main() { serve().handle.resume(); }

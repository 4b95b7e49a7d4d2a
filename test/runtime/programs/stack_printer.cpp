// Prints a stack; built with debug information, and stripped of everything.
#include <abide/stack.hpp>

#include <cstdio>

[[gnu::noinline]] static int innermost() {
  return std::fputs(abide::stack::capture().to_string().c_str(), stdout);
}

int main() { return innermost() < 0; }

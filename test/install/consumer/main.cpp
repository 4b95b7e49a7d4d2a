// A program of somebody else: uses the installed runtime, and says its version.
#include <abide/version.hpp>

#include <iostream>
#include <sstream>
#include <string>

int main() {
  std::ostringstream headers;
  headers << abide::version.major << '.' << abide::version.minor << '.' << abide::version.patch;
  if (headers.str() != PACKAGE_VERSION) {
    std::cerr << "the headers say " << headers.str() << ", the package " << PACKAGE_VERSION << '\n';
    return 1;
  }
  std::cout << headers.str() << '\n';
}

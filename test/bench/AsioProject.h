//===- AsioProject.h - A program over Boost.Asio to measure with -*- C++ -*-===//

#ifndef ABIDE_TEST_BENCH_ASIOPROJECT_H
#define ABIDE_TEST_BENCH_ASIOPROJECT_H

#include <filesystem>

namespace abide::test {

/// Writes sources and compile_commands.json into Root: Units translation units of a server, of some
/// two hundred lines each with the headers of the program, all over <boost/asio.hpp> and a changing
/// choice of standard headers. The same arguments give the same program.
void writeAsioProject(const std::filesystem::path &Root, unsigned Units);

} // namespace abide::test

#endif

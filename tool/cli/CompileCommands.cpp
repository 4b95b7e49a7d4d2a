//===- CompileCommands.cpp - Which translation units a run looks at -------===//

#include "CompileCommands.h"
#include "CommandLine.h"
#include "JsonProbe.h"
#include "Paths.h"
#include "clang/Driver/Types.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/JSONCompilationDatabase.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include <set>

using namespace llvm;
using namespace clang::tooling;

namespace abide {

char UsageError::ID = 0;
void UsageError::log(raw_ostream &OS) const { OS << Message; }
std::error_code UsageError::convertToErrorCode() const { return inconvertibleErrorCode(); }

namespace {

Error trouble(const Twine &Message) { return createStringError(inconvertibleErrorCode(), Message); }

/// Keeps where the parser of JSON stopped, and why; and whether some directory is relative.
class SyntaxProbe : public JsonProbe {
public:
  bool key(string_t &Key) override {
    AtDirectory = Key == "directory";
    return true;
  }
  bool string(string_t &Value) override {
    RelativeDirectory |= AtDirectory && !sys::path::is_absolute(Value);
    return true;
  }
  bool parse_error(size_t At, const std::string &Token,
                   const nlohmann::detail::exception &) override {
    Offset = At ? At - 1 : 0;
    LastToken = Token;
    return false;
  }
  size_t Offset = 0;
  std::string LastToken;
  bool RelativeDirectory = false;

private:
  bool AtDirectory = false;
};

/// A build system that runs commands anywhere writes "directory": ".", which is the current one.
std::string withAbsoluteDirectories(StringRef Text) {
  nlohmann::json J = nlohmann::json::parse(Text.begin(), Text.end());
  for (nlohmann::json &Entry : J)
    if (Entry.is_object() && Entry.contains("directory") && Entry["directory"].is_string())
      Entry["directory"] = absolutePath(Entry["directory"].get_ref<const std::string &>());
  return J.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Clang's reader prints its own errors of syntax; ours say where.
Error checkSyntax(StringRef Text, StringRef Path, SyntaxProbe &Probe) {
  if (nlohmann::json::sax_parse(Text.begin(), Text.end(), &Probe))
    return Error::success();
  StringRef Before = Text.take_front(Probe.Offset);
  size_t Line = Before.count('\n') + 1;
  size_t Column =
      Before.size() - (Before.rfind('\n') == StringRef::npos ? 0 : Before.rfind('\n') + 1);
  return trouble(Path + ":" + Twine(Line) + ":" + Twine(Column + 1) + ": malformed JSON after '" +
                 Probe.LastToken +
                 "'; generate the file again (CMake: -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)");
}

Expected<std::unique_ptr<CompilationDatabase>> loadJson(StringRef Path) {
  auto Buffer = MemoryBuffer::getFile(Path);
  if (!Buffer)
    return trouble("cannot read '" + Path + "': " + Buffer.getError().message());
  StringRef Text = (*Buffer)->getBuffer();
  if (Text.trim().empty())
    return trouble(Path + " is empty; generate it again (CMake: "
                          "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON)");
  SyntaxProbe Probe;
  if (Error E = checkSyntax(Text, Path, Probe))
    return E;
  std::string Absolute;
  if (Probe.RelativeDirectory)
    Text = Absolute = withAbsoluteDirectories(Text);
  std::string Message;
  std::unique_ptr<CompilationDatabase> Json =
      JSONCompilationDatabase::loadFromBuffer(Text, Message, JSONCommandLineSyntax::AutoDetect);
  if (!Json)
    return trouble(Path + ": not a compilation database: " + StringRef(Message).trim() +
                   " It is an array of objects with \"directory\", \"file\" and \"command\" or "
                   "\"arguments\"");
  if (Json->getAllFiles().empty())
    return trouble(Path + " lists no files; was the project configured with any target?");
  return Json;
}

struct Database {
  std::unique_ptr<CompilationDatabase> Commands;
  std::string Path;  ///< Empty when there is none, and explicit files use a plain command.
  bool Lists = true; ///< compile_flags.txt has flags, but no files.
};

Expected<Database> loadFrom(StringRef Path) {
  Database Out{nullptr, Path.str(), true};
  if (sys::path::filename(Path) == "compile_flags.txt") {
    std::string Message;
    Out.Commands = FixedCompilationDatabase::loadFromFile(Path, Message);
    Out.Lists = false;
    if (!Out.Commands)
      return trouble("cannot read '" + Path + "': " + StringRef(Message).trim());
    return Out;
  }
  auto Json = loadJson(Path);
  if (!Json)
    return Json.takeError();
  Out.Commands = inferTargetAndDriverMode(
      inferMissingCompileCommands(expandResponseFiles(std::move(*Json), vfs::getRealFileSystem())));
  return Out;
}

std::string searchUpward(StringRef Start) {
  static constexpr StringRef Places[] = {"compile_commands.json", "compile_flags.txt",
                                         "build/compile_commands.json"};
  for (StringRef At = Start; !At.empty(); At = sys::path::parent_path(At))
    for (StringRef Place : Places) {
      SmallString<256> Candidate(At);
      sys::path::append(Candidate, Place);
      if (sys::fs::exists(Candidate) || sys::fs::is_symlink_file(Candidate))
        return Candidate.str().str();
    }
  return "";
}

/// The path of the database; empty when there is none, which may be an error later.
Expected<std::string> findPath(const CliOptions &Options) {
  if (Options.BuildDir.empty()) {
    std::string Found = searchUpward(absolutePath("."));
    for (const std::string &Operand : Options.Operands)
      if (Found.empty())
        Found = searchUpward(sys::path::parent_path(absolutePath(Operand)));
    return Found;
  }
  std::string Path = absolutePath(Options.BuildDir);
  if (sys::fs::is_directory(Path)) {
    SmallString<256> Inside(Path);
    sys::path::append(Inside, "compile_commands.json");
    Path = Inside.str().str();
  }
  if (!sys::fs::exists(Path))
    return make_error<UsageError>("'" + Path +
                                  "' does not exist; '-p' names the build directory "
                                  "(CMake: -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)");
  return Path;
}

/// Source trees often have a symbolic link to the database of the build.
std::string buildDirOf(StringRef Database) {
  SmallString<256> Real;
  if (sys::path::filename(Database) == "compile_flags.txt" || sys::fs::real_path(Database, Real))
    return "";
  return sys::path::parent_path(Real).str();
}

Expected<Database> findDatabase(const CliOptions &Options) {
  std::string Cwd = absolutePath(".");
  if (Options.CompilerFlags) {
    Database Given{nullptr, "--", false};
    Given.Commands = std::make_unique<FixedCompilationDatabase>(Cwd, *Options.CompilerFlags);
    return Given;
  }
  Expected<std::string> Found = findPath(Options);
  if (!Found)
    return Found.takeError();
  if (!Found->empty())
    return loadFrom(*Found);
  if (Options.Operands.empty() || any_of(Options.Operands, [](const std::string &Operand) {
        return sys::fs::is_directory(Operand);
      }))
    return trouble("no compile_commands.json in '" + Cwd +
                   "' or above; name the build directory "
                   "with '-p' (CMake writes it with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)");
  Database Plain;
  Plain.Commands =
      std::make_unique<FixedCompilationDatabase>(Cwd, std::vector<std::string>{"-std=c++20"});
  Plain.Lists = false;
  return Plain;
}

/// Ours are checks of C++: a C or assembler file has nothing for them.
bool isCxx(const CompileCommand &Command) {
  namespace types = clang::driver::types;
  types::ID Type = types::lookupTypeForExtension(
      sys::path::extension(Command.Filename)
          .drop_front(!sys::path::extension(Command.Filename).empty()));
  for (size_t I = 0; I < Command.CommandLine.size(); ++I) {
    StringRef Arg = Command.CommandLine[I];
    if (!Arg.consume_front("-x"))
      continue;
    if (Arg.empty() && I + 1 < Command.CommandLine.size())
      Arg = Command.CommandLine[I + 1];
    Type = types::lookupTypeForTypeSpecifier(Arg.str().c_str());
    if (Arg == "none")
      Type = types::TY_INVALID;
  }
  // Clang takes an unknown extension for a linker's input; so does everyone who names a file so.
  return Type != types::TY_INVALID && types::isCXX(Type);
}

/// The build of a precompiled header is an entry of the database, but no translation unit.
bool isPrecompiledHeader(const CompileCommand &Command) {
  return is_contained(Command.CommandLine, "c++-header") &&
         sys::path::filename(Command.Filename).starts_with("cmake_pch");
}

class Selection {
public:
  Selection(Database &Db) : Db(Db) {}

  void everything() { fromDirectory(""); }

  Error operand(const std::string &Operand) {
    sys::fs::file_status Status;
    if (std::error_code EC = sys::fs::status(Operand, Status))
      return make_error<UsageError>("cannot open '" + Operand + "': " + EC.message());
    if (sys::fs::is_directory(Status))
      return directory(Operand);
    return file(Operand);
  }

  Program take() && {
    stable_sort(Out.Units, [](const auto &A, const auto &B) { return A.File < B.File; });
    return std::move(Out);
  }

private:
  Error directory(const std::string &Operand) {
    if (!Db.Lists)
      return trouble("'" + Db.Path + "' lists no files: name the files of '" + Operand + "'");
    std::string Path = absolutePath(Operand);
    if (!fromDirectory(Path == "/" ? Path : Path + "/"))
      return trouble("no C++ translation unit of '" + Db.Path + "' is in '" + Operand + "'");
    return Error::success();
  }

  Error file(const std::string &Operand) {
    std::string Path = absolutePath(Operand);
    std::vector<CompileCommand> Commands = Db.Commands->getCompileCommands(Path);
    if (Db.Path.empty())
      Out.Notes.push_back("no compile_commands.json found: '" + Operand +
                          "' is analysed with '-std=c++20' alone");
    bool Added = false;
    for (CompileCommand &Command : Commands)
      if (isCxx(Command) || !Db.Lists) {
        Command.Filename = Path;
        // A header's extension says C; a database that lists files infers better from them.
        if (!isCxx(Command))
          Command.CommandLine.insert(Command.CommandLine.begin() + 1, "-xc++");
        add(std::move(Command));
        Added = true;
      }
    if (!Added)
      Out.Notes.push_back("'" + Operand + "' is not C++: nothing to check");
    return Error::success();
  }

  bool fromDirectory(StringRef Prefix) {
    bool Any = false;
    for (CompileCommand &Command : Db.Commands->getAllCompileCommands()) {
      std::string Path = absolutePath(Command.Filename, Command.Directory);
      if (!StringRef(Path).starts_with(Prefix) || !isCxx(Command) || isPrecompiledHeader(Command))
        continue;
      Command.Filename = Path;
      add(std::move(Command));
      Any = true;
    }
    return Any;
  }

  void add(CompileCommand Command) {
    if (!Seen.insert({Command.Filename, Command.Directory, Command.CommandLine}).second)
      return;
    TranslationUnit Unit{Command.Filename, absolutePath(Command.Directory),
                         std::move(Command.CommandLine)};
    if (std::string Why = cannotRead(Unit); !Why.empty())
      Out.Failures.push_back({Failure::Kind::NotAnalysed, Unit.File, {}, Why, {}});
    else
      Out.Units.push_back(std::move(Unit));
  }

  std::string cannotRead(const TranslationUnit &Unit) {
    if (!sys::fs::is_directory(Unit.Directory))
      return "its build directory '" + Unit.Directory +
             "' does not exist; build the project, or "
             "generate compile_commands.json again";
    sys::fs::file_status Status;
    if (std::error_code EC = sys::fs::status(Unit.File, Status))
      return "cannot open it: " + EC.message() + "; '" + Db.Path + "' may be out of date";
    if (sys::fs::is_directory(Status))
      return "cannot read it: it is a directory";
    return "";
  }

  Database &Db;
  Program Out;
  std::set<std::tuple<std::string, std::string, std::vector<std::string>>> Seen;
};

} // namespace

Expected<std::string> findBuildDir(const CliOptions &Options) {
  Expected<std::string> Path = findPath(Options);
  return Path ? buildDirOf(*Path) : std::move(Path);
}

Expected<Program> loadProgram(const CliOptions &Options) {
  Expected<Database> Db = findDatabase(Options);
  if (!Db)
    return Db.takeError();
  Selection Select(*Db);
  if (Options.Operands.empty() && !Db->Lists)
    return trouble("'" + Db->Path + "' lists no files: name the files to analyse");
  if (Options.Operands.empty())
    Select.everything();
  for (const std::string &Operand : Options.Operands)
    if (Error E = Select.operand(Operand))
      return E;
  Program Selected = std::move(Select).take();
  if (sys::fs::exists(Db->Path))
    Selected.Database = Db->Path;
  std::vector<std::string> Roots;
  for (const std::string &Directory : Options.ThirdParty) {
    if (!sys::fs::is_directory(Directory))
      return make_error<UsageError>("'--third-party' names a directory, and '" + Directory +
                                    "' is none");
    Roots.push_back(absolutePath(Directory));
  }
  for (TranslationUnit &Unit : Selected.Units)
    treatAsSystem(Unit.Args, Unit.Directory, Roots);
  Selected.BuildDir = buildDirOf(Db->Path);
  return Selected;
}

} // namespace abide

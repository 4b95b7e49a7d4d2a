//===- RecordFiles.cpp - Records on disk ----------------------------------===//

#include "RecordFiles.h"
#include "Paths.h"
#include "Report.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace abide {
namespace {

template <typename T>
Expected<T> readWith(Expected<T> (*Read)(StringRef Bytes, StringRef Directory),
                     const std::string &Path, StringRef Cure) {
  auto Buffer = MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!Buffer)
    return createStringError(Buffer.getError(), "cannot read '" + Path +
                                                    "': " + Buffer.getError().message() + "; " +
                                                    Cure + " writes it");
  Expected<T> Value = Read((*Buffer)->getBuffer(), absolutePath("."));
  if (!Value)
    return createStringError(inconvertibleErrorCode(), "'" + Path + "' " +
                                                           toString(Value.takeError()) +
                                                           "; write it again: " + Cure);
  return Value;
}

} // namespace

Expected<Record> readRecordFile(const std::string &Path) {
  return readWith(readRecord, Path, "'abide summarize'");
}

Expected<std::vector<Facts>> readToldFile(const std::string &Path) {
  return readWith(readTold, Path, "'abide tell'");
}

std::string derivedName(const std::string &File, const std::string &Directory,
                        StringRef Extension) {
  if (Directory.empty())
    return File + Extension.str();
  const std::string Name = displayPath(absolutePath(File), absolutePath("."));
  return Directory + (Name.front() == '/' ? "/@" : "/") + Name + Extension.str();
}

/// A device must stay one.
static Error writeToDevice(const std::string &Path, function_ref<Error(raw_ostream &)> Write) {
  std::error_code EC;
  raw_fd_ostream Device(Path, EC);
  return EC ? errorCodeToError(EC) : Write(Device);
}

Error writeFile(const std::string &Path, StringRef Text) {
  auto Write = [&](raw_ostream &To) {
    To << Text;
    To.flush();
    // Its destructor would end the program.
    auto &File = static_cast<raw_fd_ostream &>(To);
    std::error_code EC = File.error();
    File.clear_error();
    return errorCodeToError(EC);
  };
  bool IsDevice = sys::fs::exists(Path) && !sys::fs::is_regular_file(Path);
  Error E = IsDevice ? writeToDevice(Path, Write) : writeToOutput(Path, Write);
  if (!E)
    return Error::success();
  return createStringError(inconvertibleErrorCode(),
                           "cannot write '" + Path + "': " + toString(std::move(E)));
}

Error writeFileIfNew(const std::string &Path, StringRef Text) {
  auto Old = MemoryBuffer::getFile(Path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (Old && (*Old)->getBuffer() == Text)
    return Error::success();
  StringRef Directory = sys::path::parent_path(Path);
  std::error_code EC;
  if (!Directory.empty())
    EC = sys::fs::create_directories(Directory);
  if (EC)
    return createStringError(EC, "cannot write '" + Path + "': " + EC.message());
  return writeFile(Path, Text);
}

Records readRecordFiles(ArrayRef<std::string> Paths) {
  Records All;
  for (const std::string &Path : Paths) {
    Expected<Record> R = readRecordFile(Path);
    if (R) {
      All.Read.push_back(std::move(*R));
      All.Paths.push_back(Path);
    } else {
      All.Lost.push_back(
          {Failure::Kind::NotAnalysed, absolutePath(Path), {}, toString(R.takeError()), {}});
    }
  }
  return All;
}

} // namespace abide

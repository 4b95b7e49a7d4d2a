#include "history.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace chat {
namespace {

constexpr std::size_t lines_in_memory = 50;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

history::history(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  if (file_ < 0)
    fail("cannot open the history");
}

history::~history() {
  writer_.join();
  ::close(file_);
}

void history::append(std::string line) {
  recent_.push_back(line);
  if (recent_.size() > lines_in_memory)
    recent_.pop_front();
  asio::post(writer_, [this, line = std::move(line) + '\n'] {
    try {
      write_line(line);
    } catch (const std::system_error& e) {
      std::clog << e.what() << '\n';
    }
  });
}

void history::write_line(const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t written = ::write(file_, line.data() + done, line.size() - done);
    if (written < 0)
      fail("cannot write the history");
    done += static_cast<std::size_t>(written);
  }
  commit();
}

void history::commit() {
  if (::fsync(file_) != 0)
    fail("cannot flush the history");
}

} // namespace chat

#include <abide/detail/loop_core.hpp>
#include <abide/detail/report_text.hpp>
#include <abide/log.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace abide {
namespace {

log_settings from_environment() {
  auto text = [](const char *name) {
    const char *value = std::getenv(name);
    return std::string(value ? value : "");
  };
  log_settings result;
  const std::string level = text("ABIDE_LOG");
  if (level == "info")
    result.least = severity::info;
  else if (level == "error")
    result.least = severity::error;
  result.off = level == "off";
  if (text("ABIDE_LOG_FORMAT") == "json")
    result.as = log_settings::format::json;
  result.fatal = !text("ABIDE_DEBUG_FATAL").empty();
  return result;
}

struct record {
  report what; // without its exception, which would else die on the writer's thread
  std::string thrown;
  log_settings how;
};

std::string line_of(const record &one) {
  if (one.how.as == log_settings::format::json)
    return detail::json_of(one.what, one.thrown) + "\n";
  constexpr std::string_view names[] = {"info", "warning", "error"};
  return "abide: " + std::string(names[static_cast<std::size_t>(one.what.level)]) + ": " +
         detail::text_of(one.what, one.thrown) + "\n";
}

/// Waits for the descriptor: only for the writer's thread.
void write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EAGAIN) {
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
      continue;
    }
    if (count < 0 && errno != EINTR)
      return;
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }
}

/// Gives up when the descriptor takes no more: a pipe that can be written takes PIPE_BUF bytes.
void write_at_once(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    pollfd writable{fd, POLLOUT, 0};
    if (::poll(&writable, 1, 0) <= 0)
      return;
    const ssize_t count = ::write(fd, text.data(), std::min<std::size_t>(text.size(), 4096));
    if (count <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// How many reports of one kind came in this second.
struct rate {
  time_point begin{};
  unsigned passed = 0;
  std::uint64_t suppressed = 0;
};

/// Lives for ever: threads may report during the end of the process.
class logger {
public:
  static logger &get() {
    static logger *const only = make();
    return *only;
  }

  log_settings settings() {
    const std::lock_guard hold(mutex_);
    return settings_;
  }
  void set(const log_settings &settings) {
    const std::lock_guard hold(mutex_);
    settings_ = settings;
    for (std::size_t kind = 0; kind < rates_.size(); ++kind) {
      tell_suppressed(static_cast<report_kind>(kind));
      rates_[kind] = {};
    }
  }

  /// False when it is not to be written.
  bool add(const report &what) {
    std::unique_lock hold(mutex_);
    const bool asked_for = what.kind == report_kind::task_dump;
    if (settings_.off || (what.level < settings_.least && !asked_for))
      return false;
    if (!pass(what.kind))
      return false;
    record added{{}, "", settings_};
    hold.unlock(); // what an exception says of itself is code of the program
    added.what = what;
    added.thrown = detail::thrown_by(what);
    added.what.exception = nullptr;
    hold.lock();
    if (exiting_) {
      hold.unlock();
      write_at_once(added.how.fd, line_of(added));
      return true;
    }
    if (queue_.size() < max_queue)
      queue_.push_back(std::move(added));
    else
      ++dropped_;
    start();
    wake_.notify_one();
    return true;
  }

  bool flush(duration patience) {
    std::unique_lock hold(mutex_);
    for (std::size_t kind = 0; kind < rates_.size(); ++kind)
      tell_suppressed(static_cast<report_kind>(kind));
    if (queue_.empty() && !writing_)
      return true;
    start();
    wake_.notify_one();
    return empty_.wait_for(hold, patience, [this] { return queue_.empty() && !writing_; });
  }

  // A second for a descriptor that is full; on a busy machine names may need more.
  void exit() {
    constexpr int most = 10;
    for (int i = 0; i < most && !flush(std::chrono::seconds(1)); ++i)
      if (const std::lock_guard hold(mutex_); !naming_)
        break;
    const std::lock_guard hold(mutex_);
    exiting_ = true;
  }

private:
  static constexpr std::size_t max_queue = 1024;

  static logger *make() {
    auto *made = new logger;
    ::pthread_atfork([] { get().mutex_.lock(); }, [] { get().mutex_.unlock(); },
                     [] { get().forked(); });
    std::atexit([] { get().exit(); });
    return made;
  }

  /// In the child there is no writer, and what stands in the queue is the parent's.
  void forked() {
    new (&wake_) std::condition_variable;
    new (&empty_) std::condition_variable;
    queue_.clear();
    detail::own_threads.fetch_sub(started_, std::memory_order_relaxed);
    started_ = writing_ = naming_ = false;
    mutex_.unlock();
  }

  bool pass(report_kind kind) {
    rate &seen = rates_[static_cast<std::size_t>(kind)];
    const time_point now = clock::now();
    if (now - seen.begin >= std::chrono::seconds(1)) {
      tell_suppressed(kind);
      seen.begin = now;
      seen.passed = 0;
    }
    if (!settings_.per_second || seen.passed < settings_.per_second) {
      ++seen.passed;
      return true;
    }
    ++seen.suppressed;
    return false;
  }

  void tell_suppressed(report_kind kind) {
    rate &seen = rates_[static_cast<std::size_t>(kind)];
    const std::uint64_t count = std::exchange(seen.suppressed, 0);
    if (count && !exiting_)
      queue_.push_back(notice(std::to_string(count) + " more reports of the kind " +
                              std::string(to_string(kind)) + " were suppressed"));
  }

  record notice(std::string message) const {
    return {{severity::warning, std::move(message), "", nullptr}, "", settings_};
  }

  void start() {
    if (started_)
      return;
    // Signals are for the threads of the program.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    auto body = [](void *self) -> void * {
      detail::own_threads.fetch_add(1, std::memory_order_relaxed);
      static_cast<logger *>(self)->run();
      return nullptr;
    };
    if (::pthread_create(&thread, nullptr, body, this) == 0) {
      started_ = true;
      ::pthread_setname_np(thread, "abide-log");
      ::pthread_detach(thread);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  [[noreturn]] void run() {
    std::unique_lock hold(mutex_);
    for (;;) {
      wake_.wait(hold, [this] { return !queue_.empty(); });
      record next = std::move(queue_.front());
      queue_.pop_front();
      std::string lost;
      if (dropped_)
        lost = line_of(notice(std::to_string(std::exchange(dropped_, 0)) +
                              " reports were dropped: they came faster than they were written"));
      writing_ = naming_ = true;
      hold.unlock();
      const std::string text = line_of(next) + lost;
      hold.lock();
      naming_ = false;
      hold.unlock();
      write_all(next.how.fd, text);
      hold.lock();
      writing_ = false;
      if (queue_.empty())
        empty_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable empty_;
  log_settings settings_ = from_environment();
  std::deque<record> queue_;
  std::array<rate, report_kinds> rates_;
  std::uint64_t dropped_ = 0;
  bool started_ = false;
  bool writing_ = false; // the writer has taken one from the queue
  bool naming_ = false;  // and puts it into words
  bool exiting_ = false;
};

} // namespace

log_settings get_log_settings() { return logger::get().settings(); }

void set_log_settings(const log_settings &settings) { logger::get().set(settings); }

void log_report(const report &what) noexcept {
  try {
    if (!logger::get().add(what) || what.level < severity::warning ||
        !logger::get().settings().fatal)
      return;
    flush_log();
  } catch (...) {
    write_at_once(2, "abide: error: out of memory while reporting\n");
    return;
  }
  std::abort();
}

bool flush_log(duration patience) { return logger::get().flush(patience); }

} // namespace abide

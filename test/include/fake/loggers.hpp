// Loggers of several libraries, with the signatures and the macros that the checks see.
#pragma once
#include <string>

extern "C" {
void syslog(int, const char *, ...);
int sd_journal_send_with_location(const char *, const char *, const char *, const char *, ...);
}
#define sd_journal_send(...)                                                                       \
  sd_journal_send_with_location("CODE_FILE=x", "CODE_LINE=1", __func__, __VA_ARGS__)

namespace spdlog {
namespace level {
enum level_enum { info, warn };
}
class logger {
public:
  virtual ~logger() = default;
  template <class... Args> void log(level::level_enum, const char *, Args &&...) { sink_it_(); }
  template <class... Args> void info(const char *format, Args &&...args) {
    log(level::info, format, args...);
  }
  template <class T> void warn(const T &) { log(level::warn, "{}"); }
  bool should_log(level::level_enum) const;
  void flush();

protected:
  virtual void sink_it_();
};
class async_logger final : public logger {
protected:
  void sink_it_() override;
};
logger *default_logger_raw();
template <class... Args> void info(const char *format, Args &&...args) {
  default_logger_raw()->info(format, args...);
}
} // namespace spdlog
#define SPDLOG_WARN(...) (spdlog::default_logger_raw())->log(spdlog::level::warn, __VA_ARGS__)

namespace google {
struct LogMessage {
  LogMessage(const char *file, int line);
  LogMessage(const LogMessage &) = delete;
  ~LogMessage();
  LogMessage &stream();
  LogMessage &operator<<(const char *);
};
} // namespace google
#define LOG(severity) google::LogMessage(__FILE__, __LINE__).stream()

namespace boost::log {
inline namespace v2s_mt_posix {
struct record {
  bool operator!() const;
};
namespace aux {
template <class Logger> struct record_pump {
  record_pump(Logger &, record &);
  ~record_pump();
  record_pump &stream();
  record_pump &operator<<(const char *);
};
template <class Logger> record_pump<Logger> make_record_pump(Logger &logger, record &r) {
  return record_pump<Logger>(logger, r);
}
} // namespace aux
namespace sources {
struct logger {
  record open_record();
};
} // namespace sources
} // namespace v2s_mt_posix
} // namespace boost::log
#define BOOST_LOG(logger)                                                                          \
  for (::boost::log::record record_ = (logger).open_record(); !!record_;)                          \
  ::boost::log::aux::make_record_pump((logger), record_).stream()

namespace Poco {
class Logger {
public:
  void log(const std::string &);
  void information(const std::string &text) { log(text); }
  bool information() const;
};
} // namespace Poco

namespace log4cplus {
class Logger {};
namespace detail {
void macro_forced_log(const Logger &, int, const char *, const char *, int, const char *);
}
} // namespace log4cplus
#define LOG4CPLUS_INFO(logger, text)                                                               \
  log4cplus::detail::macro_forced_log(logger, 20000, text, __FILE__, __LINE__, __func__)

struct QDebug {
  QDebug &operator<<(const char *);
};
struct QNoDebug {};
class QMessageLogger {
public:
  QMessageLogger(const char *file, int line, const char *function);
  QDebug info() const;
  void info(const char *, ...) const;
  QNoDebug noDebug() const noexcept;
};
#define qInfo QMessageLogger(__FILE__, __LINE__, __func__).info

// The watchdog for Boost.Asio without any call: compile every file of the program with
//   -DBOOST_ASIO_CUSTOM_HANDLER_TRACKING="<abide/asio_tracking.hpp>"
// and make an abide::watchdog. A handler that runs for longer than the threshold is reported, with
// its stack and the operation that it completes. Costs two stores and a look at a thread-local per
// handler; no posts, so a context that is stopped or not run is no trouble.
#pragma once

namespace abide::detail {

/// What each operation of Asio inherits: which operation it is. Both are string literals of Asio.
/// The names must hide none of its own.
struct tracked_handler {
  const char *abide_object = nullptr, *abide_operation = nullptr;

protected:
  ~tracked_handler() = default;
};

/// The handler of `which` begins or ends on this thread; they may nest.
void handler_begins(const tracked_handler &which);
void handler_ends() noexcept;

template <class Context, class Number>
void handler_created(Context &, tracked_handler &made, const char *object, void *, Number,
                     const char *operation) noexcept {
  made.abide_object = object;
  made.abide_operation = operation;
}

/// Lives while a handler is called; when that throws, it ends there.
class tracked_completion_scope {
public:
  explicit tracked_completion_scope(const tracked_handler &which) noexcept : which_(which) {}
  ~tracked_completion_scope() { end(); }
  tracked_completion_scope(const tracked_completion_scope &) = delete;
  tracked_completion_scope &operator=(const tracked_completion_scope &) = delete;

  template <class... A> void begin(const A &...) {
    handler_begins(which_);
    running_ = true;
  }
  void end() noexcept {
    if (running_)
      handler_ends();
    running_ = false;
  }

private:
  // A copy: the operation is freed before its handler is called.
  struct copy : tracked_handler {
    explicit copy(const tracked_handler &from) noexcept : tracked_handler(from) {}
  } which_;
  bool running_ = false;
};

} // namespace abide::detail

#define BOOST_ASIO_INHERIT_TRACKED_HANDLER : public ::abide::detail::tracked_handler
#define BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER , public ::abide::detail::tracked_handler
#define BOOST_ASIO_HANDLER_TRACKING_INIT (void)0
#define BOOST_ASIO_HANDLER_LOCATION(where) (void)0
#define BOOST_ASIO_HANDLER_CREATION(made) ::abide::detail::handler_created made
#define BOOST_ASIO_HANDLER_COMPLETION(which)                                                       \
  ::abide::detail::tracked_completion_scope tracked_completion which
#define BOOST_ASIO_HANDLER_INVOCATION_BEGIN(arguments) tracked_completion.begin arguments
#define BOOST_ASIO_HANDLER_INVOCATION_END tracked_completion.end()
#define BOOST_ASIO_HANDLER_OPERATION(what) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_REGISTRATION(what) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_DEREGISTRATION(what) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_READ_EVENT 1
#define BOOST_ASIO_HANDLER_REACTOR_WRITE_EVENT 2
#define BOOST_ASIO_HANDLER_REACTOR_ERROR_EVENT 4
#define BOOST_ASIO_HANDLER_REACTOR_EVENTS(what) (void)0
#define BOOST_ASIO_HANDLER_REACTOR_OPERATION(what) (void)0

// Boost.Asio and abide in one program. Not part of abide.hpp; needs Boost 1.81 or newer.
//
//     io_context context;
//     run(talk(context), {.waits = std::make_unique<asio_poller>(context)});
//
// within whose tasks every Asio operation can be awaited, with the token use_task or deferred:
//
//     const std::size_t count = co_await socket.async_read_some(buffer(bytes), use_task);
#pragma once

#include <abide/detail/waiter.hpp>
#include <abide/epoll.hpp>
#include <abide/loop.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/system_error.hpp>

#include <tuple>

namespace abide {

/// The completion token for tasks of this library.
struct use_task_t {};
inline constexpr use_task_t use_task{};

/// Runs an io_context and a loop in one thread: whenever the loop would sleep, the context runs.
/// Handlers of the context run on the thread of the loop, between its callbacks. What they throw
/// leaves run_forever(). The context must live longer, and be run by nobody else.
class asio_poller final : public poller {
public:
  explicit asio_poller(boost::asio::io_context &context)
      : context_(context), watched_(context, ::dup(real_.descriptor())) {}
  ~asio_poller() override {
    boost::system::error_code ignored;
    watched_.close(ignored);
    context_.restart();
    while (armed_ && context_.run_one() > 0) // our handler refers to this object
      ;
  }

  time_point now() noexcept override { return real_.now(); }
  void add(int fd, interest what, watcher &who) override { real_.add(fd, what, who); }
  void modify(int fd, interest what, watcher &who) override { real_.modify(fd, what, who); }
  void remove(int fd) noexcept override { real_.remove(fd); }
  void wake() noexcept override { real_.wake(); }
  void wait(std::optional<time_point> deadline) override {
    if (!armed_) {
      armed_ = true;
      watched_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [this](boost::system::error_code) { armed_ = false; });
    }
    context_.restart();
    if (!deadline)
      context_.run_one();
    else if (*deadline != at_once)
      context_.run_one_until(*deadline);
    context_.poll();
    real_.wait(at_once);
  }

  const boost::asio::io_context &context() const noexcept { return context_; }

private:
  epoll_poller real_;
  boost::asio::io_context &context_;
  boost::asio::posix::stream_descriptor watched_; // readable when real_ has news
  bool armed_ = false;
};

namespace detail {

/// An Asio operation in flight: shared by the task that waits, on the thread of its loop, and by
/// the handler, on whatever thread the context runs.
template <class... A> class asio_flight final : public work {
public:
  explicit asio_flight(loop_core &core) : core_(&core), mail_(core.mail()) {}

  /// The handler. `self` keeps this alive on the way home.
  void complete(std::shared_ptr<asio_flight> self, A... values) {
    result_.emplace(static_cast<A &&>(values)...);
    if (running_core == core_) {
      arrive();
      return;
    }
    self_ = std::move(self);
    if (!mail_->post(*this))
      self_.reset();
  }
  void run() override {
    const std::shared_ptr<asio_flight> keep = std::move(self_);
    arrive();
  }
  void drop() noexcept override { self_.reset(); }
  std::string describe() const override { return "<end of an Asio operation>"; }

  boost::asio::cancellation_signal &signal() noexcept { return signal_; }
  std::optional<std::tuple<A...>> &result() noexcept { return result_; }
  /// Who waits; null when it does no more.
  waiter *waiting = nullptr;

private:
  void arrive() {
    if (waiting)
      std::exchange(waiting, nullptr)->wake();
  }
  loop_core *core_; // only compared by other threads
  std::shared_ptr<inbox> mail_;
  std::optional<std::tuple<A...>> result_;
  std::shared_ptr<asio_flight> self_;
  boost::asio::cancellation_signal signal_;
};

/// Values without their error.
template <class... T> auto asio_values(T &&...values) {
  if constexpr (sizeof...(T) == 1)
    return std::get<0>(std::tuple<T &&...>(static_cast<T &&>(values)...));
  else if constexpr (sizeof...(T) > 1)
    return std::tuple<std::remove_cvref_t<T>...>(static_cast<T &&>(values)...);
}

inline void asio_check(const boost::system::error_code &error, bool cancelled) {
  if (error == boost::asio::error::operation_aborted && cancelled)
    throw cancelled_error();
  if (error)
    throw boost::system::system_error(error, "abide: an Asio operation");
}
inline void asio_check(const std::exception_ptr &error, bool) {
  if (error)
    std::rethrow_exception(error);
}
template <class T>
concept asio_error =
    std::same_as<T, boost::system::error_code> || std::same_as<T, std::exception_ptr>;

/// What the task waits on. A cancellation asks the operation to stop, and waits until it has, for
/// it may use memory of the task until then. An operation that ends otherwise in spite of it gives
/// its result, and the cancellation comes at the next suspension.
template <class Start, class Executor, class... A> class asio_awaiter final : public waiter {
public:
  asio_awaiter(Start start, Executor executor)
      : start_(std::move(start)), executor_(std::move(executor)) {}
  ~asio_awaiter() {
    if (!waiting())
      return;
    flight_->waiting = nullptr;
    if (at_home()) // else its object, which is likely to die with the frame, stops it
      emit();
  }
  bool cancel() noexcept override {
    if (awake_ || cancelled_)
      return false;
    cancelled_ = true;
    emit();
    return true;
  }
  auto await_resume() {
    const bool before_its_turn = task_->take_cancellation();
    return std::apply(
        [&]<class... V>(V &&...values) {
          return this->unpack(before_its_turn, static_cast<V &&>(values)...);
        },
        std::move(*flight_->result()));
  }

private:
  void begin() override {
    flight_ = std::make_shared<asio_flight<A...>>(task_->core());
    flight_->waiting = this;
    auto handler = [flight = flight_](A... values) {
      flight->complete(flight, static_cast<A &&>(values)...);
    };
    start_(boost::asio::bind_cancellation_slot(flight_->signal().slot(), std::move(handler)));
  }
  void withdraw() noexcept override {}
  /// The operation runs on the thread of this loop.
  bool at_home() const {
    const auto *driver = dynamic_cast<const asio_poller *>(&task_->core().waits());
    if (!driver)
      return false;
    if constexpr (std::same_as<Executor, boost::asio::system_executor>)
      return true; // it has not said where it runs
    else
      return &boost::asio::query(executor_, boost::asio::execution::context) == &driver->context();
  }
  /// On the thread where the operation runs, for a signal is no affair of two threads.
  void emit() noexcept {
    try {
      auto stop = [flight = flight_] {
        flight->signal().emit(boost::asio::cancellation_type::terminal);
      };
      if (at_home())
        stop();
      else
        boost::asio::dispatch(executor_, std::move(stop));
    } catch (...) { // it goes on then, to its end
    }
  }
  void again() {
    task_->cancel();
    task_->uncancel();
  }
  template <class V, class... More> auto unpack(bool late, V &&first, More &&...more) {
    if constexpr (asio_error<std::remove_cvref_t<V>>) {
      asio_check(first, cancelled_ || late);
      if (cancelled_ || late)
        again();
      return asio_values(static_cast<More &&>(more)...);
    } else {
      if (cancelled_ || late)
        again();
      return asio_values(static_cast<V &&>(first), static_cast<More &&>(more)...);
    }
  }
  auto unpack(bool late) {
    if (cancelled_ || late)
      again();
  }

  Start start_;
  Executor executor_;
  std::shared_ptr<asio_flight<A...>> flight_;
};

} // namespace detail

/// What an operation gives with the token use_task; co_await it, once. It starts then.
template <class Start, class Executor, class... A> class [[nodiscard]] asio_operation {
public:
  asio_operation(Start start, Executor executor)
      : start_(std::move(start)), executor_(std::move(executor)) {}
  auto operator co_await() && {
    return detail::asio_awaiter<Start, Executor, std::decay_t<A>...>(std::move(start_),
                                                                     std::move(executor_));
  }

private:
  Start start_;
  Executor executor_;
};

namespace detail {
template <class... A, class Start, class Executor>
auto make_asio_operation(Start start, Executor executor) {
  return asio_operation<Start, Executor, A...>(std::move(start), std::move(executor));
}
} // namespace detail

} // namespace abide

namespace boost::asio {

template <class... A> class async_result<abide::use_task_t, void(A...)> {
public:
  template <class Initiation, class... Arguments>
  static auto initiate(Initiation initiation, abide::use_task_t, Arguments... arguments) {
    auto executor = boost::asio::get_associated_executor(initiation);
    return abide::detail::make_asio_operation<A...>(
        [initiation = std::move(initiation),
         arguments = std::make_tuple(std::move(arguments)...)](auto handler) mutable {
          std::apply(
              [&](auto &...each) { std::move(initiation)(std::move(handler), std::move(each)...); },
              arguments);
        },
        std::move(executor));
  }
};

/// `co_await socket.async_read_some(buffer, deferred)`. It does not say where it runs: when another
/// thread runs the context, take use_task.
template <class... A, class Initiation, class... Arguments>
auto operator co_await(deferred_async_operation<void(A...), Initiation, Arguments...> &&operation) {
  return abide::detail::make_asio_operation<A...>(
             [operation = std::move(operation)](auto handler) mutable {
               std::move(operation)(std::move(handler));
             },
             boost::asio::system_executor())
      .operator co_await();
}

} // namespace boost::asio

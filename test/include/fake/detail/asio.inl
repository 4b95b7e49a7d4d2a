// The body of fake/asio.hpp and fake/boost_asio.hpp, which differ in namespace alone.
// ABIDE_FAKE_ASIO is the namespace. No include guard: one program may use both.

namespace ABIDE_FAKE_ASIO {

using error_code = std::error_code;
using system_error = std::system_error;
namespace error {
enum basic_errors { operation_aborted = 125, eof = 2 };
std::error_code make_error_code(basic_errors);
} // namespace error
class execution_context {};
class io_context;

class any_io_executor {
public:
  any_io_executor() noexcept = default;
  template <class Executor> any_io_executor(Executor) noexcept {}
  explicit operator bool() const noexcept;
};

class io_context : public execution_context {
public:
  struct executor_type {
    io_context &context() const noexcept;
  };
  explicit io_context(int concurrency_hint = 1);
  executor_type get_executor() noexcept;
  std::size_t run();
  std::size_t run_one();
  template <class Rep, class Period>
  std::size_t run_for(const std::chrono::duration<Rep, Period> &);
  std::size_t poll();
  void stop();
  void restart();
};

class thread_pool : public execution_context {
public:
  struct executor_type {};
  explicit thread_pool(std::size_t threads = 2);
  executor_type get_executor() noexcept;
  void join();
  void wait();
  void stop();
};

struct system_executor {};
template <class Executor = any_io_executor> class strand {
public:
  explicit strand(const Executor &);
};
template <class Executor> strand<Executor> make_strand(const Executor &);
strand<any_io_executor> make_strand(io_context &);

namespace this_coro {
struct executor_t {};
struct cancellation_state_t {};
struct reset_cancellation_state_t {};
reset_cancellation_state_t reset_cancellation_state();
inline constexpr executor_t executor;
inline constexpr cancellation_state_t cancellation_state;
} // namespace this_coro

struct cancellation_state {
  bool cancelled() const noexcept;
};

template <class T, class Executor = any_io_executor> class awaitable;

template <class Executor = any_io_executor> struct use_awaitable_t {};
inline constexpr use_awaitable_t<> use_awaitable;
struct detached_t {};
inline constexpr detached_t detached;
template <class Allocator = std::allocator<void>> struct use_future_t {};
inline constexpr use_future_t<> use_future;
struct deferred_t {};
inline constexpr deferred_t deferred;
template <class Token> struct as_tuple_t {
  Token token;
};
template <class Token> as_tuple_t<Token> as_tuple(Token) { std::terminate(); }
template <class Token> struct redirect_error_t {
  Token token;
  error_code &ec;
};
template <class Token> redirect_error_t<Token> redirect_error(Token, error_code &) {
  std::terminate();
}

template <class T> class deferred_async_operation;

namespace detail {

template <class T, class Token> struct initiated {
  using type = void; // a completion handler
};
template <class T, class Executor> struct initiated<T, use_awaitable_t<Executor>> {
  using type = awaitable<T, Executor>;
};
template <class T, class Allocator> struct initiated<T, use_future_t<Allocator>> {
  using type = std::future<T>;
};
template <class T> struct initiated<T, deferred_t> {
  using type = deferred_async_operation<T>;
};
template <class T, class Token>
struct initiated<T, as_tuple_t<Token>> : initiated<std::tuple<error_code, T>, Token> {};
template <class Token>
struct initiated<void, as_tuple_t<Token>> : initiated<std::tuple<error_code>, Token> {};
template <class T, class Token>
struct initiated<T, redirect_error_t<Token>> : initiated<T, Token> {};
template <class T, class Token>
using initiated_t = typename initiated<T, std::decay_t<Token>>::type;

template <class Executor> class awaitable_frame_base {
public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  auto final_suspend() noexcept {
    struct result {
      awaitable_frame_base *self;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) noexcept { self->pop_frame(); }
      void await_resume() const noexcept {}
    };
    return result{this};
  }

  void unhandled_exception();

  template <class T> auto await_transform(awaitable<T, Executor> a) const { return a; }

  template <class T> auto await_transform(deferred_async_operation<T> op) {
    return std::move(op)(use_awaitable_t<Executor>{});
  }

  auto await_transform(this_coro::executor_t) noexcept {
    struct result {
      bool await_ready() const noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      Executor await_resume() const noexcept { return {}; }
    };
    return result{};
  }

  auto await_transform(this_coro::reset_cancellation_state_t) noexcept {
    return std::suspend_never();
  }

  auto await_transform(this_coro::cancellation_state_t) noexcept {
    struct result {
      bool await_ready() const noexcept { return true; }
      void await_suspend(std::coroutine_handle<>) noexcept {}
      cancellation_state await_resume() const noexcept { return {}; }
    };
    return result{};
  }

  void push_frame(awaitable_frame_base *caller);
  void pop_frame() noexcept;
  void destroy() { coro_.destroy(); }

protected:
  std::coroutine_handle<> coro_ = nullptr;
};

template <class T, class Executor> class awaitable_frame : public awaitable_frame_base<Executor> {
public:
  awaitable<T, Executor> get_return_object() noexcept {
    this->coro_ = std::coroutine_handle<awaitable_frame>::from_promise(*this);
    return awaitable<T, Executor>(this);
  }
  template <class U> void return_value(U &&);
  T get();
};

template <class Executor>
class awaitable_frame<void, Executor> : public awaitable_frame_base<Executor> {
public:
  awaitable<void, Executor> get_return_object() {
    this->coro_ = std::coroutine_handle<awaitable_frame>::from_promise(*this);
    return awaitable<void, Executor>(this);
  }
  void return_void();
  void get();
};

} // namespace detail

// Lazy, an awaiter by itself, awaited through its promise's await_transform alone.
template <class T, class Executor> class [[nodiscard]] awaitable {
public:
  using value_type = T;
  using executor_type = Executor;

  constexpr awaitable() noexcept = default;
  awaitable(awaitable &&other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  ~awaitable() {
    if (frame_)
      frame_->destroy();
  }
  awaitable &operator=(awaitable &&other) noexcept {
    if (this != &other)
      frame_ = std::exchange(other.frame_, nullptr);
    return *this;
  }
  bool valid() const noexcept { return !!frame_; }

  bool await_ready() const noexcept { return false; }
  template <class U>
  void await_suspend(std::coroutine_handle<detail::awaitable_frame<U, Executor>> h) {
    frame_->push_frame(&h.promise());
  }
  T await_resume() { return frame_->get(); }

private:
  friend class detail::awaitable_frame<T, Executor>;
  explicit awaitable(detail::awaitable_frame<T, Executor> *frame) : frame_(frame) {}
  detail::awaitable_frame<T, Executor> *frame_ = nullptr;
};

// An operation that starts when its call operator gets a token, or when it is awaited.
template <class T> class [[nodiscard]] deferred_async_operation {
public:
  template <class Token> detail::initiated_t<T, Token> operator()(Token &&) && { std::terminate(); }
};

template <class Executor, class T, class AwaitableExecutor, class Token>
detail::initiated_t<T, Token> co_spawn(const Executor &, awaitable<T, AwaitableExecutor>,
                                       Token &&) {
  std::terminate();
}
template <class Executor, class F, class Token,
          class T = typename std::invoke_result_t<std::decay_t<F> &>::value_type>
detail::initiated_t<T, Token> co_spawn(const Executor &, F &&, Token &&) {
  std::terminate();
}
template <class T, class AwaitableExecutor, class Token>
detail::initiated_t<T, Token> co_spawn(io_context &, awaitable<T, AwaitableExecutor>, Token &&) {
  std::terminate();
}
template <class F, class Token,
          class T = typename std::invoke_result_t<std::decay_t<F> &>::value_type>
detail::initiated_t<T, Token> co_spawn(io_context &, F &&, Token &&) {
  std::terminate();
}
template <class T, class AwaitableExecutor, class Token>
detail::initiated_t<T, Token> co_spawn(thread_pool &, awaitable<T, AwaitableExecutor>, Token &&) {
  std::terminate();
}
template <class F, class Token,
          class T = typename std::invoke_result_t<std::decay_t<F> &>::value_type>
detail::initiated_t<T, Token> co_spawn(thread_pool &, F &&, Token &&) {
  std::terminate();
}

template <class Executor, class Token = deferred_t>
detail::initiated_t<void, Token> post(const Executor &, Token && = {}) {
  std::terminate();
}
template <class Token> detail::initiated_t<void, Token> post(io_context &, Token &&) {
  std::terminate();
}
template <class Token> detail::initiated_t<void, Token> post(thread_pool &, Token &&) {
  std::terminate();
}
template <class Executor, class Token = deferred_t>
detail::initiated_t<void, Token> dispatch(const Executor &, Token && = {}) {
  std::terminate();
}
template <class Token> detail::initiated_t<void, Token> dispatch(io_context &, Token &&) {
  std::terminate();
}
template <class Executor, class Token>
detail::initiated_t<void, Token> defer(const Executor &, Token &&) {
  std::terminate();
}

struct mutable_buffer {
  void *data;
  std::size_t size;
};
struct const_buffer {
  const void *data;
  std::size_t size;
};
mutable_buffer buffer(void *, std::size_t);
template <class Container> mutable_buffer buffer(Container &);

template <class Clock, class WaitTraits = void, class Executor = any_io_executor>
class basic_waitable_timer {
public:
  template <class Context> explicit basic_waitable_timer(Context &&);
  template <class Context, class Rep, class Period>
  basic_waitable_timer(Context &&, const std::chrono::duration<Rep, Period> &);
  template <class Rep, class Period>
  std::size_t expires_after(const std::chrono::duration<Rep, Period> &);
  void wait();
  std::size_t cancel();
  template <class Token = deferred_t> detail::initiated_t<void, Token> async_wait(Token && = {}) {
    std::terminate();
  }
};
using steady_timer = basic_waitable_timer<std::chrono::steady_clock>;
using system_timer = basic_waitable_timer<std::chrono::system_clock>;

class socket_base {};

template <class Protocol, class Executor = any_io_executor>
class basic_socket : public socket_base {
public:
  void connect(const typename Protocol::endpoint &);
  void connect(const typename Protocol::endpoint &, error_code &);
  template <class Token = deferred_t>
  detail::initiated_t<void, Token> async_connect(const typename Protocol::endpoint &,
                                                 Token && = {}) {
    std::terminate();
  }
  void close();
  bool is_open() const;
  bool non_blocking() const;
  void non_blocking(bool);
  void native_non_blocking(bool);
  std::size_t available() const;
  void wait(int);
};

template <class Protocol, class Executor = any_io_executor>
class basic_stream_socket : public basic_socket<Protocol, Executor> {
public:
  template <class Context> explicit basic_stream_socket(Context &&);
  template <class Buffers> std::size_t read_some(const Buffers &);
  template <class Buffers> std::size_t read_some(const Buffers &, error_code &);
  template <class Buffers> std::size_t write_some(const Buffers &);
  template <class Buffers> std::size_t receive(const Buffers &);
  template <class Buffers> std::size_t send(const Buffers &);
  template <class Buffers, class Token = deferred_t>
  detail::initiated_t<std::size_t, Token> async_read_some(const Buffers &, Token && = {}) {
    std::terminate();
  }
  template <class Buffers, class Token = deferred_t>
  detail::initiated_t<std::size_t, Token> async_write_some(const Buffers &, Token && = {}) {
    std::terminate();
  }
};

template <class Protocol, class Executor = any_io_executor> class basic_socket_acceptor {
public:
  template <class Context> basic_socket_acceptor(Context &&, const typename Protocol::endpoint &);
  typename Protocol::socket accept();
  void accept(typename Protocol::socket &);
  bool is_open() const;
  template <class Token = deferred_t>
  detail::initiated_t<typename Protocol::socket, Token> async_accept(Token && = {}) {
    std::terminate();
  }
};

namespace ip {
template <class Protocol> class basic_resolver_results {};
template <class Protocol, class Executor = any_io_executor> class basic_resolver {
public:
  template <class Context> explicit basic_resolver(Context &&);
  basic_resolver_results<Protocol> resolve(std::string_view host, std::string_view service);
  template <class Token = deferred_t>
  detail::initiated_t<basic_resolver_results<Protocol>, Token>
  async_resolve(std::string_view host, std::string_view service, Token && = {}) {
    std::terminate();
  }
};
class tcp {
public:
  struct endpoint {};
  using socket = basic_stream_socket<tcp>;
  using acceptor = basic_socket_acceptor<tcp>;
  using resolver = basic_resolver<tcp>;
};
} // namespace ip

template <class Stream, class Buffers> std::size_t read(Stream &, const Buffers &);
template <class Stream, class Buffers> std::size_t read(Stream &, const Buffers &, error_code &);
template <class Stream, class Buffers>
std::size_t read_until(Stream &, const Buffers &, std::string_view);
template <class Stream, class Buffers> std::size_t write(Stream &, const Buffers &);
template <class Protocol>
typename Protocol::endpoint connect(basic_socket<Protocol> &,
                                    const ip::basic_resolver_results<Protocol> &);
template <class Stream, class Buffers, class Token = deferred_t>
detail::initiated_t<std::size_t, Token> async_read(Stream &, const Buffers &, Token && = {}) {
  std::terminate();
}
template <class Stream, class Buffers, class Token = deferred_t>
detail::initiated_t<std::size_t, Token> async_write(Stream &, const Buffers &, Token && = {}) {
  std::terminate();
}

namespace experimental {

template <class... Ops> class parallel_group {
public:
  template <class Condition, class Token>
  detail::initiated_t<int, Token> async_wait(Condition, Token &&) {
    std::terminate();
  }
};
struct wait_for_all {};
struct wait_for_one {};
template <class... Ops> parallel_group<Ops...> make_parallel_group(Ops...);

namespace awaitable_operators {
template <class Executor>
awaitable<void, Executor> operator&&(awaitable<void, Executor> t, awaitable<void, Executor> u) {
  co_await std::move(t);
  co_await std::move(u);
}
template <class T, class U, class Executor>
awaitable<std::tuple<T, U>, Executor> operator&&(awaitable<T, Executor> t,
                                                 awaitable<U, Executor> u) {
  co_return std::tuple<T, U>(co_await std::move(t), co_await std::move(u));
}
template <class Executor>
awaitable<std::size_t, Executor> operator||(awaitable<void, Executor> t,
                                            awaitable<void, Executor> u) {
  co_await std::move(t);
  co_await std::move(u);
  co_return 0;
}
} // namespace awaitable_operators

// Each await resumes it and gives what it yields next.
template <class Yield> class [[nodiscard]] coro {
public:
  struct promise_type {
    coro get_return_object();
    std::suspend_always initial_suspend() noexcept;
    std::suspend_always final_suspend() noexcept;
    std::suspend_always yield_value(Yield);
    template <class Awaited> Awaited &&await_transform(Awaited &&a) {
      return static_cast<Awaited &&>(a);
    }
    void return_void();
    void unhandled_exception();
  };
  struct awaitable_t {
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<>);
    std::optional<Yield> await_resume();
  };
  coro(coro &&) noexcept;
  ~coro();
  awaitable_t operator co_await();
};
} // namespace experimental
} // namespace ABIDE_FAKE_ASIO

namespace std {
template <>
struct is_error_code_enum<ABIDE_FAKE_ASIO::error::basic_errors> : true_type {};
template <class T, class Executor, class... Args>
struct coroutine_traits<ABIDE_FAKE_ASIO::awaitable<T, Executor>, Args...> {
  using promise_type = ABIDE_FAKE_ASIO::detail::awaitable_frame<T, Executor>;
};
} // namespace std

#include <abide/subprocess.hpp>

#include <abide/gather.hpp>

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace abide {
namespace detail {

/// A child that has been started. The loop holds one reference until it has ended.
class process_core final : public pooled, public descriptor {
public:
  process_core(loop_core &core, owned_fd pidfd, int pid)
      : descriptor(core, std::move(pidfd), interest::read), pid(pid), self_(this) {}
  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0)
      delete this;
  }

  bool signal(int number) {
    if (returncode)
      return false;
    if (::syscall(SYS_pidfd_send_signal, fd(), number, nullptr, 0) == 0)
      return true;
    if (errno == ESRCH) // it has ended, and nobody has looked yet
      return false;
    throw os_error(errno, "abide: cannot send signal " + std::to_string(number) + " to process " +
                              std::to_string(pid));
  }
  /// The loop closes: so does the child.
  void abandon() noexcept override {
    const ref<process_core> last = std::move(self_);
    if (!detached) {
      ::syscall(SYS_pidfd_send_signal, fd(), SIGKILL, nullptr, 0);
      pollfd end{fd(), POLLIN, 0};
      ::poll(&end, 1, 1000); // it takes no longer, unless the system is in trouble
    }
    look();
    descriptor::abandon();
  }

  const int pid;
  std::optional<int> returncode;
  bool detached = false;
  wait_list ended;

private:
  ~process_core() {
    if (reaper_.linked())
      reaper_.unlink();
  }
  void changed() noexcept override {
    if (!open())
      ended.wake_all();
    else if (readable_ && !reaper_.linked())
      core().schedule(reaper_);
  }
  void look() noexcept {
    siginfo_t info{};
    if (::waitid(P_PIDFD, static_cast<id_t>(fd()), &info, WEXITED | WNOHANG) < 0)
      returncode = 255; // somebody else has waited for it
    else if (info.si_pid)
      returncode = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
  }
  void reap() noexcept {
    look();
    if (!returncode)
      return;
    const ref<process_core> last = std::move(self_);
    close();
  }

  struct reaper final : work {
    explicit reaper(process_core &of) : child(of) {}
    void run() override { child.reap(); }
    void drop() noexcept override {}
    std::string describe() const override {
      return "<end of process " + std::to_string(child.pid) + ">";
    }
    process_core &child;
  };
  std::uint32_t references_ = 1;
  ref<process_core> self_;
  reaper reaper_{*this};
};

namespace {

/// What posix_spawn wants to know, and its memory.
class spawn_plan {
public:
  spawn_plan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~spawn_plan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  spawn_plan(const spawn_plan &) = delete;
  spawn_plan &operator=(const spawn_plan &) = delete;

  /// The child has a copy of `fd` as its `target`. The plan owns the descriptor.
  void give(owned_fd fd, int target) {
    check(::posix_spawn_file_actions_adddup2(&actions_, fd.get(), target));
    given_.push_back(std::move(fd));
  }
  void join(int source, int target) {
    check(::posix_spawn_file_actions_adddup2(&actions_, source, target));
  }
  void set(const process_options &options) {
    if (!options.directory.empty())
      check(::posix_spawn_file_actions_addchdir_np(&actions_, options.directory.c_str()));
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, 3));
    // What this process ignores or blocks is its own affair.
    sigset_t signals;
    sigemptyset(&signals);
    check(::posix_spawnattr_setsigmask(&attributes_, &signals));
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGXFSZ);
    check(::posix_spawnattr_setsigdefault(&attributes_, &signals));
    const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                      (options.new_session ? POSIX_SPAWN_SETSID : 0);
    check(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
  }
  int start(const std::vector<std::string> &argv,
            const std::optional<std::vector<std::string>> &environment) {
    pid_t pid = 0;
    std::vector<char *> variables;
    if (environment)
      variables = pointers(*environment);
    const int number =
        ::posix_spawnp(&pid, argv[0].c_str(), &actions_, &attributes_, pointers(argv).data(),
                       environment ? variables.data() : ::environ);
    if (number)
      throw os_error(number, "abide: cannot start '" + argv[0] + "'");
    return pid;
  }

private:
  static void check(int number) {
    if (number)
      throw os_error(number, "abide: cannot prepare a process");
  }
  static std::vector<char *> pointers(const std::vector<std::string> &texts) {
    std::vector<char *> result;
    for (const std::string &one : texts)
      result.push_back(const_cast<char *>(one.c_str()));
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<owned_fd> given_;
};

/// A copy that is out of the way of the standard streams.
owned_fd copy_of(int fd) {
  owned_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy)
    throw os_error(errno, "abide: descriptor " + std::to_string(fd) + " for a process");
  return copy;
}

/// Adds one standard stream to the plan; gives the parent's end of a pipe.
owned_fd plan_stream(spawn_plan &plan, redirect how, int target) {
  switch (how.what()) {
  case redirect::kind::inherit:
    return {};
  case redirect::kind::pipe: {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0)
      throw os_error(errno, "abide: cannot make a pipe");
    owned_fd read(ends[0]), write(ends[1]);
    plan.give(copy_of(target == 0 ? read.get() : write.get()), target);
    return std::move(target == 0 ? write : read);
  }
  case redirect::kind::null: {
    owned_fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null)
      throw os_error(errno, "abide: /dev/null");
    plan.give(copy_of(null.get()), target);
    return {};
  }
  case redirect::kind::to_output:
    if (target != 2)
      throw invalid_argument("abide: only the errors of a process can go where its output goes");
    plan.join(1, target); // the plan is carried out in its order: by then 1 is the output
    return {};
  case redirect::kind::descriptor:
    plan.give(copy_of(how.fd()), target);
    return {};
  }
  return {};
}

void check_texts(const std::vector<std::string> &texts) {
  for (const std::string &one : texts)
    if (one.find('\0') != std::string::npos)
      throw invalid_argument("abide: a '\\0' within an argument or variable of a process");
}

/// Takes charge of a child that was just started; when that fails, it is ended at once.
ref<process_core> watch_child(loop_core &core, int pid) {
  try {
    owned_fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd)
      throw os_error(errno, "abide: cannot watch process " + std::to_string(pid));
    return ref<process_core>::adopt(new process_core(core, std::move(pidfd), pid));
  } catch (...) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    throw;
  }
}

ref<reader_state> pipe_reader(loop_core &core, owned_fd fd, std::size_t limit) {
  if (!fd)
    return {};
  return ref<reader_state>::adopt(new stream_core(core, std::move(fd), interest::read, limit));
}

task<int> wait_for_end(ref<process_core> child) {
  while (!child->returncode) {
    if (!child->open())
      throw loop_closed("abide: the loop of this process was closed");
    bool had = false;
    co_await turn(child->ended, had);
  }
  co_return *child->returncode;
}

task<void> feed(stream_writer in, std::string input) {
  try {
    in.write(input);
    co_await in.drain();
    co_await in.aclose();
  } catch (const connection_error &) {
    in.close(); // the child does not read
  }
}
task<void> nothing_to_feed() { co_return; }
task<std::string> rest(stream_reader of) {
  if (!of)
    co_return std::string();
  co_return co_await of.read();
}

task<process_output> talk(ref<process_core> child, task<void> feeding, task<std::string> out,
                          task<std::string> err) {
  auto all = gather(std::move(feeding), std::move(out), std::move(err));
  auto [fed, output, errors] = co_await std::move(all);
  co_await wait_for_end(child);
  process_output result{std::move(output), std::move(errors)};
  co_return std::move(result);
}

} // namespace
} // namespace detail

using detail::process_core;
using detail::ref;

process::process() : process(ref<process_core>()) {}
process::process(ref<process_core> state) noexcept
    : out(ref<detail::reader_state>()), err(ref<detail::reader_state>()), state_(std::move(state)) {
}
process::process(process &&) noexcept = default;
process &process::operator=(process &&other) noexcept {
  if (this != &other) {
    reset();
    in = std::move(other.in);
    out = std::move(other.out);
    err = std::move(other.err);
    state_ = std::move(other.state_);
  }
  return *this;
}
process::~process() { reset(); }

void process::reset() noexcept {
  const ref<process_core> left = std::move(state_);
  if (!left || left->returncode || left->detached || !left->open())
    return;
  if (left->core().debug)
    left->core().tell(left->unclosed("a process was dropped while it ran: it is killed",
                                     "<process " + std::to_string(left->pid) + ">"));
  try {
    left->signal(SIGKILL);
  } catch (const os_error &) { // it has become another user's
  }
}

process_core &process::state() const {
  if (!state_)
    throw invalid_state("abide: there is no process in this object: it was moved from");
  return *state_;
}

int process::pid() const { return state().pid; }
std::optional<int> process::returncode() const { return state().returncode; }
task<int> process::wait() { return detail::wait_for_end((state(), state_)); }
bool process::send_signal(int number) { return state().signal(number); }
bool process::terminate() { return send_signal(SIGTERM); }
bool process::kill() { return send_signal(SIGKILL); }
void process::detach() { state().detached = true; }

task<process_output> process::communicate(std::string input) {
  const ref<process_core> child((state(), state_));
  if (!in && !input.empty())
    throw invalid_state("abide: an input for a process needs .in = redirect::pipe()");
  return detail::talk(child,
                      in ? detail::feed(stream_writer(in.state()), std::move(input))
                         : detail::nothing_to_feed(),
                      detail::rest(out), detail::rest(err));
}

std::string to_string(const process &what) {
  if (!what.state_)
    return "<process, none>";
  const auto code = what.state_->returncode;
  return "<process " + std::to_string(what.state_->pid) +
         (code ? ", returncode " + std::to_string(*code) + ">" : ">");
}

process create_subprocess_exec(std::vector<std::string> argv, process_options options) {
  detail::loop_core &core = detail::require_running("create_subprocess_exec()");
  core.check_open();
  if (argv.empty() || argv[0].empty())
    throw invalid_argument("abide: a process needs the name of a program");
  detail::check_texts(argv);
  if (options.environment)
    detail::check_texts(*options.environment);

  // Whatever may fail comes first: once the child runs, there is only its pidfd left to open.
  detail::spawn_plan plan;
  detail::owned_fd in = detail::plan_stream(plan, options.in, 0);
  detail::owned_fd out = detail::plan_stream(plan, options.out, 1);
  detail::owned_fd err = detail::plan_stream(plan, options.err, 2);
  plan.set(options);
  process result;
  if (in)
    result.in = stream_writer(detail::ref<detail::stream_core>::adopt(
        new detail::stream_core(core, std::move(in), interest::write, stream_limit)));
  result.out = stream_reader(detail::pipe_reader(core, std::move(out), options.limit));
  result.err = stream_reader(detail::pipe_reader(core, std::move(err), options.limit));
  const int pid = plan.start(argv, options.environment);
  process started(detail::watch_child(core, pid));
  started.in = std::move(result.in);
  started.out = std::move(result.out);
  started.err = std::move(result.err);
  return started;
}

process create_subprocess_shell(std::string command, process_options options) {
  std::vector<std::string> argv{"/bin/sh", "-c", std::move(command)};
  return create_subprocess_exec(std::move(argv), std::move(options));
}

} // namespace abide

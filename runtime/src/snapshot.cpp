#include <abide/detail/snapshot.hpp>

#include <abide/detail/task_core.hpp>
#include <abide/detail/unwind.hpp>

#include <atomic>
#include <cerrno>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace abide::detail {
namespace {

enum class stage : int { nothing, asked, taking, taken };

// What goes between the asking thread and the handler. Static, for an answer may come late.
struct exchange {
  std::atomic<stage> at{stage::nothing};
  std::atomic<pid_t> thread{0};
  const loop_core *core = nullptr;
  bool all = false;
  snapshot result;
};
constinit exchange shared{};

struct sigaction previous{};

// The thread of the loop may be changing the list at this moment: its links are put in an order in
// which a walk forward finds only whole elements.
void glance_at_others(const loop_core &core, snapshot &into) noexcept {
  into.other_count = 0;
  into.more = false;
  core.tasks.each([&](const task_core &task) {
    if (&task == core.current)
      return;
    if (into.other_count == into.others.size())
      into.more = true;
    else
      task.glance(into.others[into.other_count++]);
  });
}

void answer_now(void *context) noexcept {
  stage expected = stage::asked;
  if (shared.thread.load() != ::gettid() ||
      !shared.at.compare_exchange_strong(expected, stage::taking))
    return;
  shared.result.count = unwind_interrupted(shared.result.at, context);
  const task_core *const task = shared.core ? shared.core->current : nullptr;
  shared.result.has_task = task;
  if (task)
    task->glance(shared.result.task);
  if (shared.all && shared.core)
    glance_at_others(*shared.core, shared.result);
  shared.at.store(stage::taken);
}

// The signal came from somebody else: what it would have done without us.
void pass_on(int number, siginfo_t *info, void *context) noexcept {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_DFL) {
    if (number == SIGURG || number == SIGCHLD || number == SIGWINCH || number == SIGCONT)
      return;
    ::signal(number, SIG_DFL);
    ::raise(number);
  } else if (previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  }
}

extern "C" void abide_on_snapshot(int number, siginfo_t *info, void *context) {
  const int saved = errno;
  if (info->si_code == SI_QUEUE && info->si_value.sival_ptr == &shared &&
      info->si_pid == ::getpid())
    answer_now(context);
  else
    pass_on(number, info, context);
  errno = saved;
}

bool send(pid_t thread, int number) noexcept {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  info.si_pid = ::getpid();
  info.si_uid = ::getuid();
  info.si_value.sival_ptr = &shared;
  return ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), thread, number, &info) == 0;
}

} // namespace

snapshot_signal::snapshot_signal(int number) : number_(number) {
  prepare_unwinding();
  struct sigaction action{};
  action.sa_sigaction = abide_on_snapshot;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  struct sigaction before{};
  if (sigaction(number, &action, &before) < 0)
    throw os_error(errno, "abide: no handler can be set for signal " + std::to_string(number));
  if (before.sa_sigaction != abide_on_snapshot) // one that stayed; see the destructor
    previous = before;
}

// Whoever has put a handler above ours may call ours: then it stays. So it does where the default
// would end the process, for one of our signals may still be on its way.
snapshot_signal::~snapshot_signal() {
  struct sigaction now{};
  const bool deadly = previous.sa_handler == SIG_DFL && number_ != SIGURG;
  if (!deadly && sigaction(number_, nullptr, &now) == 0 && now.sa_sigaction == abide_on_snapshot)
    sigaction(number_, &previous, nullptr);
}

answer snapshot_signal::ask(pid_t thread, const loop_core *core, bool all, duration patience,
                            snapshot &into) const {
  shared.core = core;
  shared.all = all;
  shared.thread = thread;
  shared.at = stage::asked;
  if (!send(thread, number_)) {
    shared.at = stage::nothing;
    return errno == ESRCH ? answer::gone : answer::silent;
  }
  const time_point until = clock::now() + patience;
  stage expected = stage::asked;
  while (shared.at != stage::taken) {
    if (clock::now() >= until && shared.at.compare_exchange_strong(expected, stage::nothing))
      return answer::silent;
    expected = stage::asked;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  into = shared.result;
  shared.at = stage::nothing;
  return answer::taken;
}

} // namespace abide::detail

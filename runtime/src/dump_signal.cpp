#include <abide/detail/dump_signal.hpp>

#include <abide/error.hpp>
#include <abide/log.hpp>
#include <abide/loop.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>

#include <signal.h>

namespace abide {
namespace detail {
namespace {

// The pollers of running loops; null: free. More loops than this are not woken, and answer when
// they wake by themselves.
constexpr std::size_t most_bells = 64;
constinit std::atomic<poller *> bells[most_bells];
constinit std::atomic<int> handlers{0}; // that are at work: until they have ended no poller dies

extern "C" void abide_on_dump_signal(int) {
  const int saved = errno;
  handlers.fetch_add(1);
  dumps_asked.fetch_add(1, std::memory_order_relaxed);
  for (const std::atomic<poller *> &bell : bells)
    if (poller *const waiting = bell.load())
      waiting->wake();
  handlers.fetch_sub(1);
  errno = saved;
}

/// Lives for ever: loops may run during static destruction.
struct choice {
  std::mutex lock;
  bool made = false;
  int number = 0; // 0: none
  struct sigaction before{};
};

choice &the_choice() {
  static choice &one = *new choice;
  return one;
}

struct sigaction current_action(int number) noexcept {
  struct sigaction now{};
  sigaction(number, nullptr, &now);
  return now;
}

void put_back(choice &here) noexcept {
  if (here.number && current_action(here.number).sa_handler == abide_on_dump_signal)
    sigaction(here.number, &here.before, nullptr);
  here.number = 0;
}

/// False when the program uses the signal itself, or ignores it.
bool install(choice &here, int number) noexcept {
  const struct sigaction before = current_action(number);
  if (before.sa_handler != SIG_DFL)
    return false;
  struct sigaction action{};
  action.sa_handler = abide_on_dump_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  if (sigaction(number, &action, nullptr) < 0)
    return false;
  here.number = number;
  here.before = before;
  return true;
}

/// "SIGUSR2", "USR2" or "12"; 0 for "off" and "0"; -1 for what is no signal.
int number_of(std::string_view text) noexcept {
  if (text == "off" || text == "0")
    return 0;
  if (text.starts_with("SIG"))
    text.remove_prefix(3);
  for (int number = 1; number < NSIG; ++number) {
    const char *const name = sigabbrev_np(number);
    if ((name && text == name) || text == std::to_string(number))
      return number;
  }
  return -1;
}

// Nobody can be told by an exception: a loop is about to run.
void install_from_environment(choice &here) {
  const char *const given = std::getenv("ABIDE_DUMP_SIGNAL");
  const bool wanted = given && *given;
  const int number = wanted ? number_of(given) : SIGUSR2;
  if (number == 0 || (number > 0 && install(here, number)) || !wanted)
    return;
  log_report({severity::warning,
              number < 0 ? "ABIDE_DUMP_SIGNAL names no signal: tasks cannot be asked for"
                         : "ABIDE_DUMP_SIGNAL names a signal that the program uses itself: tasks "
                           "cannot be asked for",
              given, nullptr});
}

} // namespace

void begin_dump_signal() noexcept {
  choice &here = the_choice();
  const std::lock_guard guard(here.lock);
  if (!std::exchange(here.made, true))
    install_from_environment(here);
}

dump_bell::dump_bell(poller &waits) noexcept {
  for (std::atomic<poller *> &bell : bells)
    if (poller *free = nullptr; bell.compare_exchange_strong(free, &waits)) {
      slot_ = &bell;
      return;
    }
}

dump_bell::~dump_bell() {
  if (!slot_)
    return;
  slot_->store(nullptr);
  while (handlers.load()) // of other threads: one of this thread has ended
    std::this_thread::yield();
}

} // namespace detail

void set_dump_signal(int number) {
  const bool possible = number >= 0 && number < NSIG && number != SIGKILL && number != SIGSTOP;
  if (!possible)
    throw invalid_argument("abide: no handler can be set for signal " + std::to_string(number));
  detail::choice &here = detail::the_choice();
  const std::lock_guard guard(here.lock);
  if (here.made && here.number == number)
    return;
  if (number && detail::current_action(number).sa_handler != SIG_DFL)
    throw invalid_state("abide: the program uses signal " + std::to_string(number) +
                        " itself: choose another one for dumps");
  here.made = true;
  detail::put_back(here);
  if (number && !detail::install(here, number))
    throw invalid_argument("abide: no handler can be set for signal " + std::to_string(number));
}

} // namespace abide

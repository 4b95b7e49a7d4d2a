#include <abide/detail/signals.hpp>
#include <abide/error.hpp>

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace abide::detail {
namespace {

// One more than the descriptor to which the handler writes, by signal; 0: nobody listens.
std::atomic<int> routes[NSIG];

extern "C" void abide_on_signal(int number) {
  const int saved = errno;
  const int fd = routes[number].load(std::memory_order_relaxed) - 1;
  if (fd >= 0) {
    const unsigned char byte = static_cast<unsigned char>(number);
    [[maybe_unused]] const ssize_t ignored = ::write(fd, &byte, 1);
  }
  errno = saved;
}

std::string name_of(int number) {
  const char *abbreviation = number > 0 && number < NSIG ? sigabbrev_np(number) : nullptr;
  return abbreviation ? std::string("SIG") + abbreviation : "signal " + std::to_string(number);
}

} // namespace

signals::signals(loop_core &owner) : core_(owner) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
    throw os_error(errno, "abide: cannot create the signal pipe of a loop");
  read_ = ends[0];
  write_ = ends[1];
  core_.waits().add(read_, interest::read, *this);
}

signals::~signals() {
  while (!entries_.empty())
    remove(entries_.begin()->first);
  core_.waits().remove(read_);
  ::close(read_);
  ::close(write_);
}

void signals::install(int number, bool once) {
  struct sigaction action{};
  action.sa_handler = abide_on_signal;
  action.sa_flags = SA_RESTART | (once ? static_cast<int>(SA_RESETHAND) : 0);
  sigfillset(&action.sa_mask);
  if (sigaction(number, &action, nullptr) < 0)
    throw invalid_argument("abide: no handler can be set for " + name_of(number) + ": " +
                           std::strerror(errno));
}

void signals::add(int number, std::function<void()> call, bool once) {
  if (::getpid() != ::gettid())
    throw invalid_state("abide: a handler for " + name_of(number) +
                        " can be set in the main thread only");
  struct sigaction before{};
  if (number <= 0 || number >= NSIG || sigaction(number, nullptr, &before) < 0)
    throw invalid_argument("abide: there is no " + name_of(number));
  auto *added = new callback_of<std::function<void()>>(std::move(call), core_);
  auto fresh = ref<callback>::adopt(added);
  added->repeat();
  const int route = routes[number].exchange(write_ + 1);
  try {
    install(number, once);
  } catch (...) {
    routes[number] = route;
    throw;
  }
  const auto [place, inserted] = entries_.try_emplace(number, entry{fresh, before, once});
  if (!inserted) {
    place->second.call->cancel();
    place->second.call = std::move(fresh);
    place->second.once = once;
  }
}

void signals::rearm(int number) {
  if (entries_.contains(number))
    install(number, entries_.at(number).once);
}

bool signals::any_of_the_program() const noexcept {
  for (const auto &[number, kept] : entries_)
    if (!kept.once)
      return true;
  return false;
}

bool signals::remove(int number) noexcept {
  const auto found = entries_.find(number);
  if (found == entries_.end())
    return false;
  sigaction(number, &found->second.before, nullptr);
  routes[number] = 0;
  found->second.call->cancel();
  entries_.erase(found);
  return true;
}

void signals::ready(interest) noexcept {
  unsigned char numbers[64];
  for (ssize_t count; (count = ::read(read_, numbers, sizeof numbers)) > 0;)
    for (ssize_t i = 0; i < count; ++i)
      if (const auto found = entries_.find(numbers[i]);
          found != entries_.end() && !found->second.call->linked())
        found->second.call->queue();
}

} // namespace abide::detail

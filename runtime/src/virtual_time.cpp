#include <abide/virtual_time.hpp>

#include <poll.h>

namespace abide {

void virtual_poller::wait(std::optional<time_point> deadline) {
  if (!deadline)
    return real_.wait(deadline);
  pollfd news{real_.descriptor(), POLLIN, 0};
  if (::poll(&news, 1, 0) > 0) {
    real_.wait(at_once);
  } else if (*deadline > now_) {
    now_ = *deadline;
    ++jumps_;
  }
}

} // namespace abide

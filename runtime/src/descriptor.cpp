#include <abide/detail/descriptor.hpp>

#include <abide/error.hpp>

#include <fcntl.h>

namespace abide::detail {

void make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (!(flags & O_NONBLOCK) && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
    throw os_error(errno, "abide: descriptor " + std::to_string(fd));
}

descriptor::descriptor(loop_core &core, owned_fd fd, interest sides)
    : core_(&core), fd_(std::move(fd)) {
  core.check_open();
  core.check_thread();
  make_non_blocking(fd_.get());
  core.waits().add(fd_.get(), sides | interest::edge, *this);
  core.outside.push_back(*this);
  if (core.debug) [[unlikely]]
    origin_ = origin::here(core);
}

report descriptor::unclosed(std::string message, std::string subject) const {
  report result{severity::warning, std::move(message), std::move(subject), nullptr,
                report_kind::unclosed};
  if (origin_)
    result.made = origin_->births(result.subject);
  return result;
}

descriptor::~descriptor() {
  if (!open())
    return;
  unlink();
  forget();
}

void descriptor::ready(interest what) noexcept {
  ended_ = ended_ || (what & interest::end);
  readable_ = readable_ || (what & interest::read);
  writable_ = writable_ || (what & interest::write);
  changed();
}

void descriptor::close() noexcept {
  if (!open())
    return;
  unlink();
  forget();
  changed();
}

owned_fd descriptor::detach() noexcept {
  if (!open())
    return {};
  unlink();
  return forget();
}

owned_fd descriptor::forget() noexcept {
  core_->waits().remove(fd_.get());
  return std::move(fd_);
}

} // namespace abide::detail

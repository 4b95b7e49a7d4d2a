#include <abide/detail/descriptors.hpp>

#include <abide/error.hpp>

namespace abide::detail {

void descriptors::entry::ready(interest what) noexcept {
  if ((what & interest::read) && reader && !reader->linked())
    reader->queue();
  if ((what & interest::write) && writer && !writer->linked())
    writer->queue();
}

interest descriptors::entry::wanted() const noexcept {
  return (reader ? interest::read : interest::none) | (writer ? interest::write : interest::none);
}

descriptors::~descriptors() {
  while (!entries_.empty()) {
    const int fd = entries_.begin()->first;
    remove(fd, interest::read);
    remove(fd, interest::write);
  }
}

void descriptors::set(int fd, interest side, std::function<void()> call) {
  core_.check_thread();
  auto *added = new callback_of<std::function<void()>>(std::move(call), core_);
  auto fresh = ref<callback>::adopt(added);
  added->repeat();
  const auto found = entries_.find(fd);
  if (found == entries_.end()) {
    auto made = std::make_unique<entry>();
    (side & interest::read ? made->reader : made->writer) = fresh;
    entry &kept = *entries_.emplace(fd, std::move(made)).first->second;
    try {
      core_.waits().add(fd, side, kept);
    } catch (...) {
      entries_.erase(fd);
      throw;
    }
    return;
  }
  entry &known = *found->second;
  core_.waits().modify(fd, known.wanted() | side, known);
  ref<callback> &place = side & interest::read ? known.reader : known.writer;
  if (place)
    place->cancel();
  place = std::move(fresh);
}

bool descriptors::remove(int fd, interest side) noexcept {
  const auto found = entries_.find(fd);
  if (found == entries_.end())
    return false;
  entry &known = *found->second;
  const ref<callback> removed = std::move(side & interest::read ? known.reader : known.writer);
  if (!removed)
    return false;
  removed->cancel();
  if (known.wanted() == interest::none) {
    core_.waits().remove(fd);
    entries_.erase(found);
  } else {
    try {
      core_.waits().modify(fd, known.wanted(), known);
    } catch (const os_error &) {
      // The descriptor was closed before it was removed: there is nothing left to watch.
    }
  }
  return true;
}

} // namespace abide::detail

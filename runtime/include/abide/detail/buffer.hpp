// Bytes between a descriptor and a task.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace abide::detail {

/// A queue of bytes in one piece: filled behind, emptied in front. What is not used is not cleared.
class buffer {
public:
  buffer() = default;
  buffer(buffer &&other) noexcept { *this = std::move(other); }
  buffer &operator=(buffer &&other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    return *this;
  }

  std::string_view view() const noexcept { return {memory_.get() + begin_, end_ - begin_}; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bool empty() const noexcept { return begin_ == end_; }

  /// Makes room for at least so many bytes behind what is there; room() says how many fit.
  char *prepare(std::size_t least) {
    if (room() < least)
      make_room(least);
    return memory_.get() + end_;
  }
  std::size_t room() const noexcept { return capacity_ - end_; }
  std::size_t capacity() const noexcept { return capacity_; }
  /// So many bytes were written where prepare() has pointed.
  void commit(std::size_t count) noexcept { end_ += count; }
  void append(std::string_view bytes) {
    if (bytes.empty())
      return;
    std::memcpy(prepare(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_)
      begin_ = end_ = 0;
  }
  /// Puts bytes in front again.
  void put_back(std::string_view bytes) {
    buffer joined;
    joined.append(bytes);
    joined.append(view());
    *this = std::move(joined);
  }
  void clear() noexcept { begin_ = end_ = 0; }

private:
  void make_room(std::size_t least) {
    const std::size_t used = size();
    // Moving is worth while when it frees at least as much as it moves.
    if (begin_ >= used && capacity_ - used >= least) {
      std::memcpy(memory_.get(), memory_.get() + begin_, used);
    } else {
      std::size_t wanted = capacity_ ? 2 * capacity_ : 4096;
      if (wanted < used + least)
        wanted = used + least;
      auto fresh = std::make_unique_for_overwrite<char[]>(wanted);
      if (used)
        std::memcpy(fresh.get(), memory_.get() + begin_, used);
      memory_ = std::move(fresh);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace abide::detail

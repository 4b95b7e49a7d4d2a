// What a loop runs.
#pragma once

#include <abide/detail/list.hpp>

#include <string>

namespace abide::detail {

class task_core;
struct ready_tag;

/// Something that can stand in the ready queue of a loop. Owned by nobody in particular: run() and
/// drop() take it off the hands of the loop.
class work : public list_node<ready_tag> {
public:
  /// On the thread of the loop; the node has left the queue. Throws nothing but what is fatal.
  virtual void run() = 0;
  /// Instead of run(), when the loop closes.
  virtual void drop() noexcept = 0;
  /// For people.
  virtual std::string describe() const = 0;
  /// The task whose step this is.
  virtual task_core *stepping() noexcept { return nullptr; }

protected:
  ~work() = default;
};

using work_list = list<work, ready_tag>;

} // namespace abide::detail

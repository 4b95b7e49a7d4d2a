// An intrusive list: a node can leave whatever list it is in, at any time, in constant time.
#pragma once

#include <utility>

namespace abide::detail {

/// What an element of a list<T, Tag> derives from. One object may be in one list per tag.
template <class Tag> class list_node {
public:
  list_node() = default;
  list_node(const list_node &) = delete;
  list_node &operator=(const list_node &) = delete;

  bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = nullptr;
  }

protected:
  ~list_node() = default;

private:
  template <class T, class U> friend class list;
  list_node *next_ = nullptr;
  list_node *prev_ = nullptr;
};

/// The list does not own its elements; whoever destroys one unlinks it first.
template <class T, class Tag> class list {
public:
  using node = list_node<Tag>;

  list() noexcept { clear(); }
  list(const list &) = delete;
  list &operator=(const list &) = delete;

  bool empty() const noexcept { return head_.next_ == &head_; }
  T *front() noexcept { return empty() ? nullptr : static_cast<T *>(head_.next_); }
  T *back() noexcept { return empty() ? nullptr : static_cast<T *>(head_.prev_); }

  void push_back(T &element) noexcept { insert_before(&head_, element); }
  void push_front(T &element) noexcept { insert_before(head_.next_, element); }

  T *pop_front() noexcept {
    T *first = front();
    if (first)
      static_cast<node *>(first)->unlink();
    return first;
  }

  /// Moves all elements of `other` behind the last one.
  void splice_back(list &other) noexcept { splice_before(&head_, other); }
  /// Moves all elements of `other` before the first one.
  void splice_front(list &other) noexcept { splice_before(head_.next_, other); }

  /// A chain is for elements in no list: each knows the next, the last has null.
  static void chain(T &element, T *next) noexcept { static_cast<node &>(element).next_ = next; }
  /// Gives the next, and takes the element off.
  static T *unchain(T &element) noexcept {
    return static_cast<T *>(std::exchange(static_cast<node &>(element).next_, nullptr));
  }

  /// Calls visit(T&) for each; it must not change the list.
  template <class F> void each(F visit) const {
    for (const node *at = head_.next_; at != &head_; at = at->next_)
      visit(*static_cast<T *>(const_cast<node *>(at)));
  }

private:
  static void insert_before(node *where, node &added) noexcept {
    added.prev_ = where->prev_;
    added.next_ = where;
    where->prev_->next_ = &added;
    where->prev_ = &added;
  }
  void clear() noexcept { head_.next_ = head_.prev_ = &head_; }
  void splice_before(node *where, list &other) noexcept {
    if (other.empty())
      return;
    node *first = other.head_.next_;
    node *last = other.head_.prev_;
    first->prev_ = where->prev_;
    where->prev_->next_ = first;
    last->next_ = where;
    where->prev_ = last;
    other.clear();
  }

  struct sentinel : node {};
  sentinel head_;
};

} // namespace abide::detail

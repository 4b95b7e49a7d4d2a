#include <abide/stream.hpp>

#include <algorithm>

namespace abide {
namespace {

using detail::more;
using detail::reader_state;
using detail::ref;
using detail::stream_core;

/// A task reads; another one must not.
class reading {
public:
  explicit reading(reader_state &of) : of_(of) {
    if (of.reading)
      throw invalid_state("abide: another task reads from this stream already: one at a time");
    of.reading = true;
  }
  ~reading() { of_.reading = false; }
  reading(const reading &) = delete;
  reading &operator=(const reading &) = delete;

private:
  reader_state &of_;
};

task<std::string> read_up_to(ref<reader_state> stream, std::size_t at_most) {
  const reading only(*stream);
  while (at_most > 0 && stream->in.empty() && !stream->over())
    co_await more(*stream);
  if (at_most > 0 && stream->in.empty())
    stream->check();
  co_return stream->take(at_most);
}

task<std::string> read_rest(ref<reader_state> stream) {
  const reading only(*stream);
  while (!stream->over())
    co_await more(*stream);
  stream->check();
  co_return stream->take(stream->in.size());
}

task<std::string> read_count(ref<reader_state> stream, std::size_t count) {
  const reading only(*stream);
  while (stream->in.size() < count && !stream->over())
    co_await more(*stream);
  if (stream->in.size() >= count)
    co_return stream->take(count);
  stream->check();
  throw incomplete_read(stream->take(count), count);
}

struct match {
  std::size_t begin;
  std::size_t end;
};

/// The separator that ends first.
std::optional<match> find(std::string_view text, std::size_t from,
                          const std::vector<std::string> &separators) {
  std::optional<match> first;
  for (const std::string &one : separators) {
    const std::size_t at = text.find(one, from);
    if (at != text.npos && (!first || at + one.size() < first->end))
      first = match{at, at + one.size()};
  }
  return first;
}

task<std::string> read_to(ref<reader_state> stream, std::vector<std::string> separators) {
  const reading only(*stream);
  std::size_t longest = 0;
  for (const std::string &one : separators) {
    if (one.empty())
      throw invalid_argument("abide: a separator needs at least one character");
    longest = std::max(longest, one.size());
  }
  if (longest == 0)
    throw invalid_argument("abide: read_until() needs a separator");
  // What was searched is not searched again, but for the length of a separator that is not all
  // there.
  for (std::size_t from = 0;;) {
    const std::string_view text = stream->in.view();
    if (const auto found = find(text, from, separators)) {
      if (found->begin > stream->limit)
        throw limit_overrun("abide: the separator is behind the limit of the stream", found->begin);
      co_return stream->take(found->end);
    }
    from = text.size() + 1 > longest ? text.size() + 1 - longest : 0;
    if (from > stream->limit)
      throw limit_overrun("abide: there is no separator within the limit of the stream", from);
    if (stream->over()) {
      stream->check();
      throw incomplete_read(stream->take(text.size()), std::nullopt);
    }
    co_await more(*stream);
  }
}

task<std::string> read_one_line(ref<reader_state> stream) {
  try {
    co_return co_await read_to(stream, std::vector<std::string>(1, "\n"));
  } catch (const incomplete_read &last) {
    co_return last.partial();
  } catch (const limit_overrun &long_line) {
    const std::size_t drop = long_line.consumed();
    if (stream->in.view().substr(drop).starts_with('\n'))
      stream->in.consume(drop + 1);
    else
      stream->in.clear();
    throw;
  }
}

task<void> wait_for_end(ref<stream_core> stream) {
  while (stream->open()) {
    bool had = false;
    co_await detail::turn(stream->closings, had);
  }
  if (const auto thrown = stream->write_error())
    std::rethrow_exception(thrown);
}

} // namespace

incomplete_read::incomplete_read(std::string partial, std::optional<std::size_t> expected)
    : error("abide: the stream ended after " + std::to_string(partial.size()) + " bytes, " +
            (expected ? std::to_string(*expected) + " were expected" : "without a separator")),
      partial_(std::move(partial)), expected_(expected) {}

// --- reader -------------------------------------------------------------------

stream_reader::stream_reader(std::size_t limit)
    : state_(ref<reader_state>::adopt(new reader_state(limit))) {}

reader_state &stream_reader::state() const {
  if (!state_)
    throw invalid_state("abide: this reader was moved from");
  return *state_;
}

task<std::string> stream_reader::read(std::size_t at_most) {
  return read_up_to((state(), state_), at_most);
}
task<std::string> stream_reader::read() { return read_rest((state(), state_)); }
read_some_request stream_reader::read_some(std::span<char> into) {
  return read_some_request((state(), state_), into);
}
task<std::string> stream_reader::read_exactly(std::size_t count) {
  return read_count((state(), state_), count);
}
task<std::string> stream_reader::read_until(std::string separator) {
  return read_to((state(), state_), std::vector<std::string>(1, std::move(separator)));
}
task<std::string> stream_reader::read_until(std::vector<std::string> separators) {
  return read_to((state(), state_), std::move(separators));
}
task<std::string> stream_reader::read_line() { return read_one_line((state(), state_)); }

std::string to_string(const stream_reader &what) {
  if (!what.state_)
    return "<stream_reader, none>";
  const reader_state &state = *what.state_;
  std::string text = "<stream_reader";
  if (!state.in.empty())
    text += ", " + std::to_string(state.in.size()) + " bytes";
  if (state.eof)
    text += ", at the end";
  if (state.limit != stream_limit)
    text += ", limit " + std::to_string(state.limit);
  if (state.waiting.busy())
    text += ", a task waits";
  if (state.error)
    text += ", failed: " + to_string(state.error);
  const std::string source = state.describe_source();
  return text + (source.empty() ? ">" : ", " + source + ">");
}

// --- writer -------------------------------------------------------------------

stream_core &stream_writer::stream() const {
  if (!stream_)
    throw invalid_state("abide: this writer was moved from");
  return *stream_;
}

void stream_writer::write_lines(const std::vector<std::string> &lines) {
  std::string all;
  for (const std::string &one : lines)
    all += one;
  write(all);
}

drain_request stream_writer::drain() { return drain_request((stream(), stream_)); }
task<void> stream_writer::wait_closed() { return wait_for_end((stream(), stream_)); }
task<void> stream_writer::aclose() {
  stream().shut();
  return wait_for_end(stream_);
}

std::string to_string(const stream_writer &what) {
  if (!what.stream_)
    return "<stream_writer, none>";
  const stream_core &stream = *what.stream_;
  std::string text = "<stream_writer, ";
  text += !stream.open()     ? "closed"
          : stream.closing() ? "closing"
                             : "descriptor " + std::to_string(stream.fd());
  if (stream.unsent())
    text += ", " + std::to_string(stream.unsent()) + " bytes unsent";
  return text + ">";
}

} // namespace abide

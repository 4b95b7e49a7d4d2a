//===- Net.h - Sockets for tests of streams and servers -------------------===//

#pragma once

#include "Fed.h"

#include <abide/detail/owned_fd.hpp>

#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace abide::test {

using detail::owned_fd;

inline address local(unsigned port = 0) { return address::ip("127.0.0.1", port); }
inline bool hasIpv6() {
  const owned_fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const address at = address::ip("::1", 0);
  return ::bind(fd.get(), at.get(), at.size()) == 0;
}

/// A bound socket, of the kernel alone; it listens with a backlog.
inline owned_fd boundSocket(const address &at, int backlog = -1, int type = SOCK_STREAM) {
  owned_fd fd(::socket(at.family(), type | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(fd.get(), at.get(), at.size()), 0) << to_string(at);
  if (backlog >= 0) {
    EXPECT_EQ(::listen(fd.get(), backlog), 0);
  }
  return fd;
}
inline unsigned portOf(const owned_fd &fd) { return address::local_of(fd.get()).port(); }

/// A port where nobody listens.
inline unsigned closedPort() { return portOf(boundSocket(local())); }

/// A client that knows nothing of loops, on loopback; connects at once.
inline owned_fd rawClient(unsigned port) {
  owned_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const address to = local(port);
  EXPECT_EQ(::connect(fd.get(), to.get(), to.size()), 0) << strerror(errno);
  return fd;
}
/// Ends a connection by RST.
inline void reset(owned_fd &fd) {
  const linger hard{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd.reset();
}

/// Two connected sockets of the kernel.
struct Ends {
  explicit Ends(int type = SOCK_STREAM) {
    int both[2];
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, both), 0);
    a = owned_fd(both[0]);
    b = owned_fd(both[1]);
  }
  owned_fd a, b;
};

/// Two streams that are connected with each other. To be made in a task.
struct StreamPair {
  StreamPair() : StreamPair(Ends()) {}
  connection a, b;

private:
  explicit StreamPair(Ends ends)
      : a(adopt_connection(ends.a.release())), b(adopt_connection(ends.b.release())) {}
};

/// Sends back what it gets.
inline task<void> echo(connection client) {
  for (std::string some; !(some = co_await client.reader.read(4096)).empty();) {
    client.writer.write(some);
    co_await client.writer.drain();
  }
  co_await client.aclose();
}

/// Lets so many rounds of the loop pass.
inline task<void> rounds(int count) {
  while (count-- > 0)
    co_await sleep(std::chrono::seconds(0));
}

/// Descriptors that are open in this process.
inline int openDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd)
    count += ::fcntl(fd, F_GETFD) >= 0;
  return count;
}

} // namespace abide::test

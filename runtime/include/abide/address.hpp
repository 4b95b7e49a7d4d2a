// Addresses of the network, and what their names are.
#pragma once

#include <abide/detail/annotate.hpp>
#include <abide/error.hpp>
#include <abide/task.hpp>

#include <string>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace abide {

/// An address of whatever family: what bind(), connect() and accept() deal with. A plain value.
class address {
public:
  address() = default;
  address(const sockaddr *given, socklen_t size);

  /// "127.0.0.1", "::1" or "fe80::1%eth0" with a port. Throws invalid_argument for anything else.
  static address ip(const std::string &host, unsigned port);
  /// A path; a first character of '\0' means the abstract namespace. Throws invalid_argument when
  /// it is empty or too long.
  static address unix_path(const std::string &path);
  /// What a socket is bound to, and whom it is connected to. Throw os_error.
  static address local_of(int fd);
  static address peer_of(int fd);

  int family() const noexcept { return get()->sa_family; }
  const sockaddr *get() const noexcept { return reinterpret_cast<const sockaddr *>(&storage_); }
  socklen_t size() const noexcept { return size_; }
  /// Of the Internet families; else 0.
  unsigned port() const noexcept;
  /// Of the Internet families: the address as text; else empty.
  std::string host() const;
  /// Of AF_UNIX: empty for a socket without a name.
  std::string path() const;
  friend bool operator==(const address &a, const address &b) noexcept;

private:
  sockaddr_storage storage_{};
  socklen_t size_ = sizeof(sa_family_t);
};

/// "127.0.0.1:80", "[::1]:80", a path.
std::string to_string(const address &what);

/// A name or address could not be looked up; code() is getaddrinfo's, such as EAI_NONAME.
class lookup_error : public error {
public:
  lookup_error(int code, const std::string &what);
  int code() const noexcept { return code_; }

private:
  int code_;
};

struct lookup_options {
  int family = AF_UNSPEC;
  int type = SOCK_STREAM; // 0: each kind that there is
  int protocol = 0;
  int flags = 0; // AI_PASSIVE, ...
};

/// The addresses of a host and a service (a port or a name, may be empty), as getaddrinfo(3) gives
/// them, from a thread of the default executor; addresses in digits are read at once. Throws
/// lookup_error. Cancel safe: the look-up goes on unheard.
task<std::vector<address>> getaddrinfo(std::string host, std::string service,
                                       lookup_options options = {});

struct host_and_service {
  std::string host;
  std::string service;
};
/// The names of an address, as getnameinfo(3) gives them; flags are NI_NUMERICHOST, ... As above.
task<host_and_service> getnameinfo(address of, int flags = 0);

} // namespace abide

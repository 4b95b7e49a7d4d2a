#include <abide/address.hpp>

#include <abide/thread_future.hpp>

#include <cstddef>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/un.h>

namespace abide {
namespace {

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);

// The look-up in this thread: for addresses in digits it asks nobody.
std::vector<address> look_up(const std::string &host, const std::string &service,
                             const lookup_options &options, int more_flags) {
  addrinfo hints{};
  hints.ai_family = options.family;
  hints.ai_socktype = options.type;
  hints.ai_protocol = options.protocol;
  hints.ai_flags = options.flags | more_flags;
  addrinfo *found = nullptr;
  const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                 service.empty() ? nullptr : service.c_str(), &hints, &found);
  if (code)
    throw lookup_error(code, "'" + host + "', service '" + service + "'");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  std::vector<address> result;
  for (const addrinfo *at = found; at; at = at->ai_next)
    result.emplace_back(at->ai_addr, at->ai_addrlen);
  return result;
}

bool in_digits(const std::string &host, const std::string &service) {
  if (service.find_first_not_of("0123456789") != std::string::npos)
    return false;
  unsigned char ignored[sizeof(in6_addr)];
  const std::string bare = host.substr(0, host.find('%'));
  return host.empty() || inet_pton(AF_INET, host.c_str(), ignored) == 1 ||
         inet_pton(AF_INET6, bare.c_str(), ignored) == 1;
}

} // namespace

lookup_error::lookup_error(int code, const std::string &what)
    : error("abide: cannot look up " + what + ": " +
            (code == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(code))),
      code_(code) {}

address::address(const sockaddr *given, socklen_t size) : size_(size) {
  if (size > sizeof storage_)
    throw invalid_argument("abide: an address of " + std::to_string(size) + " bytes is too long");
  std::memcpy(&storage_, given, size);
}

address address::ip(const std::string &host, unsigned port) {
  if (port > 65535)
    throw invalid_argument("abide: there is no port " + std::to_string(port));
  try {
    if (!host.empty() && in_digits(host, ""))
      return look_up(host, std::to_string(port), {}, AI_NUMERICHOST | AI_NUMERICSERV).at(0);
  } catch (const lookup_error &) {
  }
  throw invalid_argument("abide: '" + host +
                         "' is no address in digits: getaddrinfo() looks up names");
}

address address::unix_path(const std::string &path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const bool abstract = path.starts_with('\0');
  const std::size_t needed = path.size() + (abstract ? 0 : 1);
  if (path.empty() || needed > sizeof name.sun_path)
    throw invalid_argument("abide: the path of a Unix socket has 1 to " +
                           std::to_string(sizeof name.sun_path - 1) + " characters: '" + path +
                           "'");
  std::memcpy(name.sun_path, path.data(), path.size());
  return address(reinterpret_cast<const sockaddr *>(&name),
                 static_cast<socklen_t>(path_offset + needed));
}

address address::local_of(int fd) {
  address result;
  result.size_ = sizeof result.storage_;
  if (::getsockname(fd, reinterpret_cast<sockaddr *>(&result.storage_), &result.size_) < 0)
    throw os_error(errno, "abide: descriptor " + std::to_string(fd) + " has no address");
  return result;
}

address address::peer_of(int fd) {
  address result;
  result.size_ = sizeof result.storage_;
  if (::getpeername(fd, reinterpret_cast<sockaddr *>(&result.storage_), &result.size_) < 0)
    throw os_error(errno, "abide: descriptor " + std::to_string(fd) + " is not connected");
  return result;
}

unsigned address::port() const noexcept {
  if (family() == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in *>(&storage_)->sin_port);
  if (family() == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6 *>(&storage_)->sin6_port);
  return 0;
}

std::string address::host() const {
  char text[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
  if ((family() != AF_INET && family() != AF_INET6) ||
      ::getnameinfo(get(), size_, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return {};
  return text;
}

std::string address::path() const {
  if (family() != AF_UNIX || size_ <= path_offset)
    return {};
  const char *text = reinterpret_cast<const sockaddr_un *>(&storage_)->sun_path;
  const std::size_t size = size_ - path_offset;
  return text[0] ? std::string(text, strnlen(text, size)) : std::string(text, size);
}

bool operator==(const address &a, const address &b) noexcept {
  return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
}

std::string to_string(const address &what) {
  switch (what.family()) {
  case AF_INET:
    return what.host() + ":" + std::to_string(what.port());
  case AF_INET6:
    return std::string("[").append(what.host()).append("]:") + std::to_string(what.port());
  case AF_UNIX: {
    std::string path = what.path();
    if (path.starts_with('\0'))
      path[0] = '@';
    return path.empty() ? "<unnamed>" : path;
  }
  default:
    return "<no address>";
  }
}

task<std::vector<address>> getaddrinfo(std::string host, std::string service,
                                       lookup_options options) {
  if (in_digits(host, service))
    // NOLINTNEXTLINE(async-blocking-call): nothing is looked up
    co_return look_up(host, service, options, AI_NUMERICHOST | AI_NUMERICSERV);
  auto job = [host = std::move(host), service = std::move(service), options] {
    return look_up(host, service, options, 0);
  };
  auto found = to_thread(std::move(job));
  co_return co_await std::move(found);
}

task<host_and_service> getnameinfo(address of, int flags) {
  auto job = [of, flags] {
    char host[NI_MAXHOST], service[NI_MAXSERV];
    const int code =
        ::getnameinfo(of.get(), of.size(), host, sizeof host, service, sizeof service, flags);
    if (code)
      throw lookup_error(code, to_string(of));
    return host_and_service{host, service};
  };
  if ((flags & NI_NUMERICHOST) && (flags & NI_NUMERICSERV))
    co_return job(); // NOLINT(async-blocking-call): nothing is looked up
  auto found = to_thread(std::move(job));
  co_return co_await std::move(found);
}

} // namespace abide

// Sockets as streams and servers make them.
#pragma once

#include <abide/detail/owned_fd.hpp>

namespace abide::detail {

/// A non-blocking socket. Throws os_error.
owned_fd make_socket(int family, int type);
/// TCP sends small pieces at once. Nothing for other sockets.
void send_small_pieces(int fd) noexcept;

} // namespace abide::detail

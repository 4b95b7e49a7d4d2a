// Who is at the other end of a connection.
#pragma once

#include "asio.hpp"

#include <string>

namespace chat {

/// The host name of `peer` if the resolver knows one, otherwise its address.
awaitable<std::string> host_name(tcp::endpoint peer);

} // namespace chat

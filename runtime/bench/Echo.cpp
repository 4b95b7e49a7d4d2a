// What one message costs a TCP echo server: 100 connections on loopback, 64 bytes, one message at a
// time each. Prints user plus system CPU time of the server process per message, the median of
// alternated rounds, and its ratio to a server on raw epoll.
//
//   abide-echo-bench [connections] [messages] [rounds]

#include "Echo.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t MessageSize = 64;

[[noreturn]] void die(const char *What) {
  std::perror(What);
  std::exit(1);
}

int listenOnLoopback(sockaddr_in &At) {
  const int Fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  socklen_t Size = sizeof At;
  At = {};
  At.sin_family = AF_INET;
  At.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (Fd < 0 || bind(Fd, reinterpret_cast<sockaddr *>(&At), Size) < 0 || listen(Fd, 1024) < 0 ||
      getsockname(Fd, reinterpret_cast<sockaddr *>(&At), &Size) < 0)
    die("listen");
  return Fd;
}

/// All connections, each sends again when its answer is complete.
void load(const sockaddr_in &To, std::size_t Connections, std::size_t Messages) {
  const int Epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> Clients;
  std::vector<std::size_t> Missing;
  char Message[MessageSize] = {};
  for (std::size_t I = 0; I < Connections; ++I) {
    const int Fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int On = 1;
    setsockopt(Fd, IPPROTO_TCP, TCP_NODELAY, &On, sizeof On);
    if (connect(Fd, reinterpret_cast<const sockaddr *>(&To), sizeof To) < 0)
      die("connect");
    epoll_event Event{};
    Event.events = EPOLLIN;
    Event.data.u64 = I;
    epoll_ctl(Epoll, EPOLL_CTL_ADD, Fd, &Event);
    Clients.push_back(Fd);
    Missing.push_back(MessageSize);
  }
  for (const int Fd : Clients)
    if (send(Fd, Message, sizeof Message, MSG_NOSIGNAL) < 0)
      die("send");
  for (std::size_t Done = 0; Done < Messages;) {
    epoll_event Events[64];
    const int Count = epoll_wait(Epoll, Events, 64, 10000);
    if (Count <= 0)
      die("a server does not answer");
    for (int I = 0; I < Count; ++I) {
      const std::size_t Which = Events[I].data.u64;
      const ssize_t Got = recv(Clients[Which], Message, Missing[Which], 0);
      if (Got <= 0)
        die("recv");
      if ((Missing[Which] -= static_cast<std::size_t>(Got)) > 0)
        continue;
      ++Done;
      Missing[Which] = MessageSize;
      if (send(Clients[Which], Message, sizeof Message, MSG_NOSIGNAL) < 0)
        die("send");
    }
  }
  for (const int Fd : Clients)
    close(Fd);
  close(Epoll);
}

/// Nanoseconds of the server's CPU per message.
double measure(void (*Serve)(int), std::size_t Connections, std::size_t Messages) {
  sockaddr_in At;
  const int Listening = listenOnLoopback(At);
  const pid_t Server = fork();
  if (Server == 0) {
    Serve(Listening);
    _exit(0);
  }
  close(Listening);
  load(At, Connections, Messages);
  kill(Server, SIGKILL);
  rusage Used{};
  wait4(Server, nullptr, 0, &Used);
  const auto Nanoseconds = [](const timeval &T) {
    return static_cast<double>(T.tv_sec) * 1e9 + static_cast<double>(T.tv_usec) * 1e3;
  };
  return (Nanoseconds(Used.ru_utime) + Nanoseconds(Used.ru_stime)) / static_cast<double>(Messages);
}

} // namespace

/// As one would write it in C: level-triggered, recv and send.
void serveRaw(int Listening) {
  const int Epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event Event{};
  Event.events = EPOLLIN;
  Event.data.fd = Listening;
  epoll_ctl(Epoll, EPOLL_CTL_ADD, Listening, &Event);
  for (;;) {
    epoll_event Events[128];
    const int Count = epoll_wait(Epoll, Events, 128, -1);
    for (int I = 0; I < Count; ++I) {
      const int Fd = Events[I].data.fd;
      if (Fd == Listening) {
        const int Client = accept4(Fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const int On = 1;
        setsockopt(Client, IPPROTO_TCP, TCP_NODELAY, &On, sizeof On);
        Event.data.fd = Client;
        epoll_ctl(Epoll, EPOLL_CTL_ADD, Client, &Event);
        continue;
      }
      char Buffer[4096];
      const ssize_t Got = recv(Fd, Buffer, sizeof Buffer, 0);
      if (Got <= 0)
        close(Fd);
      else if (send(Fd, Buffer, static_cast<std::size_t>(Got), MSG_NOSIGNAL) < 0)
        die("send");
    }
  }
}

int main(int Count, char **Arguments) {
  const auto Number = [&](int I, unsigned long Default) {
    return Count > I ? std::strtoul(Arguments[I], nullptr, 10) : Default;
  };
  const std::size_t Connections = Number(1, 100), Messages = Number(2, 200000),
                    Rounds = Number(3, 7);
  struct Contender {
    const char *Name;
    void (*Serve)(int);
    std::vector<double> Costs;
  };
  Contender All[] = {
      {"raw epoll", serveRaw, {}},
      {"abide streams", serveAbide, {}},
#ifdef ABIDE_BENCH_ASIO
      {"Boost.Asio awaitables", serveAsio, {}},
#endif
  };
  for (std::size_t Round = 0; Round < Rounds; ++Round)
    for (Contender &One : All)
      One.Costs.push_back(measure(One.Serve, Connections, Messages));
  for (Contender &One : All)
    std::sort(One.Costs.begin(), One.Costs.end());
  for (const Contender &One : All) {
    const double Median = One.Costs[Rounds / 2];
    std::printf("%-24s median %6.0f  min %6.0f ns/message  ratio %.3f (of minima %.3f)\n", One.Name,
                Median, One.Costs[0], Median / All[0].Costs[Rounds / 2],
                One.Costs[0] / All[0].Costs[0]);
  }
}

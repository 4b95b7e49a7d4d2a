// The corrected chat server at work: real processes, real sockets, the loopback interface.
// usage: relay-test SERVER [gtest options]

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

std::string ServerPath;

constexpr int PatienceMs = 10'000;

/// Reads a line, or what came of it until the patience ran out or the other end closed.
std::string readLine(int Fd) {
  std::string Line;
  for (char C = 0;;) {
    pollfd Ready{Fd, POLLIN, 0};
    if (poll(&Ready, 1, PatienceMs) <= 0 || read(Fd, &C, 1) != 1 || C == '\n')
      return Line;
    Line += C;
  }
}

class Server {
public:
  explicit Server(const std::filesystem::path &History) {
    int Pipe[2];
    if (pipe(Pipe) != 0)
      throw std::runtime_error("no pipe");
    Pid = fork();
    if (Pid == 0) {
      dup2(Pipe[1], STDOUT_FILENO);
      close(Pipe[0]);
      close(Pipe[1]);
      execl(ServerPath.c_str(), "chat", "0", History.c_str(), static_cast<char *>(nullptr));
      _exit(127);
    }
    close(Pipe[1]);
    const std::string Greeting = readLine(Pipe[0]);
    close(Pipe[0]);
    Port = std::atoi(Greeting.substr(Greeting.rfind(':') + 1).c_str());
  }
  Server(const Server &) = delete;
  ~Server() {
    if (Pid > 0) {
      kill(Pid, SIGKILL);
      waitpid(Pid, nullptr, 0);
    }
  }

  void askToStop() const { kill(Pid, SIGTERM); }

  /// The exit code, or -1 for a death by signal (also of boredom, by ours).
  int exitCode() {
    int Status = 0;
    for (int Waited = 0; waitpid(Pid, &Status, WNOHANG) == 0; Waited += 10) {
      if (Waited > PatienceMs)
        kill(Pid, SIGKILL);
      usleep(10'000);
    }
    Pid = -1;
    return WIFEXITED(Status) ? WEXITSTATUS(Status) : -1;
  }

  int Port = 0;

private:
  pid_t Pid = -1;
};

class Client {
public:
  explicit Client(int Port) : Fd(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in To{};
    To.sin_family = AF_INET;
    To.sin_port = htons(static_cast<uint16_t>(Port));
    To.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(Fd, reinterpret_cast<sockaddr *>(&To), sizeof To) != 0)
      throw std::runtime_error("cannot connect to port " + std::to_string(Port));
  }
  Client(const Client &) = delete;
  ~Client() { close(Fd); }

  void say(std::string Line) {
    Line += '\n';
    ASSERT_EQ(write(Fd, Line.data(), Line.size()), static_cast<ssize_t>(Line.size()));
  }
  std::string hear() { return readLine(Fd); }

private:
  int Fd;
};

std::string contentOf(const std::filesystem::path &File) {
  std::ostringstream Text;
  Text << std::ifstream(File).rdbuf();
  return Text.str();
}

class Relay : public testing::Test {
protected:
  std::filesystem::path History =
      std::filesystem::temp_directory_path() / ("abide-relay-" + std::to_string(getpid()));
  void SetUp() override { std::filesystem::remove(History); }
  void TearDown() override { std::filesystem::remove(History); }
};

TEST_F(Relay, carriesALineToTheOthersAndToTheDisk) {
  Server S(History);
  ASSERT_GT(S.Port, 0);
  Client Ann(S.Port);
  Ann.say("login ann secret");
  EXPECT_EQ(Ann.hear(), "welcome ann");
  Client Bob(S.Port);
  Bob.say("login bob secret");
  EXPECT_EQ(Bob.hear(), "welcome bob");
  EXPECT_EQ(Ann.hear(), "* bob entered");

  Ann.say("hello, world");
  EXPECT_EQ(Bob.hear(), "ann: hello, world");
  EXPECT_EQ(Ann.hear(), "ann: hello, world");
  Bob.say("/history");
  EXPECT_EQ(Bob.hear(), "* ann entered");
  EXPECT_EQ(Bob.hear(), "* bob entered");
  EXPECT_EQ(Bob.hear(), "ann: hello, world");

  Bob.say("/quit");
  EXPECT_EQ(Bob.hear(), "goodbye bob");
  EXPECT_EQ(Ann.hear(), "* bob left");
  S.askToStop();
  EXPECT_EQ(Ann.hear(), "* the server stops in a moment");
  EXPECT_EQ(S.exitCode(), 0);
  EXPECT_EQ(contentOf(History), "* ann entered\n* bob entered\nann: hello, world\n* bob left\n"
                                "* the server stops in a moment\n* ann left\n");
}

TEST_F(Relay, keepsANameForThePasswordThatTookIt) {
  Server S(History);
  ASSERT_GT(S.Port, 0);
  Client Ann(S.Port);
  Ann.say("login ann secret");
  EXPECT_EQ(Ann.hear(), "welcome ann");
  Client Mallory(S.Port);
  Mallory.say("login ann guess");
  EXPECT_EQ(Mallory.hear(), "wrong password");
  EXPECT_EQ(Mallory.hear(), "") << "the server should have closed the connection";
}

TEST_F(Relay, stopsAlthoughAClientNeverLoggedIn) {
  Server S(History);
  ASSERT_GT(S.Port, 0);
  Client Silent(S.Port);
  Client Ann(S.Port); // Accepted after the silent one: now both are.
  Ann.say("login ann secret");
  EXPECT_EQ(Ann.hear(), "welcome ann");
  S.askToStop();
  EXPECT_EQ(S.exitCode(), 0);
}

} // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: relay-test SERVER [gtest options]\n";
    return 64;
  }
  ServerPath = argv[1];
  return RUN_ALL_TESTS();
}

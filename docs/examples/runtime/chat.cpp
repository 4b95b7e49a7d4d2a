// A chat room: each client has a task that reads and one that writes, in one group: when one of
// them ends, so does the other. A slow client loses lines, and holds up nobody.

#include <abide/abide.hpp>

#include <iostream>
#include <map>

using namespace abide;

/// The next line; empty when the client has gone, in good order or not.
task<std::string> next_line(stream_reader& from) {
  try {
    co_return co_await from.read_line();
  } catch (const connection_error&) {
    co_return std::string();
  }
}

class room {
public:
  task<> welcome(connection client) {
    std::string name = co_await next_line(client.reader);
    if (name.empty())
      co_return;
    name.pop_back();
    queue<std::string> lines(100);
    const member here(*this, name, lines);
    say(name + " is here");
    co_await task_group().run([&](task_group& both) -> task<> {
      auto writing = both.create_task(write(client.writer, lines));
      for (std::string line; !(line = co_await next_line(client.reader)).empty();)
        say(name + ": " + line.substr(0, line.size() - 1));
      writing.cancel();
    });
    client.writer.close();
  }

private:
  /// In the room for as long as it lives.
  struct member {
    member(room& of, std::string as, queue<std::string>& lines) : here(of), name(std::move(as)) {
      here.members_[name] = &lines;
    }
    ~member() {
      here.members_.erase(name);
      here.say(name + " has left");
    }
    member(const member&) = delete;
    member& operator=(const member&) = delete;
    room& here;
    std::string name;
  };

  static task<> write(stream_writer& to, queue<std::string>& lines) {
    for (;;) {
      to.write(co_await lines.get() + "\n");
      try {
        co_await to.drain();
      } catch (const connection_error&) { // the reading task will see the end, too
      }
    }
  }
  void say(const std::string& line) {
    for (const auto& [name, lines] : members_)
      if (!lines->full())
        lines->put_nowait(line);
  }

  std::map<std::string, queue<std::string>*> members_;
};

/// Reads lines and shows them, until one of them is the last.
task<> expect(std::string who, connection& server, std::string last) {
  for (;;) {
    std::string line = co_await server.reader.read_line();
    line.pop_back();
    std::cout << who << " reads: " << line << "\n";
    if (line == last)
      co_return;
  }
}

task<> evening() {
  room lounge;
  connection_handler welcome = [&](connection client) { return lounge.welcome(std::move(client)); };
  server door = co_await start_server(std::move(welcome), "127.0.0.1", 0);
  connection ann = co_await open_connection("127.0.0.1", door.port());
  ann.writer.write("ann\n");
  co_await expect("ann", ann, "ann is here");
  connection bob = co_await open_connection("127.0.0.1", door.port());
  bob.writer.write("bob\n");
  co_await expect("ann", ann, "bob is here");
  co_await expect("bob", bob, "bob is here");
  ann.writer.write("good evening\n");
  co_await expect("bob", bob, "ann: good evening");
  bob.writer.write("and good night\n");
  co_await expect("ann", ann, "bob: and good night");
  co_await bob.aclose();
  co_await expect("ann", ann, "bob has left");
  co_await ann.aclose();
  co_await door.aclose();
}

int main() { run(evening()); }

#include "vocabulary/Vocabulary.h"
#include "vocabulary/Table.h"
#include "llvm/ADT/StringExtras.h"
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <optional>
#include <set>

using namespace abide;
using llvm::StringRef;

namespace {

const Vocabulary &builtin() { return Vocabulary::builtin(); }

/// The built-in tables with one of the user, which must be right.
Vocabulary with(StringRef Json) {
  llvm::Expected<Vocabulary> V = Vocabulary::builtinWith(Json, "user.json");
  if (V)
    return std::move(*V);
  ADD_FAILURE() << llvm::toString(V.takeError());
  return builtin();
}

/// The message about a table that must be wrong.
std::string error(StringRef Json) {
  llvm::Expected<Vocabulary> V = Vocabulary::builtinWith(Json, "user.json");
  if (!V)
    return llvm::toString(V.takeError());
  ADD_FAILURE() << "no error: " << Json.str();
  return "";
}

/// LazyTask -> "lazy_task". Without a default, so that the compiler asks for new enumerators.
StringRef expectedKey(Role R) {
  switch (R) {
  case Role::LazyTask:
    return "lazy_task";
  case Role::EagerTask:
    return "eager_task";
  case Role::DroppableTask:
    return "droppable_task";
  case Role::FireAndForget:
    return "fire_and_forget";
  case Role::Generator:
    return "generator";
  case Role::AsyncGenerator:
    return "async_generator";
  case Role::Awaitable:
    return "awaitable";
  case Role::NotAwaitable:
    return "not_awaitable";
  case Role::SharedTask:
    return "shared_task";
  case Role::DropCancels:
    return "drop_cancels";
  case Role::AsyncLock:
    return "async_lock";
  case Role::LoopAffine:
    return "loop_affine";
  case Role::TaskScope:
    return "task_scope";
  case Role::BlockingPool:
    return "blocking_pool";
  case Role::Hostile:
    return "hostile";
  case Role::Guard:
    return "guard";
  case Role::Spawn:
    return "spawn";
  case Role::OwningSpawn:
    return "owning_spawn";
  case Role::Detach:
    return "detach";
  case Role::SyncWait:
    return "sync_wait";
  case Role::ThreadSafe:
    return "thread_safe";
  case Role::RunsCallable:
    return "runs_callable";
  case Role::KeepsCallable:
    return "keeps_callable";
  case Role::DropsCallable:
    return "drops_callable";
  case Role::DropsResult:
    return "drops_result";
  case Role::Offload:
    return "offload";
  case Role::SwitchToPool:
    return "switch_to_pool";
  case Role::SwitchToLoop:
    return "switch_to_loop";
  case Role::MakesNonBlocking:
    return "makes_non_blocking";
  case Role::ReadyCheck:
    return "ready_check";
  case Role::LoopBound:
    return "loop_bound";
  case Role::ThreadHopping:
    return "thread_hopping";
  case Role::EventLoop:
    return "event_loop";
  case Role::MustClose:
    return "must_close";
  case Role::CancellationToken:
    return "cancellation_token";
  case Role::CancellationError:
    return "cancellation_error";
  case Role::ErrorLike:
    return "error_like";
  case Role::TimeoutScope:
    return "timeout_scope";
  case Role::LockGuard:
    return "lock_guard";
  case Role::LoopCallback:
    return "loop_callback";
  case Role::OtherLoop:
    return "other_loop";
  case Role::Closes:
    return "closes";
  case Role::ClosingScope:
    return "closing_scope";
  case Role::Completes:
    return "completes";
  case Role::WaitsOnly:
    return "waits_only";
  case Role::ReportsFailure:
    return "reports_failure";
  case Role::Cancels:
    return "cancels";
  case Role::Shields:
    return "shields";
  case Role::AsyncSleep:
    return "async_sleep";
  case Role::Checkpoint:
    return "checkpoint";
  case Role::NeverSuspends:
    return "never_suspends";
  case Role::NeverFails:
    return "never_fails";
  case Role::ThreadIdentity:
    return "thread_identity";
  case Role::LastError:
    return "last_error";
  case Role::InstallsSignalHandler:
    return "installs_signal_handler";
  case Role::Consumes:
    return "consumes";
  case Role::SwallowsFailure:
    return "swallows_failure";
  case Role::ErrorsAsValues:
    return "errors_as_values";
  case Role::MakesObject:
    return "makes_object";
  case Role::JoinsAll:
    return "joins_all";
  case Role::Races:
    return "races";
  case Role::MakesReady:
    return "makes_ready";
  case Role::NonBlocking:
    return "nonblocking";
  case Role::DropTerminates:
    return "drop_terminates";
  case Role::View:
    return "view";
  case Role::DropBlocks:
    return "drop_blocks";
  }
  return "";
}

/// The embedded tables, parsed. An empty one stands for a table that does not parse.
const std::map<std::string, VocabularyTable> &tables() {
  static const std::map<std::string, VocabularyTable> Tables = [] {
    std::map<std::string, VocabularyTable> Result;
    for (auto [Name, Text] : vocabularyTables()) {
      llvm::Expected<VocabularyTable> T = parseVocabularyTable(Text, Name);
      if (T)
        Result[Name.str()] = std::move(*T);
      else
        ADD_FAILURE() << llvm::toString(T.takeError());
    }
    return Result;
  }();
  return Tables;
}

std::string blockingKey(const BlockingFunction *F) {
  if (!F)
    return "no";
  static const char *const Kinds[] = {"wait",     "lock",  "disk", "network", "process",
                                      "database", "heavy", "log",  "loop"};
  static const char *const Unless[] = {"",
                                       " unless zero ",
                                       " unless flag ",
                                       " unless non-blocking fd ",
                                       " unless ready",
                                       " unless non-null ",
                                       " if flag "};
  std::string Result = std::string(Kinds[int(F->Kind)]) + Unless[int(F->Unless)];
  if (F->Unless != BlockUnless::Never && F->Unless != BlockUnless::Ready)
    Result += std::to_string(F->Arg);
  return Result;
}

//===----------------------------------------------------------------------===//
// The schema
//===----------------------------------------------------------------------===//

TEST(VocabularyTest, EveryRoleHasItsKeyAndEveryKeyItsRole) {
  std::set<std::string> Keys;
  for (unsigned I = 0; I != NumRoles; ++I) {
    Role R = Role(I);
    EXPECT_EQ(roleKey(R), expectedKey(R));
    EXPECT_TRUE(Keys.insert(roleKey(R).str()).second) << roleKey(R).str();
    Vocabulary V = with(("{\"" + roleKey(R) + "\": [\"acme::Thing\"]}").str());
    for (unsigned J = 0; J != NumRoles; ++J)
      EXPECT_EQ(V.has("acme::Thing", Role(J)), I == J) << roleKey(R).str();
  }
}

TEST(VocabularyTest, EveryKindAndConditionHasItsKey) {
  const char *Kinds[] = {"wait",     "lock",  "disk", "network", "process",
                         "database", "heavy", "log",  "loop"};
  for (int I = 0; I != 9; ++I) {
    Vocabulary V = with("{\"blocking\": [{\"kind\": \"" + std::string(Kinds[I]) +
                        "\", \"names\": [\"acme::f\"]}]}");
    ASSERT_TRUE(V.blocking("acme::f"));
    EXPECT_EQ(V.blocking("acme::f")->Kind, BlockKind(I));
    EXPECT_EQ(V.blocking("acme::f")->Unless, BlockUnless::Never);
  }
  std::pair<const char *, BlockUnless> Conditions[] = {
      {R"("never")", BlockUnless::Never},
      {R"("zero_timeout", "arg": 3)", BlockUnless::ZeroTimeout},
      {R"("flag", "arg": 3, "flags": ["X", "Y"])", BlockUnless::Flag},
      {R"("non_blocking_fd", "arg": 3, "flags": ["X", "Y"])", BlockUnless::NonBlockingFd},
      {R"("ready")", BlockUnless::Ready},
      {R"("non_null", "arg": 3)", BlockUnless::NonNull},
      {R"("flag_missing", "arg": 3, "flags": ["X", "Y"])", BlockUnless::FlagMissing}};
  for (auto [Text, Unless] : Conditions) {
    Vocabulary V = with("{\"blocking\": [{\"names\": [\"acme::f\"], \"kind\": \"disk\", "
                        "\"instead\": \"await 'g'\", \"unless\": " +
                        std::string(Text) + "}]}");
    const BlockingFunction *F = V.blocking("acme::f");
    ASSERT_TRUE(F) << Text;
    EXPECT_EQ(F->Unless, Unless);
    EXPECT_EQ(F->Instead, "await 'g'");
    EXPECT_EQ(F->Arg, StringRef(Text).contains("arg") ? 3u : 0u);
    std::vector<std::string> Flags;
    if (StringRef(Text).contains("flags"))
      Flags = {"X", "Y"};
    EXPECT_EQ(F->Flags, Flags);
  }
}

TEST(VocabularyTest, NamesAreRelativeToEachNamespace) {
  Vocabulary V = with(R"({"namespaces": ["boost::acme", "acme"],
    "lazy_task": ["job", "::other::job"],
    "advice": {"start": "{}::go", "sleep": "{}::nap", "offload": "pool",
               "cancelled": "{}::stopped", "cancelled_with_token": "{}::halted",
               "cancelled_once": "{}::told"},
    "blocking": [{"kind": "wait", "instead": "await '{}::join'", "names": ["wait", "::other::wait"]}]})");
  EXPECT_TRUE(V.has("boost::acme::job", Role::LazyTask));
  EXPECT_TRUE(V.has("acme::job", Role::LazyTask));
  EXPECT_TRUE(V.has("other::job", Role::LazyTask));
  EXPECT_FALSE(V.has("job", Role::LazyTask));
  EXPECT_FALSE(V.has("acme::other::job", Role::LazyTask));
  EXPECT_EQ(V.blocking("acme::wait")->Instead, "await 'acme::join'");
  EXPECT_EQ(V.blocking("boost::acme::wait")->Instead, "await 'boost::acme::join'");
  ASSERT_TRUE(V.blocking("other::wait"));
  EXPECT_FALSE(V.blocking("wait") == V.blocking("other::wait"));
  EXPECT_EQ(V.adviceFor("acme::job")->Start, "acme::go");
  EXPECT_EQ(V.adviceFor("boost::acme::detail::x::y")->Sleep, "boost::acme::nap");
  EXPECT_EQ(V.adviceFor("acme")->Offload, "pool");
  EXPECT_EQ(V.adviceFor("acme::job")->Cancelled, "acme::stopped");
  EXPECT_EQ(V.adviceFor("acme::job")->CancelledWithToken, "acme::halted");
  EXPECT_EQ(V.adviceFor("acme::job")->CancelledOnce, "acme::told");
}

TEST(VocabularyTest, AByteOrderMarkIsNoError) {
  EXPECT_TRUE(with("\xEF\xBB\xBF{\"spawn\": [\"acme::go\"]}").has("acme::go", Role::Spawn));
}

//===----------------------------------------------------------------------===//
// The embedded tables
//===----------------------------------------------------------------------===//

TEST(VocabularyTest, EmbeddedTablesAreValid) {
  EXPECT_EQ(tables().size(), vocabularyTables().size());
  EXPECT_GE(tables().size(), 20u);
  for (const auto &[File, T] : tables()) {
    EXPECT_FALSE(T.Library.Name.empty()) << File;
    EXPECT_TRUE(T.Remove.empty()) << File;
    bool HasAdvice = !T.Library.Start.empty();
    EXPECT_EQ(HasAdvice, !T.Library.Sleep.empty()) << File;
    EXPECT_FALSE(HasAdvice && T.Library.Namespaces.empty()) << File;
    // Messages put them between quotes.
    for (StringRef Name : {T.Library.Start, T.Library.Sleep, T.Library.Offload})
      EXPECT_EQ(Name.find_first_of(" '().,;"), StringRef::npos) << File << ": " << Name.str();
  }
}

// A name that two groups claim would be judged by whichever comes last.
TEST(VocabularyTest, EmbeddedNamesBlockInOneWay) {
  std::map<std::string, std::string> FileOf;
  for (const auto &[File, T] : tables())
    for (const auto &Group : T.Blocking)
      for (const std::string &Name : Group.Names)
        for (const auto &[Space, Full] : T.expand(Name)) {
          auto [It, New] = FileOf.try_emplace(Full, File);
          EXPECT_TRUE(New) << Full << " in " << It->second << " and " << File;
        }
}

TEST(VocabularyTest, EmbeddedListsHoldNoNameTwice) {
  for (const auto &[File, T] : tables())
    for (unsigned R = 0; R != NumRoles; ++R) {
      std::set<std::string> Seen;
      for (const std::string &Name : T.Names[R])
        EXPECT_TRUE(Seen.insert(Name).second)
            << File << " " << roleKey(Role(R)).str() << " " << Name;
    }
}

TEST(VocabularyTest, WhatWaitsForATaskBlocks) {
  for (const auto &[File, T] : tables())
    for (const std::string &Name : T.Names[unsigned(Role::SyncWait)])
      for (const auto &[Space, Full] : T.expand(Name))
        EXPECT_TRUE(builtin().blocking(Full)) << Full;
}

// A glob that ends in "::*" would make every identifier known.
TEST(VocabularyTest, EmbeddedGlobsNameAPrefix) {
  for (const auto &[File, T] : tables()) {
    std::vector<std::string> All;
    for (const auto &Names : T.Names)
      All.insert(All.end(), Names.begin(), Names.end());
    for (const auto &Group : T.Blocking)
      All.insert(All.end(), Group.Names.begin(), Group.Names.end());
    for (const std::string &Name : All)
      EXPECT_FALSE(Name == "*" || StringRef(Name).ends_with("::*")) << Name;
  }
}

TEST(VocabularyTest, RepresentativeRoles) {
  std::tuple<const char *, Role> Known[] = {
      {"boost::asio::awaitable", Role::LazyTask},
      {"asio::awaitable", Role::LazyTask},
      {"boost::asio::co_spawn", Role::Spawn},
      {"boost::asio::co_spawn", Role::KeepsCallable},
      {"asio::post", Role::ThreadSafe},
      {"boost::asio::thread_pool", Role::BlockingPool},
      {"boost::asio::basic_stream_socket", Role::LoopAffine},
      {"boost::cobalt::promise", Role::EagerTask},
      {"boost::cobalt::task", Role::LazyTask},
      {"boost::cobalt::detached", Role::FireAndForget},
      {"folly::coro::Task", Role::LazyTask},
      {"folly::coro::blockingWait", Role::SyncWait},
      {"folly::coro::Mutex", Role::AsyncLock},
      {"folly::EventBase::runInEventBaseThread", Role::ThreadSafe},
      {"folly::coro::CancellableAsyncScope::add", Role::OwningSpawn},
      {"cppcoro::shared_task", Role::SharedTask},
      {"cppcoro::single_consumer_event", Role::NotAwaitable},
      {"cppcoro::recursive_generator", Role::Generator},
      {"coro::thread_pool::schedule", Role::SwitchToPool},
      {"coro::sync_wait", Role::SyncWait},
      {"seastar::future", Role::EagerTask},
      {"seastar::smp::submit_to", Role::ThreadSafe},
      {"QCoro::Task", Role::DroppableTask},
      {"QCoro::AsyncGenerator", Role::AsyncGenerator},
      {"concurrencpp::null_result", Role::FireAndForget},
      {"concurrencpp::lazy_result", Role::LazyTask},
      {"async_simple::coro::Lazy", Role::LazyTask},
      {"async_simple::coro::syncAwait", Role::SyncWait},
      {"stdexec::sync_wait", Role::SyncWait},
      {"exec::start_detached", Role::Detach},
      {"unifex::async_mutex", Role::AsyncLock},
      {"kj::Promise", Role::EagerTask},
      {"kj::evalNow", Role::RunsCallable},
      {"kj::TaskSet::add", Role::OwningSpawn},
      {"abide::task", Role::LazyTask},
      {"abide::create_task", Role::Spawn},
      {"abide::loop::call_soon_threadsafe", Role::ThreadSafe},
      {"abide::to_thread", Role::Offload},
      {"std::thread::thread", Role::Offload},
      {"std::lock_guard", Role::LockGuard},
      {"seastar::semaphore_units", Role::Guard},
      {"std::ranges::sort", Role::RunsCallable},
      {"std::ranges::__sort_fn::operator()", Role::RunsCallable},
      {"stdexec::sync_wait_t::operator()", Role::SyncWait},
      {"experimental::execution::start_detached", Role::Detach},
      {"drogon::async_run", Role::Spawn},
      {"winrt::resume_background", Role::SwitchToPool},
      {"QtConcurrent::run", Role::Offload},
      {"tmc::mutex", Role::AsyncLock}};
  for (auto [Name, R] : Known) {
    EXPECT_TRUE(builtin().has(Name, R)) << Name << " " << roleKey(R).str();
    EXPECT_TRUE(builtin().mayKnow(StringRef(Name).rsplit("::").second)) << Name;
  }
  EXPECT_FALSE(builtin().has("boost::asio::awaitable", Role::EagerTask));
  EXPECT_FALSE(builtin().has("seastar::future::get", Role::SyncWait));
  EXPECT_FALSE(builtin().has("acme::awaitable", Role::LazyTask));
  EXPECT_FALSE(builtin().has("", Role::LazyTask));
}

TEST(VocabularyTest, RepresentativeBlockingFunctions) {
  std::pair<const char *, const char *> Known[] = {
      {"std::this_thread::sleep_for", "wait unless zero 0"},
      {"std::condition_variable::wait_for", "wait unless zero 1"},
      {"std::future::get", "wait unless ready"},
      {"std::future::wait_for", "wait unless zero 0"},
      {"std::mutex::lock", "lock"},
      {"std::unique_lock::unique_lock", "lock unless flag 1"},
      {"std::basic_ifstream::basic_ifstream", "disk"},
      {"std::filesystem::copy_file", "disk"},
      {"std::filesystem::directory_iterator::operator++", "disk"},
      {"std::getline", "disk if flag 0"},
      {"read", "network unless non-blocking fd 0"},
      {"recv", "network unless non-blocking fd 0"},
      {"waitpid", "process unless flag 2"},
      {"wait3", "process unless flag 1"},
      {"poll", "wait unless zero 2"},
      {"epoll_wait", "wait unless zero 3"},
      {"fcntl", "disk if flag 1"},
      {"flock", "disk unless flag 1"},
      {"getaddrinfo", "network"},
      {"fsync", "disk"},
      {"pthread_mutex_lock", "lock"},
      {"boost::asio::io_context::run", "loop"},
      {"boost::asio::ip::basic_resolver::resolve", "network"},
      {"asio::read", "network"},
      {"boost::beast::websocket::stream::read", "network"},
      {"boost::mysql::connection::execute", "database"},
      {"boost::this_thread::sleep_for", "wait unless zero 0"},
      {"boost::process::child::wait", "process"},
      {"curl_easy_perform", "network"},
      {"curl_multi_poll", "network unless zero 3"},
      {"sqlite3_step", "database"},
      {"PQexecParams", "database"},
      {"PQgetResult", "database unless ready"},
      {"PQdescribePrepared", "database"},
      {"pqxx::connection::connection", "database"},
      {"mysql_real_query", "database"},
      {"redisCommand", "database"},
      {"rocksdb::DB::Get", "database"},
      {"rd_kafka_flush", "network unless zero 1"},
      {"zmq_recv", "network unless flag 3"},
      {"grpc::CompletionQueue::Next", "network"},
      {"SSL_read", "network unless non-blocking fd 0"},
      {"QThread::sleep", "wait unless zero 0"},
      {"QProcess::waitForFinished", "process unless zero 0"},
      {"QSqlQuery::exec", "database"},
      {"QMetaObject::invokeMethod", "wait if flag 2"},
      {"Sleep", "wait unless zero 0"},
      {"WaitForSingleObject", "wait unless zero 1"},
      {"ReadFile", "disk unless non-null 4"},
      {"dispatch_sync", "wait"},
      {"absl::SleepFor", "wait unless zero 0"},
      {"tbb::task_group::wait", "wait"},
      {"oneapi::tbb::task_group::wait", "wait"},
      {"winrt::Windows::Foundation::IAsyncAction::get", "wait"},
      {"boost::asio::io_context::poll", "no"},
      {"boost::asio::async_read", "no"},
      {"std::filesystem::path::parent_path", "no"},
      {"std::mutex::try_lock", "no"},
      {"acme::read", "no"},
      {"seastar::future::get", "no"}};
  for (auto [Name, How] : Known)
    EXPECT_EQ(blockingKey(builtin().blocking(Name)), How) << Name;
  EXPECT_EQ(builtin().blocking("asio::read")->Instead, "await 'async_read'");
  EXPECT_EQ(builtin().blocking("usleep")->Instead, "await {sleep}");
  EXPECT_TRUE(llvm::is_contained(builtin().blocking("recv")->Flags, "MSG_DONTWAIT"));
  EXPECT_FALSE(llvm::is_contained(builtin().blocking("read")->Flags, "MSG_DONTWAIT"));
}

TEST(VocabularyTest, AdviceOfTheClosestNamespace) {
  EXPECT_EQ(builtin().adviceFor("boost::asio::awaitable")->Start, "boost::asio::co_spawn");
  EXPECT_EQ(builtin().adviceFor("asio::ip::tcp")->Sleep, "asio::steady_timer::async_wait");
  EXPECT_EQ(builtin().adviceFor("boost::cobalt::task")->Name, "Boost.Cobalt");
  EXPECT_EQ(builtin().adviceFor("abide::task")->Offload, "abide::to_thread");
  EXPECT_EQ(builtin().adviceFor("std::vector"), nullptr);
  EXPECT_EQ(builtin().adviceFor("boost::asiolike::x"), nullptr);
  EXPECT_EQ(builtin().adviceFor("read"), nullptr);
  EXPECT_EQ(builtin().adviceFor(""), nullptr);
}

TEST(VocabularyTest, MayKnowIsACheapFilter) {
  for (StringRef Known :
       {"sleep_for", "getaddrinfo", "awaitable", "PQpingParams", "~jthread", "operator++"})
    EXPECT_TRUE(builtin().mayKnow(Known)) << Known.str();
  for (StringRef Unknown : {"", "frobnicate", "myHandler", "PQ", "size", "begin"})
    EXPECT_FALSE(builtin().mayKnow(Unknown)) << Unknown.str();
  EXPECT_FALSE(builtin().mayKnow("acme_wait"));
  EXPECT_TRUE(with(R"({"sync_wait": ["acme::acme_wait"]})").mayKnow("acme_wait"));
  EXPECT_TRUE(with(R"({"sync_wait": ["acme::acme_*"]})").mayKnow("acme_anything"));
  EXPECT_TRUE(with(R"({"sync_wait": ["acme::*"]})").mayKnow("frobnicate"));
}

//===----------------------------------------------------------------------===//
// The page
//===----------------------------------------------------------------------===//

const std::string &page() {
  static const std::string Text = [] {
    std::ifstream File(ABIDE_SOURCE_DIR "/docs/vocabulary.md");
    return std::string(std::istreambuf_iterator<char>(File), {});
  }();
  return Text;
}

TEST(VocabularyPageTest, ItsTablesAreValid) {
  StringRef Rest = page();
  int Blocks = 0;
  for (; Rest.contains("```json\n"); ++Blocks) {
    auto [Block, After] = Rest.split("```json\n").second.split("```");
    with(Block);
    Rest = After;
  }
  EXPECT_EQ(Blocks, 2);
}

TEST(VocabularyPageTest, ItNamesEveryKey) {
  std::vector<StringRef> Keys = {"cancelled",      "cancelled_with_token",
                                 "cancelled_once", "library",
                                 "comment",        "namespaces",
                                 "advice",         "start",
                                 "sleep",          "offload",
                                 "blocking",       "remove",
                                 "names",          "kind",
                                 "unless",         "arg",
                                 "flags",          "instead",
                                 "wait",           "lock",
                                 "disk",           "network",
                                 "process",        "database",
                                 "heavy",          "never",
                                 "zero_timeout",   "flag",
                                 "flag_missing",   "non_blocking_fd",
                                 "ready",          "non_null"};
  for (unsigned R = 0; R != NumRoles; ++R)
    Keys.push_back(roleKey(Role(R)));
  for (StringRef Key : Keys)
    EXPECT_NE(page().find("`" + Key.str() + "`"), std::string::npos) << Key.str();
}

//===----------------------------------------------------------------------===//
// The user's table
//===----------------------------------------------------------------------===//

TEST(VocabularyTest, AnEmptyTableChangesNothing) {
  Vocabulary V = with("{}");
  EXPECT_TRUE(V.has("boost::asio::co_spawn", Role::Spawn));
  EXPECT_TRUE(V.blocking("std::this_thread::sleep_for"));
}

TEST(VocabularyTest, GlobsMatchAnySuffixAndTheMostSpecificEntryDecides) {
  Vocabulary V = with(R"({"blocking": [
      {"kind": "disk", "names": ["acme::io::*"]},
      {"kind": "network", "names": ["acme::io::net_*"]},
      {"kind": "process", "names": ["acme::io::net_spawn"]}],
    "spawn": ["acme::io::*"]})");
  EXPECT_EQ(blockingKey(V.blocking("acme::io::save")), "disk");
  EXPECT_EQ(blockingKey(V.blocking("acme::io::File::save")), "disk");
  EXPECT_EQ(blockingKey(V.blocking("acme::io::net_read")), "network");
  EXPECT_EQ(blockingKey(V.blocking("acme::io::net_spawn")), "process");
  EXPECT_EQ(blockingKey(V.blocking("acme::other")), "no");
  EXPECT_EQ(blockingKey(V.blocking("acme::io")), "no");
  EXPECT_TRUE(V.has("acme::io::net_spawn", Role::Spawn)) << "says nothing of roles itself";
}

TEST(VocabularyTest, TheUsersEntryReplacesTheBuiltInOne) {
  Vocabulary V = with(R"({"namespaces": ["boost::asio"], "droppable_task": ["awaitable"],
    "blocking": [{"kind": "heavy", "names": ["::getaddrinfo"]}]})");
  EXPECT_TRUE(V.has("boost::asio::awaitable", Role::DroppableTask));
  EXPECT_FALSE(V.has("boost::asio::awaitable", Role::LazyTask));
  EXPECT_TRUE(V.has("asio::awaitable", Role::LazyTask)) << "the other namespace is as it was";
  EXPECT_EQ(blockingKey(V.blocking("getaddrinfo")), "heavy");
  EXPECT_EQ(blockingKey(builtin().blocking("getaddrinfo")), "network") << "the built-in one stays";
  Vocabulary W = with(R"({"spawn": ["std::future::get"]})");
  EXPECT_TRUE(W.blocking("std::future::get")) << "roles replace roles, not blocking";
  EXPECT_FALSE(W.has("std::future::get", Role::SyncWait));
}

TEST(VocabularyTest, RemoveTakesNamesOut) {
  Vocabulary V = with(R"({"remove": ["std::future::get", "std::filesystem::*", "PQpingParams"]})");
  EXPECT_EQ(V.blocking("std::future::get"), nullptr);
  EXPECT_FALSE(V.has("std::future::get", Role::SyncWait));
  EXPECT_TRUE(V.blocking("std::future::wait"));
  EXPECT_EQ(V.blocking("std::filesystem::copy_file"), nullptr);
  EXPECT_EQ(V.blocking("std::filesystem::directory_iterator::operator++"), nullptr);
  EXPECT_EQ(V.blocking("PQpingParams"), nullptr) << "out of a built-in glob";
  EXPECT_TRUE(V.blocking("PQping"));
}

TEST(VocabularyTest, WhatATableRemovesItMaySayAnew) {
  Vocabulary V =
      with(R"({"namespaces": ["std"], "offload": ["async"], "remove": ["async", "filesystem::*"],
    "blocking": [{"kind": "disk", "names": ["filesystem::remove_all"]}]})");
  EXPECT_TRUE(V.has("std::async", Role::Offload));
  EXPECT_FALSE(V.has("std::async", Role::Spawn));
  EXPECT_TRUE(V.blocking("std::filesystem::remove_all"));
  EXPECT_EQ(V.blocking("std::filesystem::remove"), nullptr);
}

TEST(VocabularyTest, CopiesStandAlone) {
  std::optional<Vocabulary> First =
      with(R"({"blocking": [{"kind": "disk", "names": ["acme::f"]}]})");
  Vocabulary Second = *First;
  First.reset();
  EXPECT_EQ(blockingKey(Second.blocking("acme::f")), "disk");
  EXPECT_TRUE(Second.mayKnow("f"));
}

//===----------------------------------------------------------------------===//
// Wrong files
//===----------------------------------------------------------------------===//

TEST(VocabularyErrorTest, Syntax) {
  EXPECT_EQ(error(""), "user.json:1:1: expected an object that holds the table, found nothing");
  EXPECT_EQ(error(" \n\n"),
            "user.json:3:1: expected an object that holds the table, found nothing");
  EXPECT_EQ(error("{\n  \"spawn\": [\"a\" \"b\"]\n}"),
            "user.json:2:17: expected ']', found string literal");
  EXPECT_EQ(error("{\n  \"spawn\": [\"a\",]\n}"),
            "user.json:2:17: expected '[', '{', or a literal, found ']'");
  EXPECT_EQ(error("{\"spawn\": [\"a\"]"), "user.json:1:16: expected '}', found end of input");
  EXPECT_EQ(error("{\"spawn\" [\"a\"]}"), "user.json:1:10: expected ':', found '['");
  EXPECT_EQ(error("{spawn: []}"),
            "user.json:1:2: expected valid JSON, found \"s\" (invalid literal)");
  EXPECT_EQ(error("{}\n{}"), "user.json:2:1: expected end of input, found '{'");
  EXPECT_EQ(error("{\"spawn\": [\"a\",,\"b\"]}"),
            "user.json:1:16: expected '[', '{', or a literal, found ','");
  EXPECT_EQ(error("{\"library\": nul}"),
            "user.json:1:13: expected valid JSON, found \"nul}\" (invalid literal)");
  EXPECT_EQ(error("{\"library\": é}"),
            "user.json:1:13: expected valid JSON, found \"é\" (invalid literal)");
  EXPECT_EQ(
      error("{\"library\": \"a\nb\"}"),
      "user.json:1:13: expected valid JSON, found \"\"a \" (invalid string: control character "
      "U+000A (LF) must be escaped to \\u000A or \\n)");
  EXPECT_EQ(error("{\"library\": \"a"),
            "user.json:1:13: expected valid JSON, found \"\"a\" (invalid string: missing closing "
            "quote)");
}

TEST(VocabularyErrorTest, Encoding) {
  EXPECT_EQ(error("{\n\"library\": \"\xE9t\xE9\"}"),
            "user.json:2:13: expected UTF-8 text, found the byte 0xe9");
  EXPECT_EQ(error(StringRef("\xFF\xFE{\0}\0", 6)),
            "user.json:1:1: expected UTF-8 text, found the byte 0xff");
  EXPECT_EQ(error(StringRef("\0\0\0", 3)),
            "user.json:1:1: expected '[', '{', or a literal, found end of input");
}

TEST(VocabularyErrorTest, WrongShapes) {
  EXPECT_EQ(error("[]"), "user.json:1:1: expected an object that holds the table, found a list");
  EXPECT_EQ(error("\"x\""), "user.json:1:1: expected an object that holds the table, found \"x\"");
  EXPECT_EQ(error("null"), "user.json:1:1: expected an object that holds the table, found null");
  EXPECT_EQ(error("{\n  \"spawn\": \"acme::go\"}"),
            "user.json:2:12: expected a list of qualified names in 'spawn', found \"acme::go\"");
  EXPECT_EQ(error("{\"spawn\": [\"a\", 3]}"),
            "user.json:1:17: expected a string in 'spawn[1]', found 3");
  EXPECT_EQ(error("{\"spawn\": [\"a\", [\"b\"]]}"),
            "user.json:1:17: expected a string in 'spawn[1]', found a list");
  EXPECT_EQ(error("{\"spawn\": {\"a\": 1}}"),
            "user.json:1:11: expected a list of qualified names in 'spawn', found an object");
  EXPECT_EQ(error("{\"library\": true}"),
            "user.json:1:13: expected a string in 'library', found true");
  EXPECT_EQ(error("{\"namespaces\": \"std\"}"),
            "user.json:1:16: expected a list of namespaces in 'namespaces', found \"std\"");
  EXPECT_EQ(error("{\"advice\": []}"),
            "user.json:1:12: expected an object with keys such as 'start' and "
            "'sleep' in 'advice', found a list");
  EXPECT_EQ(error("{\"advice\": {\"start\": 1.5}}"),
            "user.json:1:22: expected a string in 'advice.start', found 1.5");
  EXPECT_EQ(error("{\"blocking\": {}}"), "user.json:1:14: expected a list of groups of blocking "
                                         "functions in 'blocking', found an object");
  EXPECT_EQ(error("{\"blocking\": [\"read\"]}"),
            "user.json:1:15: expected an object with 'kind' and "
            "'names' in 'blocking[0]', found \"read\"");
}

TEST(VocabularyErrorTest, UnknownKeys) {
  EXPECT_EQ(error("{\n  \"spwan\": []}"),
            "user.json:2:3: expected a key of the schema, found \"spwan\"; did you mean 'spawn'?");
  EXPECT_EQ(error("{\"LazyTask\": []}"), "user.json:1:2: expected a key of the schema, found "
                                         "\"LazyTask\"; did you mean 'lazy_task'?");
  EXPECT_EQ(error("{\"quux_quux_quux_quux\": []}"),
            "user.json:1:2: expected a key of the schema, found \"quux_quux_quux_quux\"");
  EXPECT_EQ(
      error("{\"blocking\": [{\"kind\": \"disk\", \"name\": []}]}"),
      "user.json:1:32: expected a key of the schema in 'blocking[0]', found \"name\"; did you "
      "mean 'names'?");
  EXPECT_EQ(error("{\"advice\": {\"sleeep\": \"\"}}"),
            "user.json:1:13: expected a key of the schema in "
            "'advice', found \"sleeep\"; did you mean "
            "'sleep'?");
  EXPECT_EQ(error("{\"spawn\": [],\n\"spawn\": []}"),
            "user.json:2:1: expected each key once, found \"spawn\" again");
}

TEST(VocabularyErrorTest, WrongGroups) {
  EXPECT_EQ(error("{\"blocking\": [\n{\"kind\": \"dsk\", \"names\": []}]}"),
            "user.json:2:10: expected one of 'wait', 'lock', 'disk', 'network', 'process', "
            "'database', 'heavy', 'log', 'loop' in 'blocking[0].kind', found \"dsk\"; did you mean "
            "'disk'?");
  EXPECT_EQ(error("{\"blocking\": [{\"kind\": \"disk\", \"names\": []},\n"
                  "{\"unless\": \"zero\", \"names\": []}]}"),
            "user.json:2:12: expected one of 'never', 'zero_timeout', 'flag', 'non_blocking_fd', "
            "'ready', 'non_null', 'flag_missing' in 'blocking[1].unless', found \"zero\"; did you "
            "mean 'zero_timeout'?");
  EXPECT_EQ(error("{\"blocking\": [{\"arg\": -1}]}"),
            "user.json:1:23: expected the position of an argument, counted from 0 in "
            "'blocking[0].arg', found -1");
  EXPECT_EQ(error("{\"blocking\": [{\"arg\": 1000}]}"),
            "user.json:1:23: expected the position of an argument, counted from 0 in "
            "'blocking[0].arg', found 1000");
  EXPECT_EQ(error("{\"blocking\": [{\"arg\": \"1\"}]}"),
            "user.json:1:23: expected the position of an argument, counted from 0 in "
            "'blocking[0].arg', found \"1\"");
  EXPECT_EQ(error("{\"blocking\": [\n  {\"names\": [\"a\"]}]}"),
            "user.json:2:3: expected 'kind' in 'blocking[0]', found none");
  EXPECT_EQ(error("{\"blocking\": [\n  {\"kind\": \"disk\"}]}"),
            "user.json:2:3: expected 'names' in 'blocking[0]', found none");
  EXPECT_EQ(
      error("{\"blocking\": [{\"kind\": \"wait\", \"unless\": \"zero_timeout\", \"names\": []}]}"),
      "user.json:1:15: expected 'arg' beside 'unless': 'zero_timeout' in 'blocking[0]', found "
      "none");
  EXPECT_EQ(
      error("{\"blocking\": [{\"kind\": \"wait\", \"unless\": \"flag\", \"arg\": 0, \"names\": "
            "[]}]}"),
      "user.json:1:15: expected 'flags' beside 'unless': 'flag' in 'blocking[0]', found none");
  EXPECT_EQ(error("{\"blocking\": [{\"kind\": \"wait\", \"arg\": 0, \"names\": []}]}"),
            "user.json:1:15: expected 'unless' that reads 'arg' in 'blocking[0]', found none");
  EXPECT_EQ(error("{\"blocking\": [{\"kind\": \"wait\", \"flags\": [\"X\"], \"names\": []}]}"),
            "user.json:1:15: expected 'unless' that reads 'flags' in 'blocking[0]', found none");
}

TEST(VocabularyErrorTest, WrongNames) {
  const char *Wrong[] = {"",        "::",     "a::",        "::a::", "a b",  "f()", "vector<int>",
                         "a::*::b", "*a",     "a:b",        "1st",   "a::~", "a,b", "a.b",
                         "a**",     "A::~*b", "a::<int>::b"};
  for (StringRef Name : Wrong)
    EXPECT_EQ(error("{\"spawn\": [\"x\", \"" + Name.str() + "\"]}"),
              "user.json:1:17: expected a qualified name without template arguments, parentheses "
              "and blanks in 'spawn[1]', found \"" +
                  Name.str() + "\"");
  const char *Right[] = {"f",     "::f",   "a::f", "A::~A",    "A::operator<<",    "A::operator()",
                         "a::*",  "a::f*", "*",    "größe::f", "A::operator bool", "operatorless",
                         "_x::$y"};
  for (StringRef Name : Right) {
    Vocabulary V = with("{\"spawn\": [\"" + Name.str() + "\"]}");
    Name.consume_front("::");
    EXPECT_TRUE(V.has(Name.rtrim('*').str() + (Name.ends_with("*") ? "some" : ""), Role::Spawn))
        << Name.str();
  }
  EXPECT_EQ(
      error("{\"namespaces\": [\"a::*\"]}"),
      "user.json:1:17: expected a namespace without template arguments, parentheses and blanks "
      "in 'namespaces[0]', found \"a::*\"");
  EXPECT_EQ(error("{\"remove\": [\"" + std::string(60, '(') + "\"]}"),
            "user.json:1:13: expected a qualified name without template arguments, parentheses and "
            "blanks in 'remove[0]', found \"" +
                std::string(40, '(') + "...\"");
}

TEST(VocabularyErrorTest, NestingDoesNotExhaustTheStack) {
  EXPECT_EQ(error(std::string(1'000'000, '[')),
            "user.json:1:1: expected an object that holds the table, found a list");
  std::string Objects = "{\"spawn\": ";
  for (int I = 0; I != 100'000; ++I)
    Objects += "[";
  EXPECT_EQ(error(Objects), "user.json:1:12: expected a string in 'spawn[0]', found a list");
}

} // namespace

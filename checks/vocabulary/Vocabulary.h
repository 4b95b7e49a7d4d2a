//===- Vocabulary.h - What libraries' names mean ---------------*- C++ -*-===//
//
// Knowledge that the structure of a program cannot give: which functions block, spawn, offload,
// wait, which types are locks or may be dropped. It is data: the tables are JSON files beside this
// header, embedded at build time, and users add their own. No AST here; names are strings.
//
// Names are qualified without template arguments and without inline or anonymous namespaces:
// "std::this_thread::sleep_for", "read" for ::read. A '*' at the end stands for any suffix.
//
//===----------------------------------------------------------------------===//

#ifndef ABIDE_CHECKS_VOCABULARY_VOCABULARY_H
#define ABIDE_CHECKS_VOCABULARY_VOCABULARY_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"
#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace abide {

struct VocabularyTable;

/// What a name stands for. A name may have several roles. The JSON key of each role is its name in
/// snake_case ("lazy_task").
enum class Role : std::uint8_t {
  // Types.
  LazyTask,      ///< Coroutine or sender type whose work starts when it is awaited.
  EagerTask,     ///< Work already runs; dropping the handle loses its result or cancels it.
  DroppableTask, ///< Eager by design; dropping the handle lets the work finish.
  FireAndForget, ///< Has no result channel at all.
  Generator,
  AsyncGenerator,
  Awaitable,         ///< Not a task, but dropping it loses the operation it describes.
  NotAwaitable,      ///< Looks awaitable by structure; dropping it is normal.
  SharedTask,        ///< May be awaited more than once.
  DropCancels,       ///< Eager work that ends when its handle is dropped: a local keeps it alive.
  AsyncLock,         ///< Lock whose acquisition suspends instead of blocking.
  LoopAffine,        ///< Object that only the thread of its loop may touch.
  TaskScope,         ///< Owns the tasks given to it.
  BlockingPool,      ///< Executor whose threads may block.
  Hostile,           ///< Thread- or stack-bound object that must not live across a suspension.
  Guard,             ///< Holds an async lock, a permit or a scope open for as long as it lives.
  LoopBound,         ///< Coroutine type that always goes on on the thread of its loop.
  ThreadHopping,     ///< Coroutine type that may go on on another thread after any suspension.
  EventLoop,         ///< Loop that runs callbacks and resumes coroutines.
  MustClose,         ///< Needs an explicit close before it is destroyed.
  CancellationToken, ///< Tells code that it has been cancelled: token, slot, abort source.
  CancellationError, ///< Exception that says that the work was cancelled.
  ErrorLike,         ///< A value that says whether something failed.
  TimeoutScope,      ///< Limits the time of what is awaited while it lives, or of its argument.
  LockGuard,         ///< Holds a lock that blocks threads, from its constructor to its destructor.
  // Functions.
  Spawn,         ///< Starts a task and returns; the task outlives the call. Says nothing of its
                 ///< own result, whose type speaks for itself.
  OwningSpawn,   ///< The same, and the receiver owns the task.
  Detach,        ///< Gives a task up without owner.
  SyncWait,      ///< Blocks the calling thread until a task is done.
  ThreadSafe,    ///< May be called from any thread, although its class is loop-affine.
  RunsCallable,  ///< Calls its callable before it returns.
  KeepsCallable, ///< Keeps the callable alive until the task made from it is done.
  DropsCallable, ///< Destroys its callable when that has returned, whatever task it made.
  DropsResult,   ///< Runs its callable, now or later, and drops what that returns.
  Offload,       ///< Runs its callable on another thread where blocking is allowed.
  SwitchToPool,  ///< Awaiting its result continues on a thread where blocking is allowed. A type:
                 ///< a coroutine with such a parameter and one of a BlockingPool starts there.
  SwitchToLoop,  ///< Awaiting its result continues on a loop.
  MakesNonBlocking, ///< Switches its object to non-blocking mode, unless its argument is false.
  ReadyCheck,       ///< True when the receiver has its result, so that getting it does not block.
  LoopCallback,     ///< Hands its callable to a loop, which runs it later on its own thread.
  OtherLoop,        ///< Runs its callable on the thread of another loop or shard.
  Closes,           ///< Closes its object, or its first argument.
  ClosingScope,     ///< Takes charge of closing its argument: a guard or a function.
  Completes, ///< Gives a future or promise its result or exception, which must not be there yet.
  WaitsOnly, ///< Waits for a result without reading it or its exception.
  ReportsFailure,        ///< Spawns or owns a task and reports its exception by itself.
  Cancels,               ///< Asks work to stop.
  Shields,               ///< What it gets is not cancelled with the caller.
  AsyncSleep,            ///< Awaiting its result takes the time of its argument.
  Checkpoint,            ///< Awaiting its result lets other tasks of the loop run.
  NeverSuspends,         ///< Awaiting its result goes on at once.
  NeverFails,            ///< Its result ends in no exception, cancellation aside.
  ThreadIdentity,        ///< Its result belongs to the calling thread: an id.
  LastError,             ///< Its result says why the last call of this thread failed: errno.
  InstallsSignalHandler, ///< Changes the signal handling of the process; for the main thread only.
  Consumes,              ///< Takes the work or the result out of its object, which is empty then.
  SwallowsFailure,       ///< Starts work, or says how to, whose exception nobody hears of.
  ErrorsAsValues, ///< What it makes or is given to gives errors as values, not as exceptions.
  MakesObject,    ///< Makes an object of its first template argument out of its arguments.
  JoinsAll,       ///< Awaiting its result waits for all tasks that it is given.
  Races, ///< The same waits for the first of them only: the others run on, nobody waits for them.
  MakesReady,  ///< What it makes has its result already.
  NonBlocking, ///< Does not block, although its body or what it overrides does.
  // Both.
  DropTerminates, ///< Destroying the value, or its result, ends the program while work is pending.
  DropBlocks,     ///< The same waits for the work.
  View,           ///< Refers to objects that it does not own. A function: to its arguments.
};
inline constexpr unsigned NumRoles = unsigned(Role::View) + 1;

/// The JSON key of a role: "lazy_task".
llvm::StringRef roleKey(Role R);

/// When a blocking function does not block.
enum class BlockUnless : std::uint8_t {
  Never,         ///< It always blocks.
  ZeroTimeout,   ///< Argument Arg is a zero duration or integer.
  Flag,          ///< Argument Arg mentions one of Flags (MSG_DONTWAIT, WNOHANG).
  NonBlockingFd, ///< The descriptor in argument Arg may be non-blocking: needs proof that it is
                 ///< not.
  Ready,         ///< The receiver is known to have its result already.
  NonNull,       ///< Argument Arg is not a null pointer (an OVERLAPPED, an error handler).
  FlagMissing,   ///< Argument Arg mentions none of Flags (F_SETLKW, Qt::BlockingQueuedConnection).
};

/// Groups of blocking functions that an option can switch off or on.
enum class BlockKind : std::uint8_t {
  Wait,
  Lock,
  Disk,
  Network,
  Process,
  Database,
  Heavy,
  Log,
  Loop, ///< Runs an event loop inside of the call, until something ends it.
};

struct BlockingFunction {
  BlockKind Kind = BlockKind::Wait;
  BlockUnless Unless = BlockUnless::Never;
  unsigned Arg = 0;               ///< 0-based, the left operand of an operator being 0; for all of
                                  ///< BlockUnless but Never and Ready.
  std::vector<std::string> Flags; ///< Flag, FlagMissing: see there. NonBlockingFd: the call does
                                  ///< not block if it, or what made the descriptor, mentions one.
  std::string Instead;            ///< What to write instead, or empty: "await 'async_read'".
                                  ///< "{sleep}" stands for the sleep of the coroutine's library.
};

/// The cures of one library, for notes. The texts name things of the namespace that was asked for.
struct LibraryAdvice {
  std::string Name;                    ///< "Boost.Asio"
  std::vector<std::string> Namespaces; ///< {"boost::asio", "asio"}
  std::string Start;   ///< How a plain function starts a task: "boost::asio::co_spawn"
  std::string Sleep;   ///< What to await instead of sleeping: "steady_timer::async_wait"
  std::string Offload; ///< Where blocking work goes: "boost::asio::thread_pool"
  /// The exception, or the error code in one, that any await may end in when the work is cancelled:
  /// "folly::OperationCancelled", "boost::asio::error::operation_aborted"
  std::string Cancelled;
  /// The same, of libraries where only awaits that were given a token end so.
  std::string CancelledWithToken;
  /// The same, of libraries where one await ends so, and those after it wait again.
  std::string CancelledOnce;
};

class Vocabulary {
public:
  /// The embedded tables. Parsed once, thread-safe.
  static const Vocabulary &builtin();

  /// The embedded tables and the text of one more. The error names FileName, the line and what was
  /// expected. Names of the user's table win over embedded ones.
  static llvm::Expected<Vocabulary> builtinWith(llvm::StringRef Json, llvm::StringRef FileName);

  bool has(llvm::StringRef QualifiedName, Role R) const;

  /// Null when the name is not known to block.
  const BlockingFunction *blocking(llvm::StringRef QualifiedName) const;

  /// Whether any entry's last component could be this identifier: a cheap test before a qualified
  /// name is put together.
  bool mayKnow(llvm::StringRef Identifier) const;

  /// The library with advice whose namespace encloses the name most closely, or null.
  const LibraryAdvice *adviceFor(llvm::StringRef QualifiedName) const;

private:
  /// What one name or glob says. The most specific entry that says something of roles decides about
  /// roles, the most specific one that says something of blocking decides about blocking.
  struct Entry {
    std::bitset<NumRoles> Roles;
    bool SaysRoles = false;
    bool SaysBlocking = false;
    std::uint32_t Function = None; ///< Index into Functions.
    static constexpr std::uint32_t None = ~0u;
  };
  struct Glob {
    std::string Prefix;
    Entry What;
  };

  void add(const VocabularyTable &Table, bool Override);
  void addBlocking(const VocabularyTable &Table);
  void addAdvice(const VocabularyTable &Table);
  void remove(llvm::StringRef Name);
  Entry &entry(llvm::StringRef Name);
  const Entry *find(llvm::StringRef Name, bool Entry::*Says) const;

  llvm::StringMap<Entry> Exact;
  std::vector<Glob> Globs; ///< Longest prefix first.
  llvm::StringSet<> Identifiers;
  std::vector<std::string> IdentifierPrefixes; ///< The last components of Globs.
  std::vector<BlockingFunction> Functions;
  std::vector<LibraryAdvice> Advice;
  llvm::StringMap<unsigned> AdviceOfNamespace;
};

} // namespace abide

#endif

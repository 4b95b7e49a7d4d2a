#include "Table.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ConvertUTF.h"
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

using namespace abide;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

// The keys of an enumeration stand in the order of its enumerators.
static constexpr StringRef RoleKeys[] = {"lazy_task",
                                         "eager_task",
                                         "droppable_task",
                                         "fire_and_forget",
                                         "generator",
                                         "async_generator",
                                         "awaitable",
                                         "not_awaitable",
                                         "shared_task",
                                         "drop_cancels",
                                         "async_lock",
                                         "loop_affine",
                                         "task_scope",
                                         "blocking_pool",
                                         "hostile",
                                         "guard",
                                         "loop_bound",
                                         "thread_hopping",
                                         "event_loop",
                                         "must_close",
                                         "cancellation_token",
                                         "cancellation_error",
                                         "error_like",
                                         "timeout_scope",
                                         "lock_guard",
                                         "spawn",
                                         "owning_spawn",
                                         "detach",
                                         "sync_wait",
                                         "thread_safe",
                                         "runs_callable",
                                         "keeps_callable",
                                         "drops_callable",
                                         "drops_result",
                                         "offload",
                                         "switch_to_pool",
                                         "switch_to_loop",
                                         "makes_non_blocking",
                                         "ready_check",
                                         "loop_callback",
                                         "other_loop",
                                         "closes",
                                         "closing_scope",
                                         "completes",
                                         "waits_only",
                                         "reports_failure",
                                         "cancels",
                                         "shields",
                                         "async_sleep",
                                         "checkpoint",
                                         "never_suspends",
                                         "never_fails",
                                         "thread_identity",
                                         "last_error",
                                         "installs_signal_handler",
                                         "consumes",
                                         "swallows_failure",
                                         "errors_as_values",
                                         "makes_object",
                                         "joins_all",
                                         "races",
                                         "makes_ready",
                                         "nonblocking",
                                         "drop_terminates",
                                         "drop_blocks",
                                         "view"};
static_assert(std::size(RoleKeys) == NumRoles);
static constexpr StringRef KindKeys[] = {"wait",     "lock",  "disk", "network", "process",
                                         "database", "heavy", "log",  "loop"};
static_assert(std::size(KindKeys) == std::size_t(BlockKind::Loop) + 1);
static constexpr StringRef UnlessKeys[] = {
    "never", "zero_timeout", "flag", "non_blocking_fd", "ready", "non_null", "flag_missing"};
static_assert(std::size(UnlessKeys) == std::size_t(BlockUnless::FlagMissing) + 1);

static constexpr StringRef TableKeys[] = {"library", "comment",  "namespaces",
                                          "advice",  "blocking", "remove"};
static constexpr StringRef AdviceKeys[] = {
    "start", "sleep", "offload", "cancelled", "cancelled_with_token", "cancelled_once"};
static constexpr StringRef GroupKeys[] = {"comment", "kind",    "unless", "arg",
                                          "flags",   "instead", "names"};

StringRef abide::roleKey(Role R) { return RoleKeys[unsigned(R)]; }

static std::optional<unsigned> indexOf(StringRef Key, ArrayRef<StringRef> Keys) {
  const StringRef *It = llvm::find(Keys, Key);
  if (It == Keys.end())
    return std::nullopt;
  return It - Keys.begin();
}

static bool isContinuationByte(char C) { return (C & 0xC0) == 0x80; }

/// A text of the file for a message: one line, not long, and still UTF-8.
static std::string quote(StringRef S) {
  std::size_t Length = std::min<std::size_t>(S.size(), 40);
  while (Length < S.size() && isContinuationByte(S[Length]))
    --Length;
  std::string Result = S.take_front(Length).str();
  for (char &C : Result)
    if (static_cast<unsigned char>(C) < 0x20)
      C = ' ';
  return "\"" + Result + (Length < S.size() ? "...\"" : "\"");
}

/// "; did you mean 'names'?" for the nearest of Keys, or nothing when none is near.
static std::string suggestion(StringRef Wrong, ArrayRef<StringRef> Keys) {
  unsigned Best = Wrong.size() / 3 + 2;
  StringRef Nearest;
  for (StringRef Key : Keys) {
    if (Wrong.size() > 2 && Key.starts_with(Wrong))
      return ("; did you mean '" + Key + "'?").str();
    unsigned Distance = Wrong.edit_distance(Key, /*AllowReplacements=*/true, Best);
    if (Distance < Best) {
      Best = Distance;
      Nearest = Key;
    }
  }
  return Nearest.empty() ? "" : ("; did you mean '" + Nearest + "'?").str();
}

static bool isIdentifier(StringRef S) {
  auto Fits = [](char C) {
    return llvm::isAlnum(C) || C == '_' || C == '$' || static_cast<unsigned char>(C) >= 0x80;
  };
  return !S.empty() && !llvm::isDigit(S.front()) && llvm::all_of(S, Fits);
}

/// Whether the caller of Vocabulary could ever ask for this name: a name with template arguments or
/// parentheses would be accepted and never match.
static bool isQualifiedName(StringRef Name, bool InNamespaces) {
  if (InNamespaces)
    Name.consume_front("::");
  bool Glob = InNamespaces && Name.consume_back("*");
  while (true) {
    auto [Component, Rest] = Name.split("::");
    bool Last = Component.size() == Name.size();
    if (Last && InNamespaces && Component.starts_with("operator") &&
        !isIdentifier(Component.substr(0, 9)))
      return true; // operator<<, operator()
    if (Last && Glob && Component.empty())
      return true; // A::*, or * alone
    Component.consume_front("~");
    if (!isIdentifier(Component))
      return false;
    if (Last)
      return true;
    Name = Rest;
  }
}

std::vector<VocabularyTable::FullName> VocabularyTable::expand(StringRef Name) const {
  if (Name.consume_front("::") || Library.Namespaces.empty())
    return {{"", Name.str()}};
  std::vector<FullName> Names;
  for (const std::string &Space : Library.Namespaces)
    Names.push_back({Space, Space + "::" + Name.str()});
  return Names;
}

namespace {

/// Feeds the text to the JSON reader and tells how far it got: the reader itself tells its position
/// only at syntax errors.
struct Feed {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  const char *Pos = nullptr;
  const char **Furthest = nullptr;

  const char &operator*() const { return *Pos; }
  Feed &operator++() {
    *Furthest = ++Pos;
    return *this;
  }
  Feed operator++(int) {
    Feed Old = *this;
    ++*this;
    return Old;
  }
  bool operator==(const Feed &Other) const { return Pos == Other.Pos; }
  bool operator!=(const Feed &Other) const { return Pos != Other.Pos; }
};

/// What the schema wants of a value.
enum class Shape { Table, Advice, Groups, Group, Names, Namespaces, Flags, Text, Position };

/// The SAX handler. It takes the text in one pass and stops at the first thing that the schema does
/// not allow, so that neither nesting nor size of a wrong file matters.
class TableReader {
public:
  TableReader(StringRef Text, StringRef FileName) : Text(Text), FileName(FileName) {
    Furthest = TokenEnd = Text.begin();
  }

  llvm::Expected<VocabularyTable> read();

  bool null() { return value() && mismatch("null"); }
  bool boolean(bool B) { return value() && mismatch(B ? "true" : "false"); }
  bool number_integer(std::int64_t N) { return value() && mismatch(Twine(N).str()); }
  bool number_unsigned(std::uint64_t N);
  bool number_float(double, const std::string &Digits) { return value() && mismatch(Digits); }
  bool string(std::string &S);
  bool binary(nlohmann::json::binary_t &) { return value() && mismatch("bytes"); }
  bool start_object(std::size_t);
  bool key(std::string &Key);
  bool end_object();
  bool start_array(std::size_t);
  bool end_array();
  bool parse_error(std::size_t Position, const std::string &LastToken,
                   const nlohmann::json::exception &E);

private:
  /// An object or array whose end is still to come.
  struct Place {
    Shape What;
    const char *Begin;
    std::string Key = {}; ///< The last one read, of an object.
    int Index = -1;       ///< The last one read, of an array.
    llvm::StringSet<> Seen = {};
    std::vector<std::string> *Items = nullptr;
  };

  bool token();
  bool value();
  Shape wanted() const;
  ArrayRef<StringRef> keys() const;
  std::string path() const;
  std::string description() const;
  std::vector<std::string> *items();
  bool store(std::string &S);
  bool storeInGroup(std::string &S);
  bool finishGroup(const Place &P);
  bool fail(const char *Where, const Twine &Message);
  bool mismatch(const Twine &Found) {
    return fail(TokenBegin, "expected " + description() + path() + ", found " + Found);
  }

  StringRef Text, FileName;
  const char *Furthest;                        ///< How far the JSON reader has read.
  const char *TokenBegin = nullptr, *TokenEnd; ///< The token of the current call.
  std::vector<Place> Open;
  VocabularyTable Result;
  std::string Error;
};

} // namespace

bool TableReader::fail(const char *Where, const Twine &Message) {
  StringRef Before(Text.begin(), Where - Text.begin());
  std::size_t Line = Before.count('\n') + 1;
  std::size_t Column = Before.size() - (Before.rfind('\n') + 1) + 1;
  Error = (FileName + ":" + Twine(Line) + ":" + Twine(Column) + ": " + Message).str();
  return false;
}

/// Between two tokens that reach this handler there are only blanks, ',' and ':'.
bool TableReader::token() {
  TokenBegin = TokenEnd;
  while (TokenBegin != Furthest && StringRef(" \t\r\n,:").contains(*TokenBegin))
    ++TokenBegin;
  TokenEnd = Furthest;
  return true;
}

bool TableReader::value() {
  token();
  if (!Open.empty() && Open.back().Items)
    ++Open.back().Index;
  else if (!Open.empty() && Open.back().What == Shape::Groups)
    ++Open.back().Index;
  return true;
}

static Shape shapeInTable(StringRef Key) {
  if (Key == "advice")
    return Shape::Advice;
  if (Key == "blocking")
    return Shape::Groups;
  if (Key == "library" || Key == "comment")
    return Shape::Text;
  return Key == "namespaces" ? Shape::Namespaces : Shape::Names;
}

static Shape shapeInGroup(StringRef Key) {
  if (Key == "arg")
    return Shape::Position;
  if (Key == "names")
    return Shape::Names;
  return Key == "flags" ? Shape::Flags : Shape::Text;
}

Shape TableReader::wanted() const {
  if (Open.empty())
    return Shape::Table;
  const Place &P = Open.back();
  switch (P.What) {
  case Shape::Table:
    return shapeInTable(P.Key);
  case Shape::Group:
    return shapeInGroup(P.Key);
  case Shape::Groups:
    return Shape::Group;
  default:
    return Shape::Text;
  }
}

/// " in 'blocking[2].kind'": where the current token is.
std::string TableReader::path() const {
  std::string Path;
  for (const Place &P : Open) {
    if (P.Index >= 0)
      Path += "[" + std::to_string(P.Index) + "]";
    else if (!P.Key.empty())
      Path += (Path.empty() ? "" : ".") + P.Key;
  }
  return Path.empty() ? "" : " in '" + Path + "'";
}

std::string TableReader::description() const {
  switch (wanted()) {
  case Shape::Table:
    return "an object that holds the table";
  case Shape::Advice:
    return "an object with keys such as 'start' and 'sleep'";
  case Shape::Groups:
    return "a list of groups of blocking functions";
  case Shape::Group:
    return "an object with 'kind' and 'names'";
  case Shape::Names:
    return "a list of qualified names";
  case Shape::Namespaces:
    return "a list of namespaces";
  case Shape::Flags:
    return "a list of flags";
  case Shape::Position:
    return "the position of an argument, counted from 0";
  case Shape::Text:
    break;
  }
  return "a string";
}

ArrayRef<StringRef> TableReader::keys() const {
  static const std::vector<StringRef> All = [] {
    std::vector<StringRef> Keys(std::begin(TableKeys), std::end(TableKeys));
    Keys.insert(Keys.end(), std::begin(RoleKeys), std::end(RoleKeys));
    return Keys;
  }();
  switch (Open.back().What) {
  case Shape::Advice:
    return AdviceKeys;
  case Shape::Group:
    return GroupKeys;
  default:
    return All;
  }
}

std::vector<std::string> *TableReader::items() {
  const std::string &Key = Open.back().Key;
  if (Open.back().What == Shape::Group)
    return Key == "flags" ? &Result.Blocking.back().Function.Flags : &Result.Blocking.back().Names;
  if (Key == "namespaces")
    return &Result.Library.Namespaces;
  if (Key == "remove")
    return &Result.Remove;
  return &Result.Names[*indexOf(Key, RoleKeys)];
}

bool TableReader::start_object(std::size_t) {
  value();
  Shape S = wanted();
  if (S != Shape::Table && S != Shape::Advice && S != Shape::Group)
    return mismatch("an object");
  if (S == Shape::Group)
    Result.Blocking.emplace_back();
  Open.push_back({S, TokenBegin});
  return true;
}

bool TableReader::start_array(std::size_t) {
  value();
  Shape S = wanted();
  bool IsList = S == Shape::Names || S == Shape::Namespaces || S == Shape::Flags;
  if (!IsList && S != Shape::Groups)
    return mismatch("a list");
  std::vector<std::string> *Items = IsList ? items() : nullptr;
  Open.push_back({S, TokenBegin});
  Open.back().Items = Items;
  return true;
}

bool TableReader::end_array() {
  token();
  Open.pop_back();
  return true;
}

bool TableReader::key(std::string &Key) {
  token();
  Place &P = Open.back();
  P.Key.clear(); // An error is about the object, not about its previous key.
  if (!indexOf(Key, keys()))
    return fail(TokenBegin, "expected a key of the schema" + path() + ", found " + quote(Key) +
                                suggestion(Key, keys()));
  if (!P.Seen.insert(Key).second)
    return fail(TokenBegin, "expected each key once" + path() + ", found " + quote(Key) + " again");
  P.Key = std::move(Key);
  return true;
}

bool TableReader::end_object() {
  token();
  Place P = std::move(Open.back());
  Open.pop_back();
  return P.What != Shape::Group || finishGroup(P);
}

/// A group may hold its keys in any order, so what they demand of each other is known at its end.
bool TableReader::finishGroup(const Place &P) {
  auto Has = [&](StringRef Key) { return P.Seen.contains(Key); };
  auto Missing = [&](StringRef Key, const Twine &Why) {
    return fail(P.Begin, "expected '" + Key + "'" + Why + path() + ", found none");
  };
  for (StringRef Key : {"kind", "names"})
    if (!Has(Key))
      return Missing(Key, "");
  BlockUnless Unless = Result.Blocking.back().Function.Unless;
  bool NeedsFlags = Unless == BlockUnless::Flag || Unless == BlockUnless::FlagMissing;
  bool ReadsFlags = NeedsFlags || Unless == BlockUnless::NonBlockingFd;
  bool ReadsArg =
      ReadsFlags || Unless == BlockUnless::ZeroTimeout || Unless == BlockUnless::NonNull;
  StringRef UnlessKey = UnlessKeys[unsigned(Unless)];
  if (ReadsArg && !Has("arg"))
    return Missing("arg", " beside 'unless': '" + UnlessKey + "'");
  if (NeedsFlags && !Has("flags"))
    return Missing("flags", " beside 'unless': '" + UnlessKey + "'");
  if (Has("arg") && !ReadsArg)
    return Missing("unless", " that reads 'arg'");
  if (Has("flags") && !ReadsFlags)
    return Missing("unless", " that reads 'flags'");
  return true;
}

bool TableReader::number_unsigned(std::uint64_t N) {
  value();
  if (wanted() != Shape::Position || N > 255)
    return mismatch(Twine(N));
  Result.Blocking.back().Function.Arg = N;
  return true;
}

bool TableReader::string(std::string &S) {
  value();
  if (wanted() != Shape::Text)
    return mismatch(quote(S));
  return store(S);
}

bool TableReader::store(std::string &S) {
  Place &P = Open.back();
  bool IsSpace = P.What == Shape::Namespaces;
  if (P.What == Shape::Names || IsSpace) {
    if (!isQualifiedName(S, /*InNamespaces=*/!IsSpace))
      return fail(TokenBegin, Twine("expected a ") + (IsSpace ? "namespace" : "qualified name") +
                                  " without template arguments, parentheses and blanks" + path() +
                                  ", found " + quote(S));
  }
  if (P.Items)
    P.Items->push_back(std::move(S));
  else if (P.What == Shape::Group)
    return storeInGroup(S);
  else if (P.Key == "library")
    Result.Library.Name = std::move(S);
  else if (P.Key == "start")
    Result.Library.Start = std::move(S);
  else if (P.Key == "sleep")
    Result.Library.Sleep = std::move(S);
  else if (P.Key == "offload")
    Result.Library.Offload = std::move(S);
  else if (P.Key == "cancelled")
    Result.Library.Cancelled = std::move(S);
  else if (P.Key == "cancelled_with_token")
    Result.Library.CancelledWithToken = std::move(S);
  else if (P.Key == "cancelled_once")
    Result.Library.CancelledOnce = std::move(S);
  return true;
}

bool TableReader::storeInGroup(std::string &S) {
  BlockingFunction &F = Result.Blocking.back().Function;
  StringRef Key = Open.back().Key;
  if (Key == "instead")
    F.Instead = std::move(S);
  if (Key != "kind" && Key != "unless")
    return true;
  ArrayRef<StringRef> Keys = Key == "kind" ? ArrayRef(KindKeys) : ArrayRef(UnlessKeys);
  std::optional<unsigned> Index = indexOf(S, Keys);
  if (!Index)
    return fail(TokenBegin, "expected one of '" + llvm::join(Keys, "', '") + "'" + path() +
                                ", found " + quote(S) + suggestion(S, Keys));
  if (Key == "kind")
    F.Kind = BlockKind(*Index);
  else
    F.Unless = BlockUnless(*Index);
  return true;
}

/// The JSON reader says "... while parsing X - unexpected A; expected B" or "... - REASON; last
/// read: ...". Only the parts are taken from it.
bool TableReader::parse_error(std::size_t Position, const std::string &,
                              const nlohmann::json::exception &E) {
  token();
  const char *End = Text.begin() + std::min(Position, Text.size());
  const char *Where = TokenBegin == End && Position <= Text.size() ? End - 1 : TokenBegin;
  while (End != Text.end() && isContinuationByte(*End))
    ++End;
  StringRef Detail = StringRef(E.what()).split(" - ").second;
  if (!Detail.consume_front("unexpected ")) {
    StringRef Reason = Detail.split("; last read").first;
    return fail(Where, "expected valid JSON, found " + quote(StringRef(Where, End - Where)) +
                           (Reason.empty() ? "" : " (" + Reason + ")"));
  }
  auto [Found, Expected] = Detail.split("; expected ");
  return fail(Where,
              "expected " + (Expected.empty() ? "valid JSON" : Expected) + ", found " + Found);
}

llvm::Expected<VocabularyTable> TableReader::read() {
  auto *Byte = reinterpret_cast<const llvm::UTF8 *>(Text.begin());
  auto *End = reinterpret_cast<const llvm::UTF8 *>(Text.end());
  if (!llvm::isLegalUTF8String(&Byte, End))
    fail(reinterpret_cast<const char *>(Byte),
         "expected UTF-8 text, found the byte 0x" + llvm::toHex(ArrayRef(*Byte), true));
  else if (Text.trim().empty())
    fail(Text.end(), "expected an object that holds the table, found nothing");
  else
    nlohmann::json::sax_parse(Feed{Text.begin(), &Furthest}, Feed{Text.end(), &Furthest}, this);
  if (!Error.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "%s", Error.c_str());
  return std::move(Result);
}

llvm::Expected<VocabularyTable> abide::parseVocabularyTable(StringRef Json, StringRef FileName) {
  Json.consume_front("\xEF\xBB\xBF");
  return TableReader(Json, FileName).read();
}

//===- Trace.cpp - What tasks did, as plain values ------------------------===//

#include "Trace.h"
#include "Items.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <map>

using namespace llvm;
using nlohmann::json;

namespace abide {
namespace {

const json &member(const json &Object, const char *Key) {
  static const json Nothing;
  if (!Object.is_object())
    return Nothing;
  auto Found = Object.find(Key);
  return Found == Object.end() ? Nothing : *Found;
}

std::string text(const json &Value) {
  return Value.is_string() ? Value.get<std::string>() : std::string();
}

std::string counted(size_t Count, StringRef What) {
  return (Twine(Count) + " " + What + (Count == 1 ? "" : "s")).str();
}

/// "f at a.cpp:3" for {"function": "f", "file": "/x/a.cpp", "line": 3}.
std::string place(const json &Where) {
  StringRef File = StringRef(member(Where, "file").is_string()
                                 ? *member(Where, "file").get_ptr<const std::string *>()
                                 : "")
                       .rsplit('/')
                       .second;
  std::string Name = File.empty() ? text(member(Where, "file")) : File.str();
  const json &Line = member(Where, "line");
  return text(member(Where, "function")) + " at " + Name +
         (Line.is_number() ? ":" + Line.dump() : "");
}

class Reader {
public:
  /// One item of the file; the key of its array says what it is.
  void take(StringRef Key, const json &Item) {
    if (Key == "tasks") {
      addDumped(Item);
    } else if (Key == "traceEvents" || Key.empty()) {
      addEvent(Item);
    }
  }

  bool recognised() const { return !Out.Tasks.empty() || !Out.Reports.empty() || Events; }

  Trace finish(const ItemsResult &Input) &&;

private:
  std::uint32_t string(const std::string &Text) {
    auto [At, Added] = Index.try_emplace(Text, Out.Strings.size());
    if (Added)
      Out.Strings.push_back(Text);
    return At->second;
  }
  template <class F> std::uint32_t lines(const json &Array, F Line) {
    if (!Array.is_array() || Array.empty())
      return None;
    std::vector<std::string> Lines;
    for (const json &One : Array)
      Lines.push_back(Line(One));
    return string(join(Lines, "\n"));
  }

  std::uint32_t track(const std::string &Key) {
    auto [At, Added] = Tracks.try_emplace(Key, Out.Tasks.size());
    if (Added)
      Out.Tasks.push_back({Key, None, None, {}});
    return At->second;
  }
  /// The task that another one refers to by its number.
  std::uint32_t taskNumbered(const json &Process, const json &Number) {
    return Number.is_number_integer() ? track(Process.dump() + ":" + Number.dump()) : None;
  }

  static bool readTime(const json &Micros, std::int64_t &Nanos) {
    constexpr double Most = 9e15; // in nanoseconds it fits 64 bits
    if (!Micros.is_number() || !(std::abs(Micros.get<double>()) < Most))
      return false;
    Nanos = std::llround(Micros.get<double>() * 1000);
    return true;
  }

  void addDumped(const json &Item);
  void addEvent(const json &Event);
  void addSlice(const json &Event, std::int64_t At, std::int64_t Length);
  void addOurs(TraceTask &Task, TraceStep &Step, const json &Event);
  void addStep(std::uint32_t Task, TraceStep Step);
  void beginOrEnd(const json &Event, std::int64_t At);
  void settleTimes();
  void tellWhatIsMissing(const ItemsResult &Input);

  Trace Out;
  StringMap<std::uint32_t> Index; ///< Of Out.Strings.
  std::map<std::string, std::uint32_t> Tracks;
  std::map<std::uint32_t, std::vector<std::pair<json, std::int64_t>>> Begun; ///< Without their end.
  bool Ours = false;
  size_t Events = 0, Steps = 0, Senseless = 0, Undrawn = 0;
};

// --- a dump ----------------------------------------------------------------------

void Reader::addDumped(const json &Item) {
  Out.IsDump = true;
  if (!member(Item, "number").is_number_integer()) {
    ++Senseless;
    return;
  }
  std::uint32_t Task = taskNumbered(1, member(Item, "number"));
  Out.Tasks[Task].Name = text(member(Item, "name"));
  Out.Tasks[Task].Spawned = string(place(member(Item, "spawned")));
  TraceStep Step;
  Step.Kind = StepKind::Runs;
  if (member(Item, "waits_for").is_string()) {
    Step.Kind = member(Item, "hopeless") == true ? StepKind::Stuck : StepKind::Suspended;
    Step.Text = string(text(member(Item, "waits_for")));
    Step.Awaits = lines(member(Item, "awaits"), place);
    if (member(Item, "tasks").is_array())
      for (const json &Number : member(Item, "tasks"))
        if (std::uint32_t Other = taskNumbered(1, Number); Other != None)
          Step.WaitsFor.push_back(Other);
  }
  addStep(Task, std::move(Step));
}

// --- a trace ---------------------------------------------------------------------

void Reader::addEvent(const json &Event) {
  std::string Phase = text(member(Event, "ph"));
  if (Phase.empty()) {
    ++Senseless;
    return;
  }
  ++Events;
  std::string Name = text(member(Event, "name"));
  if (Phase == "M") {
    std::string Given = text(member(member(Event, "args"), "name"));
    if (Name == "process_name" && Given == "abide")
      Ours = true;
    else if (Name == "thread_name" && !(Ours && member(Event, "tid") == 0))
      Out.Tasks[track(member(Event, "pid").dump() + ":" + member(Event, "tid").dump())].Name =
          Given;
    return;
  }
  std::int64_t At = 0, Length = 0;
  bool Drawn = StringRef("XBEis").contains(Phase) || Phase == "f";
  if (!Drawn) {
    ++Undrawn;
  } else if (!readTime(member(Event, "ts"), At)) {
    ++Senseless;
  } else if (Phase == "X") {
    if (readTime(member(Event, "dur"), Length) && Length >= 0)
      addSlice(Event, At, Length);
    else
      ++Senseless;
  } else if (Phase == "B" || Phase == "E") {
    beginOrEnd(Event, At);
  } else if (Phase == "i" && text(member(Event, "cat")) == "report") {
    json What = member(Event, "args");
    if (What.is_object())
      What["message"] = Name;
    Out.Reports.push_back({At, std::move(What)});
  } // s and f tell again what the slice "ready" says.
}

void Reader::addSlice(const json &Event, std::int64_t At, std::int64_t Length) {
  std::uint32_t Task = track(member(Event, "pid").dump() + ":" + member(Event, "tid").dump());
  TraceStep Step;
  Step.Begin = At;
  Step.Length = Length;
  Step.Text = string(text(member(Event, "name")));
  if (Ours)
    Step.Kind = StringSwitch<StepKind>(text(member(Event, "cat")))
                    .Case("step", StepKind::Runs)
                    .Case("ready", StepKind::Ready)
                    .Case("suspended", StepKind::Suspended)
                    .Default(StepKind::Other);
  const json &Args = member(Event, "args");
  if (Step.Kind == StepKind::Runs) {
    if (member(Args, "ended").is_string())
      Step.Ended = string(text(member(Args, "ended")));
  } else if (Step.Kind == StepKind::Ready) {
    std::uint32_t By = taskNumbered(member(Event, "pid"), member(Args, "by"));
    Out.Tasks[Task].By = By;
    Out.Tasks[Task].Spawned = string(text(member(Args, "spawned")));
  } else if (Step.Kind == StepKind::Suspended) {
    Step.Awaits = lines(member(Args, "awaits"), text);
    std::uint32_t Other = taskNumbered(member(Event, "pid"), member(Args, "task"));
    if (Other != None)
      Step.WaitsFor.push_back(Other);
  }
  addStep(Task, std::move(Step));
}

void Reader::beginOrEnd(const json &Event, std::int64_t At) {
  auto &Open = Begun[track(member(Event, "pid").dump() + ":" + member(Event, "tid").dump())];
  if (text(member(Event, "ph")) == "B") {
    Open.emplace_back(Event, At);
  } else if (Open.empty() || At < Open.back().second) {
    ++Senseless;
  } else {
    auto [Begin, From] = std::move(Open.back());
    Open.pop_back();
    addSlice(Begin, From, At - From);
  }
}

void Reader::addStep(std::uint32_t Task, TraceStep Step) {
  if (++Steps <= MaxSteps)
    Out.Tasks[Task].Steps.push_back(std::move(Step));
}

// --- the whole -------------------------------------------------------------------

/// Other tracers count from the start of the machine, or from 1970.
void Reader::settleTimes() {
  std::int64_t First = Ours || Out.IsDump ? 0 : INT64_MAX, Last = 0;
  for (TraceTask &Task : Out.Tasks) {
    stable_sort(Task.Steps, [](const auto &A, const auto &B) { return A.Begin < B.Begin; });
    if (!Task.Steps.empty())
      First = std::min(First, Task.Steps.front().Begin);
  }
  for (TraceTask &Task : Out.Tasks)
    for (TraceStep &Step : Task.Steps) {
      Step.Begin -= First;
      Last = std::max(Last, Step.Begin + Step.Length);
    }
  for (TraceReport &Report : Out.Reports)
    Last = std::max(Last, Report.At -= First == INT64_MAX ? 0 : First);
  Out.Length = Last;
}

void Reader::tellWhatIsMissing(const ItemsResult &Input) {
  auto Note = [&](const Twine &Text) { Out.Notes.push_back(Text.str()); };
  if (Input.BreaksOff)
    Note("the file breaks off: what came after is missing (" + Input.Error + ")");
  else if (!Input.Error.empty())
    Note("the file is no JSON from here on: " + Input.Error);
  if (Senseless)
    Note(counted(Senseless, "item") + " without a known phase, time or number left out");
  Out.Whole = Input.Error.empty() && !Senseless;
  if (Events && !Ours)
    Note(
        "this trace was not written by abide: it does not say why a task waits, who spawned it and "
        "for whom it waits");
  if (Undrawn)
    Note(counted(Undrawn, "event") + " of kinds that are not drawn, such as counters");
  if (Steps > MaxSteps)
    Note("the first " + Twine(MaxSteps) + " of " + Twine(Steps) +
         " steps are shown: give abide::trace a smaller max_events");
  std::string Dropped = text(member(member(Input.Rest, "otherData"), "dropped"));
  if (!Dropped.empty() && Dropped != "0")
    Note("the trace was full: " + Dropped +
         " more events were not written down; max_events of abide::trace says how many are");
  if (Steps == 0)
    Note(Out.IsDump || !Events ? "there was no task" : "there is no step of a task in it");
}

Trace Reader::finish(const ItemsResult &Input) && {
  Out.IsDump |= member(Input.Rest, "tasks").is_array();
  settleTimes();
  tellWhatIsMissing(Input);
  return std::move(Out);
}

} // namespace

Expected<Trace> readTrace(StringRef Text) {
  Reader R;
  ItemsResult Input = readItems(Text, [&](StringRef Key, json Item) { R.take(Key, Item); });
  bool Empty =
      member(Input.Rest, "traceEvents").is_array() || member(Input.Rest, "tasks").is_array();
  if (R.recognised() || Empty)
    return std::move(R).finish(Input);
  if (Text.trim().empty())
    return createStringError(inconvertibleErrorCode(), "the file is empty");
  if (!Input.Error.empty())
    return createStringError(
        inconvertibleErrorCode(),
        (Input.BreaksOff ? "the file breaks off before its first event: " : "no JSON: ") +
            Input.Error);
  return createStringError(inconvertibleErrorCode(),
                           "neither a trace nor a dump of tasks: it has no list 'traceEvents' or "
                           "'tasks'");
}

} // namespace abide

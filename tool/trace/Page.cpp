//===- Page.cpp - A trace as a page for browsers --------------------------===//
//
// All that comes from the trace goes into the page as one block of JSON without a "<", and from
// there only as text nodes. The policy of the page lets nothing run but the script below.
//
//===----------------------------------------------------------------------===//

#include "Page.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;
using nlohmann::json;

namespace abide {

/// Embedded by the build: the files of this directory that are not C++.
ArrayRef<std::pair<StringRef, StringRef>> tracePageParts();

namespace {

/// Those files whose names end so, in the order of the build.
std::string parts(StringRef Extension) {
  std::string Text;
  for (auto [Name, Content] : tracePageParts())
    if (Name.ends_with(Extension))
      Text += Content;
  return Text;
}

json index(std::uint32_t I) { return I == None ? json(-1) : json(I); }

/// Flat, since there may be a million: kind, text, awaits, ended, begin after that of the step
/// before, length, number of tasks that it waits for, these.
json steps(const TraceTask &Task) {
  json Flat = json::array();
  std::int64_t Before = 0;
  for (const TraceStep &Step : Task.Steps) {
    Flat.push_back(static_cast<int>(Step.Kind));
    for (std::uint32_t I : {Step.Text, Step.Awaits, Step.Ended})
      Flat.push_back(index(I));
    Flat.push_back(Step.Begin - Before);
    Flat.push_back(Step.Length);
    Flat.push_back(Step.WaitsFor.size());
    for (std::uint32_t I : Step.WaitsFor)
      Flat.push_back(I);
    Before = Step.Begin;
  }
  return Flat;
}

std::string data(const Trace &T, StringRef Title) {
  json Tasks = json::array(), Reports = json::array();
  for (const TraceTask &Task : T.Tasks)
    Tasks.push_back(json::array({Task.Name, index(Task.Spawned), index(Task.By), steps(Task)}));
  for (const TraceReport &Report : T.Reports)
    Reports.push_back(json::array({Report.At, Report.What}));
  json All = {{"title", Title.str()}, {"dump", T.IsDump},          {"length", T.Length},
              {"strings", T.Strings}, {"tasks", std::move(Tasks)}, {"reports", std::move(Reports)},
              {"notes", T.Notes}};
  std::string Text = All.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string Safe;
  Safe.reserve(Text.size());
  for (char C : Text)
    if (C == '<')
      Safe += "\\u003c";
    else
      Safe += C;
  return Safe;
}

std::string hashOf(StringRef Text) {
  return "'sha256-" + encodeBase64(SHA256::hash(arrayRefFromStringRef(Text))) + "'";
}

} // namespace

std::string tracePage(const Trace &T, StringRef Title) {
  std::string Style = parts(".css"), Script = "'use strict';\n" + parts(".js");
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src " +
         hashOf(Style) + "; script-src " + hashOf(Script) +
         "\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
         "<title>abide trace</title>\n<style>" +
         Style + "</style>\n</head>\n" + parts(".html") +
         "<script type=\"application/json\" id=\"data\">" + data(T, Title) + "</script>\n<script>" +
         Script + "</script>\n</html>\n";
}

} // namespace abide

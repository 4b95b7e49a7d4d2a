// What the page knows: tasks, their steps in typed arrays, and what follows from them.
const RUNS = 0, READY = 1, SUSPENDED = 2, STUCK = 3;
const data = JSON.parse(document.getElementById('data').textContent);
const string = index => index < 0 ? '' : data.strings[index];

const tasks = data.tasks.map(([name, spawned, by], index) => ({
  index, name: name || 'task ' + index, spawned: string(spawned), by, children: [], depth: 0,
  first: 0, end: 0, ended: '',
}));
const steps = readSteps();

function readSteps() {
  let count = 0, waits = 0;
  for (const [, , , flat] of data.tasks)
    for (let at = 0; at < flat.length; at += 7 + flat[at + 6]) {
      ++count;
      waits += flat[at + 6];
    }
  const all = {
    kind: new Uint8Array(count), text: new Int32Array(count), awaits: new Int32Array(count),
    begin: new Float64Array(count), length: new Float64Array(count), task: new Int32Array(count),
    waits: new Int32Array(waits), waitsFrom: new Int32Array(count + 1), stalled: new Uint8Array(count),
  };
  let step = 0, wait = 0;
  data.tasks.forEach(([, , , flat], index) => {
    const task = tasks[index];
    task.first = step;
    let time = 0;
    for (let at = 0; at < flat.length; ++step) {
      all.kind[step] = flat[at];
      all.text[step] = flat[at + 1];
      all.awaits[step] = flat[at + 2];
      task.ended = string(flat[at + 3]) || task.ended;
      all.begin[step] = time += flat[at + 4];
      all.length[step] = flat[at + 5];
      all.task[step] = index;
      const others = flat[at + 6];
      for (let i = 0; i < others; ++i)
        all.waits[wait++] = flat[at + 7 + i];
      all.waitsFrom[step + 1] = wait;
      at += 7 + others;
    }
    task.end = step;
  });
  data.tasks = null; // the typed arrays have it all
  return all;
}

const stepEnd = step => steps.begin[step] + steps.length[step];
const bornAt = task => task.first < task.end ? steps.begin[task.first] : data.length;
const goneAt = task => task.first < task.end ? stepEnd(task.end - 1) : 0;
const waitsFor = step => Array.from(steps.waits.subarray(steps.waitsFrom[step], steps.waitsFrom[step + 1]));

// The last step of the task that begins at or before that time; task.first - 1 when there is none.
function lastBefore(task, time) {
  let low = task.first, high = task.end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps.begin[middle] <= time)
      low = middle + 1;
    else
      high = middle;
  }
  return low - 1;
}

// The step of a task at a time; -1 before its birth and after its end.
function stepAt(task, time) {
  for (let step = lastBefore(task, time); step >= task.first; --step) {
    if (time < stepEnd(step) || (time === stepEnd(step) && !(task.ended && step === task.end - 1)))
      return step;
    if (steps.kind[step] <= STUCK)
      break; // only the slices of other programs nest
  }
  return -1;
}

function stateText(step) {
  const kind = steps.kind[step], text = string(steps.text[step]);
  if (kind === RUNS)
    return 'runs';
  if (kind === READY)
    return 'ready, not begun yet';
  if (kind === SUSPENDED || kind === STUCK)
    return (data.dump ? 'waits for ' : 'suspended: ') + text +
      (kind === STUCK ? ', which nobody can end any more' : '');
  return text;
}

// Tasks below those that spawned them, in the order of time. Not recursive: chains may be long.
const order = (() => {
  const roots = [];
  for (const task of tasks)
    (task.by >= 0 && task.by !== task.index ? tasks[task.by].children : roots).push(task);
  const byBirth = (a, b) => bornAt(a) - bornAt(b) || a.index - b.index;
  const result = [], seen = new Set();
  const add = root => {
    const left = [root];
    while (left.length) {
      const task = left.pop();
      if (seen.has(task))
        continue;
      seen.add(task);
      result.push(task);
      task.children.sort(byBirth);
      for (const child of task.children.slice().reverse()) {
        child.depth = task.depth + 1;
        left.push(child);
      }
    }
  };
  roots.sort(byBirth).forEach(add);
  tasks.forEach(add); // what spawned itself in a circle, in a file that somebody made up
  return result;
})();

const stallKinds = new Set(['blocked', 'slow_callback', 'blocking_call']);

// Reports with the step that they are about; those about one step are one group.
const reports = (() => {
  const named = new Map();
  for (const task of tasks)
    named.set(task.name, (named.get(task.name) || []).concat(task));
  const stepOf = (at, what) => {
    let best = -1;
    for (const task of named.get(what.task || (/^<task '(.*?)'/.exec(what.subject) || [])[1]) || []) {
      let step = lastBefore(task, at);
      while (step >= task.first && steps.kind[step] !== RUNS)
        --step;
      if (step >= task.first && (best < 0 || stepEnd(step) > stepEnd(best)))
        best = step;
    }
    return best;
  };
  const groups = [], ofStep = new Map();
  for (const [at, given] of data.reports) {
    const what = given || {};
    const stall = stallKinds.has(what.kind);
    const step = stall ? stepOf(at, what) : -1;
    const known = ofStep.get(step);
    if (stall && known) {
      known.all.push(what);
      continue;
    }
    const group = {at: stall && step >= 0 ? steps.begin[step] : at, step, stall, all: [what]};
    if (stall && step >= 0) {
      steps.stalled[step] = 1;
      ofStep.set(step, group);
    }
    groups.push(group);
  }
  return groups.sort((a, b) => a.at - b.at);
})();

// The moment to begin with: a stall; else the end, if tasks are left; else when most tasks lived.
function firstMoment() {
  const stall = reports.find(one => one.stall && one.step >= 0);
  if (stall)
    return steps.begin[stall.step] + steps.length[stall.step] / 2;
  if (tasks.some(task => !task.ended && task.first < task.end && goneAt(task) >= data.length))
    return data.length;
  const changes = tasks.flatMap(task => [[bornAt(task), 1], [goneAt(task), -1]])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let alive = 0, most = 0, moment = 0;
  changes.forEach(([time, change], i) => {
    alive += change;
    if (alive > most && i + 1 < changes.length) {
      most = alive;
      moment = (time + changes[i + 1][0]) / 2;
    }
  });
  return moment;
}

function duration(nanos) {
  const digits = value => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  if (nanos < 1e3)
    return Math.round(nanos) + ' ns';
  if (nanos < 999500)
    return digits(nanos / 1e3) + ' µs';
  if (nanos < 999.5e6)
    return digits(nanos / 1e6) + ' ms';
  if (nanos < 120e9)
    return (nanos / 1e9).toFixed(nanos < 10e9 ? 3 : 2) + ' s';
  return Math.floor(nanos / 60e9) + ' min ' + Math.floor(nanos / 1e9 % 60) + ' s';
}

const counted = (count, what) => count.toLocaleString('en') + ' ' + what + (count === 1 ? '' : 's');

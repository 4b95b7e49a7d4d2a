// The panels beside the picture. Text from the trace only ever becomes a text node.
function make(tag, className, ...inside) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...inside);
  return made;
}
function link(text, action) {
  const made = make('button', 'link', text);
  made.addEventListener('click', action);
  return made;
}
const taskLink = task => link(task.name, () => choose(task, cursor));
const lines = (text, className) =>
  make('ol', className, ...text.split('\n').map(line => make('li', '', line)));
const placeText = place => place.function + ' at ' + String(place.file).replace(/.*\//, '') + ':' + place.line;

// --- the tree of who waits for whom -------------------------------------------------

// Below a task stand those it waits for; then those it spawned whom nobody waits for.
function treeAt(time) {
  const stateOf = new Map(), awaited = new Set();
  for (const task of order) {
    const step = data.dump ? (task.first < task.end ? task.first : -1) : stepAt(task, time);
    if (step >= 0)
      stateOf.set(task, step);
  }
  const below = new Map();
  for (const [task, step] of stateOf) {
    const those = waitsFor(step).map(index => tasks[index]).filter(other => stateOf.has(other));
    below.set(task, those);
    those.forEach(other => awaited.add(other));
  }
  const roots = [];
  for (const task of stateOf.keys()) {
    const parent = task.by >= 0 ? tasks[task.by] : null;
    if (awaited.has(task))
      continue;
    if (parent && parent !== task && stateOf.has(parent))
      below.get(parent).push(task);
    else
      roots.push(task);
  }
  return {stateOf, below, roots, awaited};
}

function inCircle(task, below) {
  const seen = new Set(), left = [...below.get(task)];
  while (left.length) {
    const next = left.pop();
    if (next === task)
      return true;
    if (!seen.has(next)) {
      seen.add(next);
      left.push(...below.get(next));
    }
  }
  return false;
}

function treeItem(task, step, circle, time) {
  const kind = steps.kind[step];
  const word = circle ? 'waits in a circle' : steps.stalled[step] ? 'blocks the loop' : kind === RUNS ? 'runs' : kind === READY ? 'ready'
    : kind === STUCK ? 'stuck' : kind === SUSPENDED ? 'suspended' : '';
  const item = make('li', '', taskLink(task), ' ',
    make('span', 'pill ' + (circle || steps.stalled[step] ? 'stuck' : word), word), ' ');
  if (kind !== RUNS && kind !== READY)
    item.append(stateText(step).replace(/^suspended: /, ''));
  if (!data.dump)
    item.append(make('span', 'dim', ' for ' + duration(time - steps.begin[step])));
  if (steps.awaits[step] >= 0)
    item.append(lines(string(steps.awaits[step]), 'places'));
  if (data.dump && task.spawned)
    item.append(make('div', 'dim', 'spawned in ' + task.spawned));
  return item;
}

let mostItems = 300;
function drawTree() {
  const {stateOf, below, roots} = treeAt(cursor), top = make('ul', '');
  const shown = new Set();
  const words = element('search').value.toLowerCase();
  const add = (root, list) => { // not recursive: chains may be long
    const left = [[root, list]];
    while (left.length && shown.size < mostItems) {
      const [task, into] = left.pop();
      if (shown.has(task))
        continue;
      shown.add(task);
      const circle = waitsFor(stateOf.get(task)).length > 0 && inCircle(task, below);
      const item = treeItem(task, stateOf.get(task), circle, cursor), inner = make('ul', '');
      into.append(item);
      if (below.get(task).length)
        item.append(inner);
      for (const other of below.get(task).slice().reverse())
        left.push([other, inner]);
    }
  };
  const wanted = words ? [...stateOf.keys()].filter(task => task.name.toLowerCase().includes(words)) : roots;
  wanted.forEach(task => add(task, top));
  if (!words) // circles, which nothing stands above
    for (const task of stateOf.keys())
      add(task, top);
  const parts = [];
  if (!data.dump)
    parts.push(make('p', 'dim', `At ${duration(cursor)}: ${counted(stateOf.size, 'task')}. ` +
      'Below a task: whom it waits for, then whom it spawned. Click into the timeline for another moment.'));
  parts.push(stateOf.size ? top : make('p', '', 'No task lives at this moment.'));
  if (shown.size >= mostItems && shown.size < stateOf.size)
    parts.push(link(`Show more of ${counted(stateOf.size, 'task')}`, () => {
      mostItems *= 4;
      drawTree();
    }));
  element('tree').replaceChildren(...parts);
}

// --- one task -----------------------------------------------------------------------

function row(name, ...what) {
  return make('tr', '', make('th', '', name), make('td', '', ...what));
}

// Where its time went, the longest first.
function waitsOf(task) {
  const sums = new Map();
  for (let step = task.first; step < task.end; ++step) {
    const what = steps.kind[step] === RUNS ? 'runs' : string(steps.text[step]);
    const sum = sums.get(what) || {what, count: 0, time: 0};
    ++sum.count;
    sum.time += steps.length[step];
    sums.set(what, sum);
  }
  return [...sums.values()].sort((a, b) => b.time - a.time);
}

function drawTask() {
  if (!chosen)
    return element('task').replaceChildren(make('p', 'dim', 'Choose a task in the timeline or the tree.'));
  const task = chosen, step = data.dump ? task.first : stepAt(task, cursor);
  const facts = make('table', '');
  if (step >= 0 && step < task.end) {
    facts.append(row(data.dump ? 'state' : 'at ' + duration(cursor), stateText(step)));
    if (!data.dump)
      facts.append(row('', make('span', 'dim', `from ${duration(steps.begin[step])}, for ${duration(steps.length[step])}`)));
    if (steps.awaits[step] >= 0)
      facts.append(row('in', lines(string(steps.awaits[step]), 'places')));
    const others = waitsFor(step).map(index => tasks[index]);
    if (others.length)
      facts.append(row('waits for', ...others.flatMap(other => [taskLink(other), ' '])));
  }
  if (task.spawned)
    facts.append(row('spawned', 'in ' + task.spawned));
  if (task.by >= 0)
    facts.append(row('by', taskLink(tasks[task.by])));
  if (task.children.length)
    facts.append(row('spawned', counted(task.children.length, 'task') + ': ',
      ...task.children.slice(0, 12).flatMap(child => [taskLink(child), ' ']),
      task.children.length > 12 ? '…' : ''));
  const parts = [make('h2', '', task.name), facts];
  if (!data.dump) {
    facts.append(row('lived', `from ${duration(bornAt(task))} to ${duration(goneAt(task))}` +
      (task.ended ? `, ${task.ended}` : ', not ended in this trace')));
    const sums = make('table', '');
    for (const {what, count, time} of waitsOf(task).slice(0, 12))
      sums.append(make('tr', '', make('td', '', what), make('td', 'number', counted(count, 'time')),
        make('td', 'number', duration(time))));
    parts.push(make('h2', '', 'Where its time went'), sums);
  }
  element('task').replaceChildren(...parts);
}

// --- stalls and reports ---------------------------------------------------------------

function reportItem(group) {
  const what = group.all.find(one => Array.isArray(one.stack)) || group.all[0];
  const item = make('article', `report ${what.level} ${group.stall ? 'stalls' : ''}`);
  const go = () => showReport(group);
  if (group.step >= 0)
    item.append(make('p', '', link(`${tasks[steps.task[group.step]].name} blocked the loop for ` +
      `${duration(steps.length[group.step])}`, go), make('span', 'dim', ' at ' + duration(group.at))));
  else
    item.append(make('p', '', link(duration(group.at), go), make('span', 'dim', ' ' + (what.kind || ''))));
  for (const one of group.all)
    item.append(make('p', '', String(one.message)));
  for (const [name, text] of [['', what.subject], ['exception: ', what.exception], ['', what.details]])
    if (text)
      item.append(make('p', 'dim', name + text));
  if (Array.isArray(what.suspended))
    item.append(make('p', 'dim', 'suspended in'), lines(what.suspended.map(placeText).join('\n'), 'places'));
  if (Array.isArray(what.stack))
    item.append(lines(what.stack.join('\n'), 'stack'));
  for (const birth of Array.isArray(what.made) ? what.made : [])
    item.append(make('p', 'dim', `made: ${birth.what}` + (birth.spawned ? ', spawned in ' + placeText(birth.spawned) : '')));
  if (what.check)
    item.append(make('p', 'dim', `The check ${what.check} can find this before run time: see ${what.page}.`));
  return item;
}

function longestSteps() {
  const longest = [];
  for (let step = 0; step < steps.begin.length; ++step)
    if (steps.kind[step] === RUNS && (longest.length < 8 || steps.length[step] > steps.length[longest[7]])) {
      longest.push(step);
      longest.sort((a, b) => steps.length[b] - steps.length[a]);
      longest.length = Math.min(longest.length, 8);
    }
  return longest;
}

function drawReports() {
  const parts = [];
  if (!reports.length)
    parts.push(make('p', 'dim', data.dump ? 'A dump of tasks holds no reports.'
      : 'No report. With ABIDE_WATCHDOG=100 beside ABIDE_TRACE the stacks of stalls are in the trace; ' +
        'with ABIDE_DEBUG=1, what else debug mode finds.'));
  parts.push(...reports.slice(0, 500).map(reportItem));
  if (reports.length > 500)
    parts.push(make('p', 'dim', `and ${reports.length - 500} more`));
  const longest = longestSteps();
  if (longest.length && !data.dump) {
    const table = make('table', '');
    for (const step of longest)
      table.append(make('tr', '', make('td', 'number', duration(steps.length[step])),
        make('td', '', link(tasks[steps.task[step]].name, () => showStep(step))),
        make('td', 'dim', 'at ' + duration(steps.begin[step]))));
    parts.push(make('h2', '', 'The longest steps'),
      make('p', 'dim', 'While one task runs, no other task of its loop does.'), table);
  }
  element('reports').replaceChildren(...parts);
}

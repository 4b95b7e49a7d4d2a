// The picture: one row per task. Only the rows in sight exist, and the slices are one canvas.
const ROW = 24, NAMES = 230;
const element = id => document.getElementById(id);
const view = {from: 0, to: Math.max(data.length, 1)};
let rows = order;          // those that the search has left
let rowOf = new Map(rows.map((task, row) => [task, row]));
let chosen = null;         // a task
let cursor = 0;            // the moment that the other panels show

const colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['panel', 'text', 'dim', 'line', 'runs', 'stall', 'ready', 'stuck', 'other',
                      'on-dark', 'on-light', 'on-ready', 'cursor', 'focus', 's0', 's1', 's2', 's3', 's4', 's5'])
    colours[name] = style.getPropertyValue('--' + name).trim();
}

// One reason, one colour: by its words without the place.
const reasonColours = new Map();
function colourOf(step) {
  const kind = steps.kind[step];
  if (kind === RUNS)
    return steps.stalled[step] ? colours.stall : colours.runs;
  if (kind === READY)
    return colours.ready;
  if (kind === STUCK)
    return colours.stuck;
  if (kind !== SUSPENDED)
    return colours.other;
  const text = steps.text[step];
  if (!reasonColours.has(text)) {
    const reason = string(text).replace(/ at \S*$/, '').replace(/'.*'/, '');
    let hash = 0;
    for (const letter of reason)
      hash = (hash * 31 + letter.codePointAt(0)) % 65521;
    reasonColours.set(text, 's' + hash % 6);
  }
  return colours[reasonColours.get(text)];
}

function canvasOf(id) {
  const canvas = element(id), ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const to = canvas.getContext('2d');
  to.setTransform(ratio, 0, 0, ratio, 0, 0);
  to.clearRect(0, 0, width, height);
  to.font = '12px system-ui, sans-serif';
  to.textBaseline = 'middle';
  return {to, width, height};
}

const xOf = (time, width) => (time - view.from) / (view.to - view.from) * width;
const timeAt = x => view.from + x / element('slices').clientWidth * (view.to - view.from);

function drawRow(to, task, top, width) {
  let covered = -1; // the pixels up to here are drawn
  for (let step = Math.max(lastBefore(task, view.from), task.first); step < task.end; ++step) {
    if (steps.begin[step] > view.to)
      break;
    const begin = Math.max(xOf(steps.begin[step], width), -1);
    const end = Math.min(xOf(stepEnd(step), width), width + 1);
    const important = steps.kind[step] === RUNS || steps.kind[step] === STUCK;
    if (end < covered && steps.kind[step] <= STUCK && !important)
      continue;
    if (important && end < covered && !steps.stalled[step])
      continue;
    covered = Math.max(end, begin + 1);
    const high = steps.kind[step] === SUSPENDED ? 12 : 18;
    to.fillStyle = colourOf(step);
    to.fillRect(begin, top + (ROW - high) / 2, Math.max(end - begin, 1), high);
    if (end - begin > 46) {
      to.save();
      to.beginPath();
      to.rect(begin, top, end - begin - 3, ROW);
      to.clip();
      const dark = steps.kind[step] !== SUSPENDED && steps.kind[step] !== READY;
      to.fillStyle = colours[dark ? 'on-dark' : steps.kind[step] === READY ? 'on-ready' : 'on-light'];
      const label = steps.kind[step] === RUNS ? duration(steps.length[step]) : string(steps.text[step]);
      to.fillText(label, Math.max(begin, 0) + 4, top + ROW / 2 + 0.5);
      to.restore();
    }
  }
  if (task.ended && task.ended !== 'done') {
    to.fillStyle = task.ended === 'failed' ? colours.stall : colours.dim;
    const x = xOf(goneAt(task), width);
    if (x > 0 && x < width)
      to.fillText(task.ended === 'failed' ? '✕ failed' : '⊘ cancelled', x + 4, top + ROW / 2 + 0.5);
  }
}

function drawAxis() {
  const {to, width} = canvasOf('axis');
  const span = view.to - view.from, about = span / Math.max(width / 110, 1);
  const power = 10 ** Math.floor(Math.log10(about));
  const every = [1, 2, 5, 10].map(n => n * power).find(n => n >= about);
  to.fillStyle = colours.dim;
  for (let time = Math.ceil(view.from / every) * every; time <= view.to; time += every) {
    const x = xOf(time, width);
    to.fillRect(x, 17, 1, 7);
    to.fillText(tick(time, every), x + 4, 12);
  }
}

// Neighbours must differ: as many digits as their distance needs.
function tick(time, every) {
  const [unit, size] = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]]
    .find(([, size]) => size <= Math.max(time, every)) || ['ns', 1];
  const digits = Math.max(0, Math.ceil(Math.log10(size / every) - 1e-9));
  return (time / size).toFixed(Math.min(digits, 9)) + ' ' + unit;
}

// For how much of each pixel of the whole time tasks ran; changes with the width only.
let loadWidth = 0, load = [];
function measureLoad(width) {
  const pixel = Math.max(data.length, 1) / width;
  load = new Float64Array(width + 1);
  for (let step = 0; step < steps.begin.length; ++step) {
    if (steps.kind[step] !== RUNS && steps.kind[step] <= STUCK)
      continue;
    const first = Math.floor(steps.begin[step] / pixel), last = Math.floor(stepEnd(step) / pixel);
    for (let x = first; x <= last; ++x)
      load[x] += Math.min(stepEnd(step), (x + 1) * pixel) - Math.max(steps.begin[step], x * pixel);
  }
  loadWidth = width;
}

function drawOverview() {
  const {to, width, height} = canvasOf('overview');
  const all = Math.max(data.length, 1);
  if (width !== loadWidth)
    measureLoad(width);
  const most = load.reduce((a, b) => Math.max(a, b), 1e-9);
  to.fillStyle = colours.runs;
  load.forEach((value, x) => to.fillRect(x, height, 1, -Math.sqrt(value / most) * (height - 6)));
  to.fillStyle = colours.stall;
  for (const one of reports)
    to.fillRect(one.at / all * width - 1, 0,
      one.step >= 0 ? Math.max(steps.length[one.step] / all * width, 3) : 2, 9);
  to.globalAlpha = 0.16;
  to.fillStyle = colours.focus;
  to.fillRect(view.from / all * width, 0, Math.max((view.to - view.from) / all * width, 2), height);
  to.globalAlpha = 1;
}

function drawRows() {
  const scroll = element('scroll'), {to, width, height} = canvasOf('slices');
  const first = Math.floor(scroll.scrollTop / ROW);
  const last = Math.min(rows.length, Math.ceil((scroll.scrollTop + height) / ROW));
  element('space').style.height = rows.length * ROW + 'px';
  const shown = [];
  for (let row = first; row < last; ++row) {
    const task = rows[row], one = document.createElement('div'), name = document.createElement('span');
    one.className = 'row ' + task.ended;
    one.id = 'task-' + task.index;
    one.setAttribute('role', 'option');
    one.setAttribute('aria-selected', task === chosen);
    one.setAttribute('aria-setsize', rows.length);
    one.setAttribute('aria-posinset', row + 1);
    one.style.top = row * ROW + 'px';
    name.textContent = name.title = task.name;
    name.style.paddingLeft = 10 + Math.min(task.depth, 8) * 12 + 'px';
    one.append(name);
    shown.push(one);
    drawRow(to, task, row * ROW - scroll.scrollTop, width);
  }
  element('space').replaceChildren(...shown);
  scroll.setAttribute('aria-activedescendant', chosen ? 'task-' + chosen.index : '');
  const x = xOf(cursor, width);
  to.fillStyle = colours.cursor;
  to.fillRect(x, 0, 1, height);
  drawArrows(first, last, scroll.scrollTop, width, height);
}

// From the row of the spawner, at that moment, to the first step of the task.
function drawArrows(first, last, scrolled, width, height) {
  const paths = [];
  for (let row = first; row < last; ++row) {
    const task = rows[row], parent = task.by >= 0 && tasks[task.by];
    const from = parent && rowOf.get(parent);
    if (from === undefined || parent === false || parent === task)
      continue;
    const start = xOf(bornAt(task), width);
    const ready = steps.kind[task.first] === READY ? stepEnd(task.first) : bornAt(task);
    const end = xOf(ready, width);
    if (end < 0 || start > width)
      continue;
    const middle = r => Math.max(-20, Math.min(r * ROW - scrolled + ROW / 2, height + 20));
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const y = middle(row), bend = Math.max(start - 7, 1);
    path.setAttribute('d', `M${start} ${middle(from)} L${bend} ${y} L${Math.max(end - 1, bend + 5)} ${y}`);
    path.setAttribute('marker-end', 'url(#head)');
    path.dataset.from = parent.name;
    path.dataset.to = task.name;
    paths.push(path);
  }
  element('paths').replaceChildren(...paths);
}

let asked = false;
function draw() {
  if (asked || data.dump)
    return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    drawOverview();
    drawAxis();
    drawRows();
  });
}

function show(from, to) {
  const all = Math.max(data.length, 1);
  const span = Math.min(Math.max(to - from, 20), all * 1.02);
  view.from = Math.max(-all * 0.01, Math.min(from, all * 1.01 - span));
  view.to = view.from + span;
  draw();
}
function zoom(factor, around = (view.from + view.to) / 2) {
  show(around - (around - view.from) * factor, around + (view.to - around) * factor);
}
const move = part => show(view.from + part * (view.to - view.from), view.to + part * (view.to - view.from));
const showAll = () => show(-data.length * 0.01, data.length * 1.01);

function showRow(task) {
  const row = rowOf.get(task), scroll = element('scroll');
  if (row === undefined)
    return;
  if (row * ROW < scroll.scrollTop)
    scroll.scrollTop = row * ROW;
  else if ((row + 1) * ROW > scroll.scrollTop + scroll.clientHeight)
    scroll.scrollTop = (row + 1) * ROW - scroll.clientHeight;
}

// Brings a moment into sight, with something around it.
function showMoment(time, length) {
  if (time < view.from || time + length > view.to || length < (view.to - view.from) / 200) {
    const span = Math.min(Math.max(length * 4, 1000), data.length);
    show(time + length / 2 - span / 2, time + length / 2 + span / 2);
  }
}

// What the user does.
const panels = {reports: drawReports, tree: drawTree, task: drawTask};
let panel = 'reports';

function openPanel(name) {
  panel = name;
  for (const other of Object.keys(panels)) {
    element(other).hidden = other !== name;
    element('tab-' + other).setAttribute('aria-selected', other === name);
    element('tab-' + other).tabIndex = other === name ? 0 : -1;
  }
  panels[name]();
}

function choose(task, time) {
  chosen = task;
  cursor = Math.max(0, Math.min(time, data.length));
  showRow(task);
  openPanel(data.dump || panel === 'reports' ? 'task' : panel);
  draw();
}

function showStep(step) {
  chosen = tasks[steps.task[step]];
  cursor = steps.begin[step] + steps.length[step] / 2;
  showMoment(steps.begin[step], steps.length[step]);
  showRow(chosen);
  draw();
}

let report = -1;
function showReport(group) {
  report = reports.indexOf(group);
  if (group.step >= 0)
    return showStep(group.step);
  cursor = group.at;
  showMoment(group.at, 0);
  draw();
}
function stepReport(by) {
  if (!reports.length)
    return;
  showReport(reports[(report + by + (report < 0 && by < 0 ? 1 : 0) + reports.length) % reports.length]);
  openPanel('reports');
  const shown = element('reports').querySelectorAll('.report')[report];
  if (shown)
    shown.scrollIntoView({block: 'nearest'});
}

function search() {
  const words = element('search').value.toLowerCase();
  rows = words ? order.filter(task => task.name.toLowerCase().includes(words)) : order;
  rowOf = new Map(rows.map((task, row) => [task, row]));
  element('found').textContent = words ? `${rows.length.toLocaleString('en')} of ${counted(tasks.length, 'task')}` : '';
  element('scroll').scrollTop = 0;
  if (data.dump || panel === 'tree')
    openPanel('tree');
  draw();
}

// --- mouse --------------------------------------------------------------------------

function xIn(event) {
  return event.clientX - element('slices').getBoundingClientRect().left;
}
function taskUnder(event) {
  const scroll = element('scroll');
  return rows[Math.floor((event.clientY - scroll.getBoundingClientRect().top + scroll.scrollTop) / ROW)];
}

function drag(target, onMove, onClick) {
  target.addEventListener('pointerdown', down => {
    if (down.button !== 0 || down.clientX > target.getBoundingClientRect().left + target.clientWidth)
      return;
    let last = down.clientX, moved = false;
    const follow = event => {
      moved ||= Math.abs(event.clientX - down.clientX) > 3;
      if (moved)
        onMove(event, event.clientX - last);
      last = event.clientX;
    };
    const stop = event => {
      removeEventListener('pointermove', follow);
      removeEventListener('pointerup', stop);
      if (!moved)
        onClick(event);
    };
    addEventListener('pointermove', follow);
    addEventListener('pointerup', stop);
  });
}

function wheel(event) {
  const scroll = element('scroll'), scrolls = scroll.scrollHeight > scroll.clientHeight;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    move((event.deltaX || event.deltaY) / 1000);
  } else if (event.ctrlKey || event.metaKey || !scrolls || event.currentTarget !== scroll) {
    zoom(1.0015 ** event.deltaY, timeAt(Math.max(xIn(event), 0)));
  } else {
    return;
  }
  event.preventDefault();
}

function tip(event) {
  const shown = element('tip'), task = taskUnder(event), x = xIn(event);
  const step = task && x >= 0 ? stepAt(task, timeAt(x)) : -1;
  shown.hidden = step < 0;
  if (step < 0)
    return;
  const where = steps.awaits[step] >= 0 ? '\n' + string(steps.awaits[step]) : '';
  shown.textContent = `${task.name}\n${stateText(step)}${where}\n${duration(steps.length[step])}, ` +
    `from ${duration(steps.begin[step])} to ${duration(stepEnd(step))}`;
  const box = element('timeline').getBoundingClientRect();
  const left = event.clientX - box.left + 14, top = event.clientY - box.top + 16;
  shown.style.left = Math.max(0, Math.min(left, box.width - shown.offsetWidth - 6)) + 'px';
  shown.style.top = Math.min(top, box.height - shown.offsetHeight - 6) + 'px';
}

// --- keys ---------------------------------------------------------------------------

function chooseNext(by) {
  const row = rowOf.has(chosen) ? rowOf.get(chosen) + by : 0;
  if (rows.length)
    choose(rows[Math.max(0, Math.min(row, rows.length - 1))], cursor);
}
function nextStep(by) {
  if (!chosen || chosen.first === chosen.end)
    return;
  const step = Math.max(chosen.first, Math.min(lastBefore(chosen, cursor) + by, chosen.end - 1));
  showStep(step);
  openPanel('task');
}

const timelineKeys = {
  ArrowDown: () => chooseNext(1), ArrowUp: () => chooseNext(-1),
  PageDown: () => chooseNext(20), PageUp: () => chooseNext(-20),
  Home: () => chooseNext(-rows.length), End: () => chooseNext(rows.length),
  ArrowLeft: event => event.shiftKey ? nextStep(-1) : move(-0.1),
  ArrowRight: event => event.shiftKey ? nextStep(1) : move(0.1),
  Enter: () => chosen && openPanel('task'),
};
function zoomToTask() {
  const margin = chosen && Math.max(goneAt(chosen) - bornAt(chosen), 1000) * 0.05;
  if (chosen)
    show(bornAt(chosen) - margin, goneAt(chosen) + margin);
}
const pageKeys = {
  '+': () => zoom(0.6), '=': () => zoom(0.6), '-': () => zoom(1 / 0.6), 0: showAll, t: zoomToTask,
  n: () => stepReport(1), p: () => stepReport(-1), '/': () => element('search').focus(),
};

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey)
    return;
  if (event.target === element('search')) {
    if (event.key === 'Escape') {
      element('search').value = '';
      search();
    }
    return;
  }
  const onTimeline = event.target === element('scroll') && timelineKeys[event.key];
  const action = onTimeline || pageKeys[event.key];
  if (!action)
    return;
  event.preventDefault();
  action(event);
}

function tabKeys(event) {
  const names = Object.keys(panels), by = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!by)
    return;
  openPanel(names[(names.indexOf(panel) + by + names.length) % names.length]);
  element('tab-' + panel).focus();
}

// --- the begin ----------------------------------------------------------------------

function start() {
  document.title = data.title + ' - abide trace';
  element('title').textContent = data.title;
  const stalls = reports.filter(one => one.stall).length;
  element('facts').textContent = counted(tasks.length, 'task') + (data.dump ? ', a dump of one moment'
    : ` · ${counted(steps.begin.length, 'step')} · ${duration(data.length)} · ${counted(stalls, 'stall')} · ` +
      counted(reports.length - stalls, 'other report'));
  element('notes').replaceChildren(...data.notes.map(note => make('li', '', note)));
  for (const name of Object.keys(panels))
    element('tab-' + name).addEventListener('click', () => openPanel(name));
  element('tabs').addEventListener('keydown', tabKeys);
  element('search').addEventListener('input', search);
  addEventListener('keydown', key);
  if (data.dump) {
    document.body.classList.add('dump');
    element('tab-reports').hidden = true;
    return openPanel('tree');
  }
  for (const [button, action] of [['in', () => zoom(0.6)], ['out', () => zoom(1 / 0.6)], ['fit', showAll],
    ['zoom-task', zoomToTask], ['previous', () => stepReport(-1)], ['next', () => stepReport(1)]])
    element(button).addEventListener('click', action);
  element('previous').disabled = element('next').disabled = !reports.length;
  const scroll = element('scroll'), overview = element('overview');
  drag(scroll, (event, by) => move(-by / element('slices').clientWidth),
    event => taskUnder(event) && choose(taskUnder(event), xIn(event) >= 0 ? timeAt(xIn(event)) : cursor));
  const jump = event => {
    const at = xIn(event) / overview.clientWidth * data.length, half = (view.to - view.from) / 2;
    show(at - half, at + half);
  };
  drag(overview, jump, jump);
  for (const one of [scroll, overview, element('axis')])
    one.addEventListener('wheel', wheel, {passive: false});
  scroll.addEventListener('scroll', draw);
  scroll.addEventListener('pointermove', tip);
  scroll.addEventListener('pointerleave', () => { element('tip').hidden = true; });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    readColours();
    draw();
  });
  new ResizeObserver(draw).observe(element('timeline'));
  readColours();
  cursor = firstMoment();
  openPanel(reports.length ? 'reports' : 'tree');
  showAll();
}
start();

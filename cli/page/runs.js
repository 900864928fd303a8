// The page of runs: polls GET /runs.json and /runs/NAME.json while it is visible, and shows what has changed.
'use strict';

const PAUSE = 2000;      // milliseconds between two polls; an unchanged answer is status 304 without a body (ETag)
const QUIET = 120;       // seconds without a step after which the page says so
const words = {
  training: 'Training', starting: 'Starting', finished: 'Finished', stopped: 'Stopped', failed: 'Failed', dead: 'Dead',
};

let list = null;         // the answer of /runs.json
let shown = null, laid = null; // the run that is shown and the one that is laid over it
let follow = true;       // the cursor stays at the latest epoch
let newsAt = 0;          // time of the run's last write, by the clock of this page
let spoken = '';         // the last line for screen readers
let explained = '';      // the mistakes that are explained, or are being explained: see markOf
const answers = new Map(); // path -> {etag, body}
const drawn = new Map();   // element of a picture -> its version

// ---- words -----------------------------------------------------------------------------------------------------

const dash = '–';
const number = v => v === null || v === undefined ? dash : v >= 1000 ? Math.round(v).toLocaleString('en') : v >= 100 ? v.toFixed(0) : v.toFixed(1);
const loss = v => v === null || v === undefined ? dash : Math.abs(v) >= 1e4 ? v.toExponential(2) : v.toFixed(4);
const share = v => v === null || v === undefined ? dash : (100 * v).toFixed(1) + '\u00a0%';
const rate = v => v === null || v === undefined ? dash : v === 0 ? '0' : Number(v.toPrecision(3)).toString();

function span(seconds) {
  if (seconds === null || seconds === undefined) return dash;
  const s = Math.max(0, Math.round(seconds)), two = n => String(n).padStart(2, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s % 3600 / 60))} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}

const isLive = run => run.state === 'training' || run.state === 'starting';
const partName = part => part === 'val' ? 'validation' : part;
const watchedName = run => run.progress.watched === 'test' ? 'Test' : 'Validation';
// With a time limit, a run may have time for more epochs than planned.
const planned = run => Math.max((isLive(run) && run.progress.epochs) || run.planned || 0, run.done);

function lastPart(path) {
  return path ? path.replace(/\/+$/, '').split('/').pop() : dash;
}

// ---- asking the server -----------------------------------------------------------------------------------------

// The body, and whether it differs from the last one.
async function fetchJson(path) {
  const known = answers.get(path);
  const response = await send(path, known ? { headers: { 'If-None-Match': known.etag } } : {});
  if (response.status === 304 && known) return { body: known.body, fresh: false };
  const body = await response.json().catch(() => null);
  if (!response.ok || !body) throw new Refusal(response.status, (body && body.error) || `The server answered with status ${response.status}.`);
  answers.set(path, { etag: response.headers.get('ETag'), body });
  return { body, fresh: true };
}

const runPath = (name, rest) => `/runs/${encodeURIComponent(name)}${rest}`;
const asked = key => new URLSearchParams(location.search).get(key);

// Pictures are fetched, because an <img> cannot send the token.
async function showPicture(image, run, file) {
  const version = run.pictures[file];
  const mark = `${run.name}/${file}/${version}`;
  if (drawn.get(image) === mark) return;
  drawn.set(image, mark);
  try {
    const response = await send(runPath(run.name, '/' + file));
    if (!response.ok) throw new Refusal(response.status, '');
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(await response.blob());
    image.parentElement.href = image.src;
  } catch (error) {
    drawn.delete(image); // tried again at the next poll
  }
}

// ---- the run: words and figures --------------------------------------------------------------------------------

function aboutRun(run) {
  const p = run.progress, parts = [run.arch, run.data && 'on ' + lastPart(run.data)].filter(Boolean).join(' ');
  const resumed = p.resumed_epoch > 0 ? `, resumed in epoch ${p.resumed_epoch}` : '';
  if (run.state === 'training') {
    const epoch = `epoch ${Math.min(p.epoch, planned(run))} of ${planned(run)}`;
    const step = p.steps ? `, step ${p.step} of ${p.steps}` : '';
    const what = p.part && p.part !== 'train' ? `, evaluating the ${partName(p.part)} part` : '';
    return `${parts}: ${epoch}${what}${step}${resumed}`;
  }
  return `${parts}: ${run.done} of ${plural(planned(run), 'epoch', 'epochs')}${resumed}`;
}

function hintOf(run) {
  const again = `continue with: linnet resume ${run.path}`;
  const quiet = (Date.now() - newsAt) / 1000;
  if (run.state === 'dead') return `The process ended without finishing: it was killed, or the machine went down. From the last checkpoint, ${again}`;
  if (run.state === 'stopped') return `The run was stopped before its end; ${again}`;
  if (run.state === 'failed') return run.progress.message || 'The run ended with an error.';
  if (run.state === 'starting') return 'The process reads the data and prepares the network.';
  if (run.state === 'training' && quiet > QUIET) return `No step has ended for ${span(quiet)}: the process may be suspended, or its steps are slow.`;
  return '';
}

function factsOf(run) {
  const p = run.progress, facts = [];
  const live = run.state === 'training';
  const bestEpoch = p.best_epoch || run.best_epoch;
  const at = bestEpoch ? run.history.epoch.indexOf(bestEpoch) : -1;
  if (live) facts.push(['Time left', p.part === 'train' || p.part === 'val' ? span(p.eta_s) : dash]);
  facts.push(['Time', span(live ? p.time_s : run.time_s)]);
  facts.push(['Images per second', number(live ? p.images_per_s : run.images_per_s)]);
  if (live && p.part === 'train') facts.push(['Training loss', loss(p.loss), `accuracy ${share(p.acc)}`]);
  if (p.watched !== 'test' && at >= 0) facts.push(['Best epoch', String(bestEpoch), `validation ${share(run.history.val_acc[at])}`]);
  if (run.test_acc !== null && !live)
    facts.push(['Test accuracy', share(run.test_acc), `95 %: ${share(run.test_acc_low)} to ${share(run.test_acc_high)}`]);
  if (live) facts.push(['Learning rate', rate(p.lr)]);
  return facts;
}

// The share of the epochs that are done, including the steps of the current one.
function doneShare(run) {
  const p = run.progress, all = planned(run);
  if (!all) return 0;
  if (run.state !== 'training') return run.done / all;
  const within = p.part === 'train' && p.steps ? p.step / p.steps : p.part === 'train' ? 0 : 1;
  return Math.min(1, Math.max(run.done / all, (p.epoch - 1 + within) / all));
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showState(element, run) {
  element.className = 'state ' + run.state;
  setText(element, words[run.state] || run.state);
}

function showHead(run) {
  if (byId('run-name').textContent !== run.name) byId('run-name').replaceChildren(...breakable(run.name));
  showState(byId('run-state'), run);
  setText(byId('run-about'), aboutRun(run));
  const hint = hintOf(run), bar = byId('run-bar'), done = doneShare(run);
  setText(byId('run-hint'), hint);
  byId('run-hint').hidden = !hint;
  byId('run-hint').classList.toggle('bad', run.state === 'dead' || run.state === 'failed');
  setText(byId('run-problem'), run.problem || '');
  byId('run-problem').hidden = !run.problem;
  bar.hidden = run.state === 'finished';
  bar.firstElementChild.style.width = 100 * done + '%';
  bar.setAttribute('aria-valuenow', Math.round(100 * done));
  byId('facts').replaceChildren(...factsOf(run).map(([name, value, more]) =>
    make('div', '', make('dt', '', name), make('dd', '', value, ...(more ? [make('small', '', more)] : [])))));
  document.title = `${isLive(run) ? Math.round(100 * done) + ' % ' : ''}${run.name} – Linnet`;
}

// Announces the end of an epoch and a change of state to screen readers, but not each step.
function speak(run) {
  const last = run.history.val_acc.length - 1;
  const epoch = run.done ? `, epoch ${run.done} done` : '';
  const val = last >= 0 && run.history.val_acc[last] !== null ? `, ${watchedName(run).toLowerCase()} accuracy ${share(run.history.val_acc[last])}` : '';
  const line = `${run.name}: ${words[run.state] || run.state}${epoch}${val}`;
  if (spoken && spoken !== line) byId('news').textContent = line;
  spoken = line;
}

// ---- the curves ------------------------------------------------------------------------------------------------

const layers = () => [['a', shown], ['b', laid]].filter(([, run]) => run);
const watches = run => run.history.val_loss.some(v => v !== null);

function seriesOf(what) {
  return layers().flatMap(([letter, run]) => {
    const h = run.history, p = run.progress, points = column => h.epoch.map((e, i) => [e, column[i]]);
    const within = run.state === 'training' && p.part === 'train' && p.step > 0 && p.steps > 0;
    const now = within ? [Math.max(1, p.epoch - 1 + p.step / p.steps), what === 'loss' ? p.loss : p.acc] : null;
    const train = { kind: `train ${letter}`, points: points(h['train_' + what]), now };
    return watches(run) ? [train, { kind: letter, points: points(h['val_' + what]), now: null }] : [train];
  });
}

const lastEpoch = () => Math.max(1, ...layers().map(([, run]) => run.done || 1));

function cursorNow() {
  return follow ? lastEpoch() : Math.min(Number(byId('epoch').value), lastEpoch());
}

function showLegend() {
  const entries = layers().flatMap(([letter, run]) => {
    const name = laid ? `${run.name}: ` : '';
    return [[`train ${letter}`, `${name}${laid ? 'training' : 'Training'}`],
      ...(watches(run) ? [[letter, `${name}${laid ? watchedName(run).toLowerCase() : watchedName(run)}`]] : [])];
  });
  byId('legend').replaceChildren(...entries.map(([kind, text]) => {
    const sample = document.createElementNS(SVG, 'svg');
    for (const [name, value] of Object.entries({ width: 30, height: 10, 'aria-hidden': 'true' })) sample.setAttribute(name, value);
    shape('line', { class: 'curve ' + kind, x1: 2, x2: 28, y1: 5, y2: 5 }, sample);
    return make('li', '', sample, make('span', '', text));
  }));
}

const columns = [
  ['Training loss', 'train_loss', loss], ['Validation loss', 'val_loss', loss], ['Training accuracy', 'train_acc', share],
  ['Validation accuracy', 'val_acc', share], ['Learning rate', 'lr', rate], ['Images/s', 'images_per_s', number], ['Time', 'time_s', span],
];

function headRow(first, test) {
  const name = text => test ? text.replace('Validation', 'Test') : text;
  return make('tr', '', ...[first, ...columns.map(c => name(c[0]))].map((text, i) => {
    const cell = make('th', i ? 'number' : '', text);
    cell.scope = 'col';
    return cell;
  }));
}

function valueRow(title, run, at) {
  const head = make('th', '', title);
  head.scope = 'row';
  return make('tr', '', head, ...columns.map(([, key, text]) => make('td', 'number', at < 0 ? dash : text(run.history[key][at]))));
}

function showAt(epoch) {
  const test = shown.progress.watched === 'test';
  byId('at').tHead.replaceChildren(headRow('Run', test));
  byId('at').tBodies[0].replaceChildren(...layers().map(([, run]) => valueRow(run.name, run, run.history.epoch.indexOf(epoch))));
  const h = shown.history, at = h.epoch.indexOf(epoch), slider = byId('epoch');
  slider.max = lastEpoch();
  slider.value = epoch;
  slider.disabled = lastEpoch() < 2;
  setText(byId('epoch-shown'), `${epoch} of ${lastEpoch()}`);
  slider.setAttribute('aria-valuetext', at < 0 ? `epoch ${epoch}` : `epoch ${epoch}: training loss ${loss(h.train_loss[at])}, ` +
    `accuracy ${share(h.train_acc[at])}; ${watchedName(shown).toLowerCase()} loss ${loss(h.val_loss[at])}, accuracy ${share(h.val_acc[at])}`);
}

let toEpoch = null;      // x of a chart -> epoch

function drawCurves() {
  if (!shown) return;
  const epochs = Math.max(...layers().map(([, run]) => Math.max(run.done, isLive(run) ? run.progress.epoch || 0 : 0)), 1);
  const any = layers().some(([, run]) => run.done || (run.state === 'training' && run.progress.step > 0));
  byId('curves').hidden = !any;
  if (!any) return;
  const cursor = cursorNow(), h = shown.history, last = h.epoch.length - 1;
  const name = (what, text, a, b) => last < 0 ? `${what} by epoch` : `${what} by epoch. Epoch ${h.epoch[last]}: training ${text(a[last])}, ` +
    `${watchedName(shown).toLowerCase()} ${text(b[last])}`;
  toEpoch = drawChart(byId('loss'), { series: seriesOf('loss'), epochs, cursor, format: v => String(Number(v.toPrecision(6))),
    name: name('Loss', loss, h.train_loss, h.val_loss) });
  drawChart(byId('accuracy'), { series: seriesOf('acc'), epochs, cursor, zeroToOne: true, format: v => Number((100 * v).toPrecision(6)) + ' %',
    name: name('Accuracy', share, h.train_acc, h.val_acc) });
  showAt(cursor);
  if (byId('all').open) showAll();
}

function showAll() {
  const table = byId('epochs');
  table.tHead.replaceChildren(headRow('Epoch', shown.progress.watched === 'test'));
  table.tBodies[0].replaceChildren(...shown.history.epoch.map((e, i) => valueRow(String(e), shown, i)));
}

function moveCursor(epoch) {
  const last = lastEpoch();
  byId('epoch').max = last;
  byId('epoch').value = Math.min(Math.max(1, epoch), last);
  follow = Number(byId('epoch').value) === last;
  drawCurves();
}

// ---- pictures, settings ----------------------------------------------------------------------------------------

const gallery = [
  ['train_batch.png', 'Augmented batch', 'The first training batch, as the network sees it, with its labels.'],
  ['top_losses.png', 'Worst mistakes of the test', 'The test pictures with the largest losses.'],
  ['confusion_matrix.png', 'Confusion matrix', 'Which classes of the test part are taken for which.'],
  ['test_pred.png', 'Predictions', 'Test pictures with their predictions.'],
  ['map.png', 'Map of the data', 'Pictures with similar features lie together; the colour is the class.'],
];

// The mistakes of a finished run are those of the test part, and their picture has another name.
const isTested = run => run.mistakes_epoch === 0 && run.test_acc !== null;
const sheetOf = run => ['worst_mistakes.png', ...(isTested(run) ? ['top_losses.png'] : [])].find(file => run.pictures[file]);

function showMistakes(run) {
  const any = run.mistakes.length > 0, sheet = sheetOf(run);
  byId('mistakes').hidden = !any;
  if (!any) return;
  const part = isTested(run) ? 'test' : watchedName(run).toLowerCase();
  const when = run.mistakes_epoch > 0 ? `after epoch ${run.mistakes_epoch}` : 'with the weights that were kept';
  setText(byId('mistakes-about'), `The most confident wrong predictions for the ${part} part, ${when}.`);
  const image = byId('mistakes-picture');
  image.alt = 'Worst mistakes: ' + run.mistakes.map(m => `${m.path} is ${m.label}, predicted ${m.predicted}`).join('; ');
  if (sheet) showPicture(image, run, sheet);
  byId('mistakes-rows').replaceChildren(...run.mistakes.map(m => make('tr', '', make('td', 'text', ...breakable(m.path)),
    make('td', 'text', ...breakable(m.label)), make('td', 'text', ...breakable(m.predicted)), make('td', 'number', percent(m.probability)))));
}

// ---- explanations of the mistakes ------------------------------------------------------------------------------

// Identifies a run's mistakes: explanations of others are removed from the page.
const markOf = run => JSON.stringify([run.name, run.mistakes_epoch, run.mistakes]);

function showAsk(run) {
  const kept = explained === markOf(run);
  byId('mistakes-ask').hidden = !run.explains;
  if (kept) return;
  explained = '';
  for (const image of byId('explained').querySelectorAll('img')) URL.revokeObjectURL(image.src);
  byId('explained').replaceChildren();
  byId('explained').hidden = byId('mistakes-legend').hidden = true;
  byId('mistakes-sheet').hidden = !sheetOf(run);
  byId('explain').disabled = false;
  setText(byId('explain-status'), '');
}

function explainedItem(answer) {
  const views = make('div', 'views', pictureOf(answer.photo, answer.path),
    pictureOf(answer.map, answer.most > 0 ? `evidence for ${answer.class}` : `no positive evidence for ${answer.class}`));
  if (Math.max(answer.width, answer.height) <= 64) views.firstElementChild.className = 'tiny';
  const item = make('li', 'mistake', views,
    make('p', 'answer', make('strong', 'wrong', ...breakable(answer.class)), ` ${percent(answer.probability)}`),
    make('p', '', 'is ', make('strong', '', ...breakable(answer.label))));
  if (answer.predicted !== answer.class) item.append(make('p', 'about', 'The best weights say ', ...breakable(answer.predicted), '.'));
  if (!(answer.most > 0)) item.append(make('p', 'about', 'No positive evidence for this class.'));
  item.append(make('p', 'about file', ...breakable(answer.path)));
  return item;
}

// Asks for one explanation at a time: the server draws them in one thread, and each is shown as soon as it is drawn.
async function explainAll() {
  const run = shown, mark = markOf(run), count = run.mistakes.length;
  explained = mark;
  byId('explain').disabled = true;
  for (let i = 0; i < count; i++) {
    setText(byId('explain-status'), `${i} of ${count}`);
    let answer;
    try {
      answer = await ask(runPath(run.name, `/mistakes/${i + 1}.json`));
    } catch (error) {
      if (explained !== mark) return;
      setText(byId('explain-status'), error.message);
      byId('explain').disabled = false;
      return;
    }
    if (explained !== mark) return;
    if (i === 0) byId('explained').replaceChildren();
    byId('explained').append(explainedItem(answer));
    byId('explained').hidden = byId('mistakes-legend').hidden = false;
    byId('mistakes-sheet').hidden = true;
  }
  setText(byId('explain-status'), `${plural(count, 'picture', 'pictures')}, by the weights that were best.`);
}

function showMapHint(run) {
  const hint = byId('map-hint'), wanted = run.explains && !isLive(run) && !run.pictures['map.png'];
  hint.hidden = !wanted;
  if (wanted && !hint.textContent.includes(run.path))
    hint.replaceChildren('A map of the data appears here after: ', make('code', '', `linnet embed ${run.path} -o ${run.path}/embed`));
}

function showGallery(run) {
  const shownAbove = run.mistakes.length > 0 ? sheetOf(run) : null;
  const wanted = gallery.filter(([file]) => run.pictures[file] && file !== shownAbove);
  const box = byId('gallery'), key = wanted.map(([file]) => file).join();
  if (box.dataset.key !== key) {
    box.dataset.key = key;
    box.replaceChildren(...wanted.map(([file, title, about]) => {
      const image = make('img'), link = make('a', 'picture', image);
      image.alt = `${title}: ${about}`;
      image.dataset.file = file;
      link.target = '_blank';
      return make('section', 'pictures', make('h3', '', title), make('p', 'about', about), link);
    }));
  }
  for (const image of box.querySelectorAll('img')) showPicture(image, run, image.dataset.file);
}

// The run's files may have 0.15 as 0.15000000000000002.
const setting = text => /^-?\d+\.\d{9,}$/.test(text) ? [String(Number(Number(text).toPrecision(9)))]
  : /^-?[\d.]+$/.test(text) ? [text] : breakable(text);

function showSettings(run) {
  const entries = Object.entries(run.settings).filter(([, value]) => value !== 'null');
  byId('settings').hidden = !entries.length;
  byId('settings-list').replaceChildren(...entries.map(([key, value]) =>
    make('div', '', make('dt', '', ...breakable(key)), make('dd', '', ...setting(value)))));
}

function showRun() {
  byId('run').hidden = !shown;
  if (!shown) return;
  showHead(shown);
  showLegend();
  drawCurves();
  showMistakes(shown);
  showAsk(shown);
  showGallery(shown);
  showMapHint(shown);
  showSettings(shown);
  speak(shown);
}

// ---- the table of runs -----------------------------------------------------------------------------------------

function runRow(run) {
  const link = make('a', '', ...breakable(run.name)), state = make('span');
  link.href = '?run=' + encodeURIComponent(run.name);
  link.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(run.name);
  });
  showState(state, run);
  const head = make('th', '', link);
  head.scope = 'row';
  const row = make('tr', run.name === asked('run') ? 'chosen-run' : '', head, make('td', '', state), make('td', 'text wide', run.arch || dash),
    make('td', 'text wide', lastPart(run.data)), make('td', 'number wide', `${run.done} / ${planned(run)}`),
    make('td', 'number', share(run.val_acc)), make('td', 'number', share(run.test_acc)), make('td', 'number wide', number(run.images_per_s)),
    make('td', 'number wide', span(run.time_s)));
  return row;
}

function showList() {
  const many = list.folder;
  byId('list').hidden = !many && list.runs.length > 0;
  byId('nav').hidden = !list.models;
  byId('list-empty').hidden = list.runs.length > 0;
  byId('table').parentElement.hidden = list.runs.length === 0;
  const focused = document.activeElement && byId('rows').contains(document.activeElement) ? document.activeElement.textContent : null;
  byId('rows').replaceChildren(...list.runs.map(runRow));
  if (focused !== null) [...byId('rows').querySelectorAll('a')].find(a => a.textContent === focused)?.focus();
  const others = list.runs.map(run => run.name).filter(name => name !== asked('run'));
  byId('over-label').hidden = others.length === 0;
  const key = others.join('\n');
  if (byId('over').dataset.key !== key) {
    byId('over').dataset.key = key;
    byId('over').replaceChildren(new Option('no other run', ''), ...others.map(name => new Option(name, name)));
  }
  byId('over').value = others.includes(asked('with')) ? asked('with') : '';
}

// ---- which run is shown ----------------------------------------------------------------------------------------

function go(run, over) {
  const query = new URLSearchParams();
  if (run) query.set('run', run);
  if (over) query.set('with', over);
  history.pushState(null, '', '?' + query);
}

function choose(name) {
  go(name, asked('with') === name ? null : asked('with'));
  follow = true;
  spoken = '';
  poll().then(() => { byId('run-name').focus(); byId('run').scrollIntoView(); });
}

// The run to show without a choice: the last one that trains, otherwise the last one of the list.
function defaultRun() {
  const live = list.runs.filter(isLive);
  const run = live[live.length - 1] || list.runs[list.runs.length - 1];
  return run ? run.name : null;
}

// ---- the clock -------------------------------------------------------------------------------------------------

async function update() {
  const got = await fetchJson('/runs.json');
  list = got.body;
  if (!asked('run') && defaultRun()) history.replaceState(null, '', '?run=' + encodeURIComponent(defaultRun()));
  const name = asked('run'), over = asked('with'), none = { body: null, fresh: false };
  const run = name ? await fetchJson(runPath(name, '.json')) : none;
  const other = over ? await fetchJson(runPath(over, '.json')) : none;
  if (run.fresh) newsAt = Date.now() - 1000 * (run.body.age_s || 0);
  const fresh = got.fresh || run.body !== shown || other.body !== laid;
  shown = run.body;
  laid = other.body;
  if (fresh) {
    showList();
    showRun();
  } else if (shown) {
    showHead(shown); // "no step has ended for ..." grows
  }
}

let timer = 0, polling = null;

// One poll at a time; a choice made during a poll starts the next one at its end.
function poll() {
  clearTimeout(timer);
  polling = polling ? polling.then(askOnce) : askOnce();
  return polling;
}

async function askOnce() {
  clearTimeout(timer);
  try {
    await update();
    byId('token-form').hidden = true;
    showProblem('');
  } catch (error) {
    if (error.status === 401) askToken();
    showProblem(error.status === 401 ? (token ? 'The server does not accept this token.' : '')
      : error.status === 0 && list ? 'The server does not answer; it may have ended with the training. What you see is the last state that it sent.'
        : error.message);
    if (error.status === 404 && asked('with')) go(asked('run'), null);
  }
  polling = null;
  if (!document.hidden && byId('token-form').hidden) timer = setTimeout(poll, PAUSE);
}

function listen() {
  document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); else clearTimeout(timer); });
  addEventListener('popstate', () => { follow = true; poll(); });
  let width = 0;
  new ResizeObserver(() => {
    if (byId('curves').clientWidth === width) return;
    width = byId('curves').clientWidth;
    drawCurves();
  }).observe(byId('curves'));
  byId('over').addEventListener('change', event => { go(asked('run'), event.target.value); poll(); });
  byId('epoch').addEventListener('input', event => moveCursor(Number(event.target.value)));
  byId('explain').addEventListener('click', explainAll);
  byId('all').addEventListener('toggle', () => { if (byId('all').open) showAll(); });
  for (const chart of [byId('loss'), byId('accuracy')]) {
    chart.addEventListener('pointermove', event => moveCursor(toEpoch(event.clientX - chart.getBoundingClientRect().left)));
    chart.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') moveCursor(lastEpoch()); });
  }
  listenToken(poll);
}

listen();
poll();

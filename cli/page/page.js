// The page of `linnet serve`: sends pictures to POST /predict, one request for each picture and model, and shows the answers.
'use strict';

const TOP = 5;       // classes shown
const TOGETHER = 4;  // requests at the same time

let server = null;   // the answer of GET /models
let running = 0, done = 0, total = 0;
let cleared = 0;     // number of clears; an answer to a request from before the last one is not counted
const queue = [];    // functions that return a promise

// ---- words -----------------------------------------------------------------------------------------------------

function duration(ms) {
  return ms < 10 ? ms.toFixed(1) + ' ms' : ms < 10000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s';
}

function reason(p) {
  const best = p.top[0];
  const low = best.probability < server.min_conf;
  if (p.unsure && low)
    return `${best.class} is the most probable class, with less than the ${percent(server.min_conf)} that are asked for.`;
  if (p.unknown) return 'This picture is unlike those that the model was trained on.';
  return '';
}

// The text of an error without its code, and without "picture: ", the server's name for a picture sent without one.
const plain = error => error.replace(/^picture: /, '').replace(/ \[[\w-]+\]$/, '');

// ---- asking the server -----------------------------------------------------------------------------------------

// A full queue is not a failure: the picture waits its turn.
async function predict(file, model, more = '') {
  const path = `/predict?model=${encodeURIComponent(model)}&top=${TOP}${more}`;
  for (let tries = 0; ; tries++) {
    try {
      return await ask(path, { method: 'POST', body: file });
    } catch (error) {
      if (error.status !== 503 || tries === 20) throw error;
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  }
}

function next() {
  while (running < TOGETHER && queue.length) {
    const before = cleared;
    running++;
    queue.shift()().finally(() => {
      running--;
      done += before === cleared;
      showStatus();
      next();
    });
  }
}

// ---- answers ---------------------------------------------------------------------------------------------------

function bar(entry) {
  const item = document.createElement('li');
  const line = document.createElement('span');
  line.className = 'line';
  const name = document.createElement('span');
  name.className = 'class';
  name.append(...breakable(entry.class));
  const share = document.createElement('span');
  share.className = 'share';
  share.textContent = percent(entry.probability);
  line.append(name, ' ', share);
  const track = document.createElement('span');
  track.className = 'track';
  track.setAttribute('aria-hidden', 'true');
  const fill = document.createElement('span');
  fill.className = 'fill';
  fill.style.width = 100 * entry.probability + '%';
  track.append(fill);
  item.append(line, track);
  return item;
}

function showFailure(section, text) {
  section.classList.add('failed');
  section.querySelector('.verdict').textContent = text;
  section.setAttribute('aria-busy', 'false');
}

function showAnswer(section, answer) {
  const p = answer.predictions[0];
  if (p.error) {
    showFailure(section, plain(p.error));
    return;
  }
  const why = section.querySelector('.why');
  section.classList.toggle('unsure', p.unsure);
  section.querySelector('.verdict').replaceChildren(...breakable(p.unsure ? 'Unsure' : p.predicted));
  why.textContent = reason(p);
  why.hidden = !why.textContent;
  section.querySelector('.bars').replaceChildren(...p.top.map(bar));
  section.querySelector('.time').textContent = duration(answer.milliseconds);
  section.setAttribute('aria-busy', 'false');
}

// ---- pictures --------------------------------------------------------------------------------------------------

function showStatus() {
  byId('status').textContent = total === 0 ? 'No pictures yet.'
    : done < total ? `${done} of ${plural(total, 'answer', 'answers')}`
      : `${plural(total, 'answer', 'answers')}, all done.`;
  byId('clear').hidden = total === 0;
}

function makeCard(file) {
  const card = byId('card').content.firstElementChild.cloneNode(true);
  const image = card.querySelector('img'), evidence = new Evidence(card, file);
  const name = file.name || 'pasted picture';
  image.alt = name;
  image.src = URL.createObjectURL(file);
  image.onload = () => evidence.setShape(image.naturalWidth, image.naturalHeight);
  image.onerror = () => { image.hidden = true; }; // a format that this browser does not show
  card.querySelector('figcaption').append(...breakable(name));
  for (const model of server.models) {
    const section = byId('answer').content.firstElementChild.cloneNode(true);
    section.querySelector('.model').textContent = model.name;
    section.setAttribute('aria-label', `${name}, ${model.name}`);
    card.querySelector('.answers').append(section);
    queue.push(async () => {
      try {
        const answer = await predict(file, model.name);
        showAnswer(section, answer);
        evidence.offer(model, answer.predictions[0]);
      } catch (error) {
        showFailure(section, error.message);
        if (error.status === 401) askToken();
      }
    });
    total++;
  }
  return card;
}

function add(files) {
  if (!server) {
    showProblem('The server has not named its models yet.');
    return;
  }
  showProblem('');
  const small = [...files].filter(file => file.size <= server.max_body);
  const large = [...files].filter(file => file.size > server.max_body);
  if (large.length)
    showProblem(`${large.map(file => file.name).join(', ')}: larger than the ` +
      `${Math.floor(server.max_body / 1048576)} MB that this server takes.`);
  byId('results').prepend(...small.map(makeCard));
  showStatus();
  next();
}

function clear() {
  queue.length = 0;
  for (const image of document.querySelectorAll('.stage img')) URL.revokeObjectURL(image.src);
  byId('results').replaceChildren();
  total = done = 0;
  cleared++;
  showStatus();
  byId('choose').focus();
}

// ---- the start, the token --------------------------------------------------------------------------------------

async function start() {
  try {
    server = await ask('/models');
  } catch (error) {
    byId('models').textContent = '';
    if (error.status === 401) askToken();
    showProblem(error.status === 401 ? (token ? 'The server does not accept this token.' : '') : error.message);
    return;
  }
  byId('token-form').hidden = true;
  byId('nav').hidden = !server.runs;
  showProblem('');
  byId('models').textContent = server.models
    .map(model => `${model.name} (${plural(model.classes.length, 'class', 'classes')})`).join(', ');
  document.title = `${server.models.map(model => model.name).join(', ')} – Linnet`;
}

function isFiles(event) {
  return event.dataTransfer && [...event.dataTransfer.types].includes('Files');
}

// A picture dropped outside the frame is accepted too: otherwise the browser would leave the page to show it.
function listen() {
  let depth = 0;
  const mark = change => {
    depth = change === 0 ? 0 : depth + change;
    byId('drop').classList.toggle('over', depth > 0);
  };
  addEventListener('dragenter', event => { if (isFiles(event)) { event.preventDefault(); mark(1); } });
  addEventListener('dragleave', event => { if (isFiles(event)) mark(-1); });
  addEventListener('dragover', event => { if (isFiles(event)) event.preventDefault(); });
  addEventListener('drop', event => {
    if (!isFiles(event)) return;
    event.preventDefault();
    mark(0);
    add(event.dataTransfer.files);
  });
  addEventListener('paste', event => {
    if (event.clipboardData && event.clipboardData.files.length) add(event.clipboardData.files);
  });
  for (const [button, input] of [['choose', 'files'], ['photograph', 'camera']]) {
    byId(button).addEventListener('click', () => byId(input).click());
    byId(input).addEventListener('change', event => {
      add(event.target.files);
      event.target.value = ''; // the same file can be chosen a second time
    });
  }
  byId('clear').addEventListener('click', clear);
  listenToken(start);
}

listen();
start();

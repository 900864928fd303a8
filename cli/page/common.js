// Code that the pages of `linnet serve` share: words, requests, the token.
'use strict';

const byId = id => document.getElementById(id);
let token = keptToken();

// ---- words -----------------------------------------------------------------------------------------------------

// Values that would round to 100 % or 0 % are shown as > 99.9 % or < 0.1 %.
function percent(p) {
  const share = 100 * p;
  if (share > 99.9 && p < 1) return '>\u00a099.9\u00a0%';
  if (share < 0.1 && p > 0) return '<\u00a00.1\u00a0%';
  return share.toFixed(1) + '\u00a0%';
}

function plural(n, one, many) {
  return n === 1 ? `1 ${one}` : `${n} ${many}`;
}

// A long name may break after an underscore, a hyphen, a dot or a slash.
function breakable(text) {
  return text.split(/(?<=[_.\-\/:])/).flatMap((piece, i) => i ? [document.createElement('wbr'), piece] : [piece]);
}

// ---- elements --------------------------------------------------------------------------------------------------

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// A PNG file that came in JSON, as an image.
function pictureOf(base64, alt) {
  const image = make('img'), bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
  image.src = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
  image.alt = alt;
  return image;
}

function showProblem(text) {
  if (byId('problem').textContent !== text) byId('problem').textContent = text;
  byId('problem').hidden = !text;
}

// ---- asking the server -----------------------------------------------------------------------------------------

class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function send(path, options = {}) {
  const headers = { ...(token ? { Authorization: 'Bearer ' + token } : {}), ...options.headers };
  try {
    return await fetch(path, { ...options, headers, cache: 'no-store', credentials: 'omit' });
  } catch (error) {
    throw new Refusal(0, 'The server did not answer. Is it still running?');
  }
}

async function ask(path, options = {}) {
  const response = await send(path, options);
  let body = null;
  try { body = await response.json(); } catch (error) { /* not JSON: the status must do */ }
  if (response.ok || (body && body.predictions)) return body;
  throw new Refusal(response.status, (body && body.error) || `The server answered with status ${response.status}.`);
}

// ---- the token -------------------------------------------------------------------------------------------------

// The tab keeps the token until it is closed, so that the other page need not ask for it. Unlike a cookie, the token is not
// sent automatically. A browser may forbid storage.
function keptToken() {
  try { return sessionStorage.getItem('token') || ''; } catch (error) { return ''; }
}

function keepToken(text) {
  token = text;
  try { sessionStorage.setItem('token', text); } catch (error) { /* the other page asks once more */ }
}

function askToken() {
  if (!byId('token-form').hidden) return;
  byId('token-form').hidden = false;
  byId('token').focus();
}

function listenToken(start) {
  byId('token-form').addEventListener('submit', event => {
    event.preventDefault();
    keepToken(byId('token').value.trim());
    start();
  });
}

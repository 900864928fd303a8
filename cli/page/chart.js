// Line charts as SVG. drawChart(box, {series, epochs, cursor, format, name, zeroToOne}) fills the element `box` at its width.
//
//   series   [{kind, points: [[epoch, value], ...], now: [x, value] or null}]; `kind` is the class of its line and its marks
//   epochs   the end of the horizontal axis
//   cursor   the epoch that is marked; 0: none
//   format   value -> text of an axis label
'use strict';

const SVG = 'http://www.w3.org/2000/svg';

function shape(tag, attributes, parent, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// About `count` round numbers over low ... high: steps of 1, 2 or 5 times a power of ten.
function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * 0.999);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step);
  return values;
}

// The range of the values. A spike far above the others, such as the loss of a run that diverged, is cut off.
function range(values, zeroToOne) {
  if (!values.length) return [0, 1];
  const sorted = [...values].sort((a, b) => a - b);
  const most = sorted[sorted.length - 1];
  const usual = sorted[Math.floor(0.9 * (sorted.length - 1))];
  let low = sorted[0], high = sorted.length > 4 && most > 5 * usual && usual > 0 ? 1.5 * usual : most;
  const room = 0.06 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  low = Math.max(low >= 0 ? 0 : -Infinity, low - room);
  return [low, zeroToOne ? Math.min(1, high + room) : high + room];
}

function axes(svg, area, scale, epochs, options) {
  for (const value of ticks(scale.low, scale.high, 4)) {
    const y = scale.y(value);
    shape('line', { class: 'grid', x1: area.left, x2: area.right, y1: y, y2: y }, svg);
    shape('text', { class: 'tick', x: area.left - 8, y: y + 4, 'text-anchor': 'end' }, svg, options.format(value));
  }
  const whole = ticks(1, epochs, (area.right - area.left) / 70).filter(e => Number.isInteger(e) && e >= 1);
  if (!whole.includes(1)) whole.unshift(1);
  for (const epoch of whole)
    shape('text', { class: 'tick', x: scale.x(epoch), y: area.bottom + 18, 'text-anchor': 'middle' }, svg, epoch);
  shape('line', { class: 'axis', x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom }, svg);
  shape('text', { class: 'tick', x: (area.left + area.right) / 2, y: area.bottom + 36, 'text-anchor': 'middle' }, svg, 'Epoch');
}

function marks(svg, series, scale, cursor) {
  for (const { kind, points, now } of series) {
    const at = points.filter(p => p[1] !== null);
    if (at.length > 1)
      shape('polyline', { class: 'curve ' + kind, points: at.map(p => `${scale.x(p[0])},${scale.y(p[1])}`).join(' ') }, svg);
    if (at.length === 1) shape('circle', { class: 'dot ' + kind, cx: scale.x(at[0][0]), cy: scale.y(at[0][1]), r: 3 }, svg);
    if (now && now[1] !== null)
      shape('circle', { class: 'now ' + kind, cx: scale.x(now[0]), cy: scale.y(now[1]), r: 3.5 }, svg);
    const chosen = at.find(p => p[0] === cursor);
    if (chosen) shape('circle', { class: 'dot ' + kind, cx: scale.x(cursor), cy: scale.y(chosen[1]), r: 4 }, svg);
  }
}

// Returns x -> epoch, for the pointer.
function drawChart(box, options) {
  const width = Math.max(240, box.clientWidth), height = width < 420 ? 220 : 280;
  const area = { left: 52, right: width - 12, top: 10, bottom: height - 42 };
  const values = options.series.flatMap(s => [...s.points.map(p => p[1]), s.now ? s.now[1] : null]).filter(v => v !== null);
  const [low, high] = range(values, options.zeroToOne);
  const last = Math.max(2, options.epochs);
  const scale = {
    low, high,
    x: epoch => area.left + 6 + (epoch - 1) / (last - 1) * (area.right - area.left - 12),
    y: value => area.bottom - (value - low) / (high - low) * (area.bottom - area.top),
  };
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ width, height, role: 'img', 'aria-label': options.name })) svg.setAttribute(name, value);
  const clip = shape('clipPath', { id: box.id + '-clip' }, svg);
  shape('rect', { x: area.left - 2, y: area.top - 6, width: area.right - area.left + 8, height: area.bottom - area.top + 8 }, clip);
  axes(svg, area, scale, last, options);
  if (options.cursor) shape('line', { class: 'chosen', x1: scale.x(options.cursor), x2: scale.x(options.cursor), y1: area.top, y2: area.bottom }, svg);
  marks(shape('g', { 'clip-path': `url(#${box.id}-clip)` }, svg), options.series, scale, options.cursor);
  box.replaceChildren(svg);
  return x => Math.round(1 + (x - area.left - 6) / (area.right - area.left - 12) * (last - 1));
}

"""JavaScript that looks for faults of a page: each is an expression that gives a list of them."""

# WCAG 2.1, 1.4.3: relative luminance and the ratio of every text to what is behind it.
CONTRAST = '''
(() => {
  const channels = css => css.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!text || !e.checkVisibility() || e.closest('svg') || e.disabled) continue;
    const [a, b] = [light(channels(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(`${e.tagName}.${e.className}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return bad;
})()'''

# Elements that are wider than the window, cut off, or over their neighbours.
LAYOUT = '''
(() => {
  const bad = [];
  if (document.documentElement.scrollWidth > innerWidth) bad.push('the page is wider than the window');
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.classList.contains('skip') || e.classList.contains('unseen')) continue;
    if (e.closest('.scroll') && !e.classList.contains('scroll')) continue; // it scrolls by itself
    const box = e.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1) bad.push(`${e.tagName}.${e.className} leaves the window`);
    if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && !e.classList.contains('scroll'))
      bad.push(`${e.tagName}.${e.className} is cut off`);
  }
  for (const line of document.querySelectorAll('.bars .line')) {
    const [name, share] = [line.children[0].getBoundingClientRect(), line.children[1].getBoundingClientRect()];
    if (name.right > share.left + 1 && name.bottom > share.top) bad.push(`${line.textContent}: name over number`);
  }
  return bad;
})()'''

# Every control has a name, every picture a description, headings have no gaps, ids are unique.
NAMES = '''
(() => {
  const bad = [];
  for (const e of document.querySelectorAll('button, input:not([hidden]), select'))
    if (!(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length))) bad.push(`${e.id} has no name`);
  for (const e of document.querySelectorAll('img')) if (!e.alt && e.checkVisibility()) bad.push('a picture without a description');
  for (const e of document.querySelectorAll('body *')) // WCAG 2.1.1: what scrolls by itself is reached with the keyboard
    if (e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.tabIndex < 0)
      bad.push(`${e.tagName}.${e.className} scrolls, but only with a pointer`);
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].filter(e => e.checkVisibility()).map(e => +e.tagName[1]);
  levels.forEach((level, i) => { if (level > (levels[i - 1] || 0) + 1) bad.push(`heading ${level} after ${levels[i - 1]}`); });
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size !== ids.length) bad.push('an id twice');
  if (!document.documentElement.lang || !document.title) bad.push('no language or title');
  if (!document.querySelector('[role=status]')) bad.push('no live region');
  return bad;
})()'''

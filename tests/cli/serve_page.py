"""serve_page.py URL PREDICTED PICTURE...: the page of `linnet serve` in Chromium. PREDICTED holds the `linnet predict --json` of
each picture alone. With SHOTS=FOLDER in the environment the page is also drawn, to be looked at."""
import json
import os
import re
import sys

from browser import Browser

URL, PREDICTED, PICTURES = sys.argv[1], sys.argv[2], sys.argv[3:]
SHOTS = os.environ.get('SHOTS')

# The text of each answer, and what /predict sent for it.
RECORD = '''
window.answers = [];
const real = window.fetch;
window.fetch = async (...args) => {
  const response = await real(...args);
  if (args[0].startsWith('/predict')) window.answers.push(await response.clone().text());
  return response;
};
true'''

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
    if (!text || !e.checkVisibility()) continue;
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
    if (!e.checkVisibility() || e.classList.contains('skip')) continue;
    const box = e.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1) bad.push(`${e.tagName}.${e.className} leaves the window`);
    if (e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
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
  for (const e of document.querySelectorAll('button, input:not([hidden])'))
    if (!(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length))) bad.push(`${e.id} has no name`);
  for (const e of document.querySelectorAll('img')) if (!e.alt) bad.push('a picture without a description');
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(e => +e.tagName[1]);
  levels.forEach((level, i) => { if (level > (levels[i - 1] || 0) + 1) bad.push(`heading ${level} after ${levels[i - 1]}`); });
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size !== ids.length) bad.push('an id twice');
  if (!document.documentElement.lang || !document.title) bad.push('no language or title');
  if (document.getElementById('status').getAttribute('role') !== 'status') bad.push('no live region');
  return bad;
})()'''

DROP = '''
(async () => {
  const bytes = Uint8Array.from(atob("%s"), c => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "%s"));
  for (const type of ["dragenter", "dragover", "drop"])
    document.getElementById("drop").dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true}));
})()'''


def numbers(text):
    return re.findall(r'"probabilities": \[([^\]]*)\]', text)


def cards(browser, count):
    browser.wait(f'document.querySelectorAll(".card").length === {count} && '
                 'document.querySelectorAll("[aria-busy=true]").length === 0')


def use(browser, base64_of):
    """Choosing, dropping and pasting give the numbers of predict."""
    with open(PREDICTED, encoding='utf-8') as file:
        expected = numbers(file.read())
    assert len(expected) == len(PICTURES)
    browser.run(RECORD)
    browser.choose('#files', *PICTURES)
    models = browser.run('server.models.length')
    cards(browser, len(PICTURES))
    answers = browser.run('answers')
    assert len(answers) == models * len(PICTURES), len(answers)
    # The first model is the one that predicted; requests may overtake each other.
    first = browser.run('server.models[0].name')
    got = [n for text in answers if json.loads(text)['model'] == first for n in numbers(text)]
    assert sorted(got) == sorted(expected), (got, expected)
    shown = browser.run('document.querySelector(".share").textContent')
    assert shown.endswith('%'), shown
    browser.run('answers.length = 0')
    browser.run(DROP % (base64_of(PICTURES[0]), 'dropped.png'))
    cards(browser, len(PICTURES) + 2)
    got = [n for text in browser.run('answers') if json.loads(text)['model'] == first for n in numbers(text)]
    assert got == [expected[0]] * 2, got
    assert browser.run('document.getElementById("status").textContent').endswith('all done.')


def keyboard(browser):
    """The controls in the order of the page; the focus is visible."""
    seen = []
    browser.run('document.activeElement.blur()')
    for _ in range(4):
        browser.key('Tab', 9)
        seen.append(browser.run('document.activeElement.id || document.activeElement.className || document.activeElement.tagName'))
        assert browser.run('getComputedStyle(document.activeElement).outlineStyle') != 'none', seen
    assert [s for s in seen if s != 'photograph'][:3] == ['skip', 'choose', 'clear'], seen


def main():
    import base64

    def base64_of(path):
        with open(path, 'rb') as file:
            return base64.b64encode(file.read()).decode()
    with Browser() as browser:
        for width, height in ((1280, 900), (390, 844)):
            for dark in (False, True):
                browser.size(width, height, dark)
                browser.open(URL)
                browser.wait('server !== null')
                use(browser, base64_of)
                for check in (LAYOUT, CONTRAST, NAMES):
                    bad = browser.run(check)
                    assert not bad, (width, dark, bad)
                if SHOTS:
                    browser.picture(os.path.join(SHOTS, f'{width}-{"dark" if dark else "light"}.png'))
            keyboard(browser)
        browser.run('document.getElementById("clear").click()')
        assert browser.run('document.querySelectorAll(".card").length') == 0
        assert not browser.complaints, browser.complaints


main()

"""serve_page.py URL PREDICTED PICTURE...: the page of `linnet serve` in Chromium. PREDICTED holds the `linnet predict --json` of
each picture alone. With SHOTS=FOLDER in the environment the page is also drawn, to be looked at."""
import json
import os
import re
import sys

from browser import Browser
from page_checks import CONTRAST, LAYOUT, NAMES

URL, PREDICTED, PICTURES = sys.argv[1], sys.argv[2], sys.argv[3:]
SHOTS = os.environ.get('SHOTS')

# The text of each answer, and what /predict sent for it.
RECORD = '''
window.answers = [];
window.sent = window.predict;
const real = window.fetch;
window.fetch = async (...args) => {
  const response = await real(...args);
  if (args[0].startsWith('/predict')) window.answers.push(await response.clone().text());
  return response;
};
true'''

# From here on, answers contain no evidence for any class.
NO_EVIDENCE = '''
window.predict = async (...args) => {
  const answer = await sent(...args);
  answer.predictions[0].explanation.most = 0;
  return answer;
};
true'''

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


def evidence(browser):
    """A button shows a map over the photo, and the keyboard moves its edge. Text replaces the map if there is no evidence."""
    browser.run('document.querySelector(".evidence button").focus()')
    browser.key(' ', 32)
    browser.wait('document.querySelector(".map") !== null')
    shown = browser.run('JSON.parse(document.querySelector(".evidence select").value)')
    first = browser.run('document.querySelector(".answer .model").textContent')
    assert shown == [first, browser.run('document.querySelector(".bars .class").textContent')], shown
    photo, over = (browser.run(f'JSON.stringify(document.querySelector("{name}").getBoundingClientRect())') for name in ('.picture', '.map'))
    assert photo == over, (photo, over)
    browser.run('document.querySelector(".wipe").focus()')
    browser.key('ArrowLeft', 37)
    assert browser.run('document.querySelector(".wipe").getAttribute("aria-valuetext")') == '99 %'
    assert '1%' in browser.run('getComputedStyle(document.querySelector(".map")).clipPath')
    for check in (LAYOUT, CONTRAST, NAMES):
        bad = browser.run(check)
        assert not bad, bad
    browser.run(NO_EVIDENCE)
    browser.run('(s => { s.selectedIndex = 1; s.dispatchEvent(new Event("change")); })(document.querySelector(".evidence select"))')
    browser.wait('document.querySelector(".evidence [role=status]").textContent.startsWith("No positive evidence for ")')
    assert browser.run('document.querySelector(".map")') is None
    browser.run('document.querySelector(".evidence button").click()')
    assert browser.run('document.querySelector(".evidence [role=status]").textContent') == ''


def keyboard(browser):
    """The controls in the order of the page; the focus is visible."""
    seen = []
    browser.open(URL)
    browser.wait('server !== null')
    browser.choose('#files', *PICTURES)
    cards(browser, len(PICTURES))
    while len(seen) < 8 and 'quiet' not in seen:  # the first picture's button
        browser.key('Tab', 9)
        seen.append(browser.run('document.activeElement.id || document.activeElement.className || document.activeElement.tagName'))
        assert browser.run('getComputedStyle(document.activeElement).outlineStyle') != 'none', seen
    assert [s for s in seen if s not in ('photograph', 'A')] == ['skip', 'choose', 'clear', 'quiet'], seen  # A: to the runs


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
                evidence(browser)
            keyboard(browser)
        browser.run('document.getElementById("clear").click()')
        assert browser.run('document.querySelectorAll(".card").length') == 0
        assert not browser.complaints, browser.complaints


main()

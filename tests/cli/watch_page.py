"""watch_page.py URL FOLDER: the page of runs in Chromium, with the runs of `watch_runs.py good`. With SHOTS=FOLDER in the
environment the page is also drawn, to be looked at."""
import os
import sys

from browser import Browser
from page_checks import CONTRAST, LAYOUT, NAMES

URL, FOLDER = sys.argv[1], sys.argv[2]
SHOTS = os.environ.get('SHOTS')
HINTS = {'dead': 'linnet resume', 'stopped': 'linnet resume', 'failed': 'smaller --lr', 'training': '', 'finished': ''}


def text(browser, selector):
    return browser.run(f'document.querySelector({selector!r}).textContent')


def look(browser, name):
    for check in (LAYOUT, CONTRAST, NAMES):
        bad = browser.run(check)
        assert not bad, (name, bad)
    if SHOTS:
        browser.picture(os.path.join(SHOTS, name + '.png'))


def open_run(browser, query):
    browser.open(f'{URL}runs?{query}')
    browser.wait('shown !== null && [...document.images].every(i => !i.checkVisibility() || i.naturalWidth)')


def states(browser):
    for name, hint in HINTS.items():
        open_run(browser, 'run=' + name)
        assert text(browser, '#run-name') == name and text(browser, '#run-state').lower() == name
        assert hint in text(browser, '#run-hint'), name
    open_run(browser, 'run=training')
    assert 'epoch 4 of 30, step 12 of 40, resumed in epoch 2' in text(browser, '#run-about')
    assert '10 min 50 s' in text(browser, '#facts') and '61.5' in text(browser, '#facts')
    assert browser.run('document.title').startswith('11 %')
    assert '고양이/1.jpg is 고양이, predicted 개' in browser.run('document.getElementById("mistakes-picture").alt')


def keyboard(browser):
    """The keyboard selects an epoch, and its values are shown."""
    open_run(browser, 'run=finished')
    browser.run('document.getElementById("epoch").focus()')
    browser.key('ArrowLeft', 37)
    assert browser.run('document.getElementById("epoch").value') == '29'
    spoken = browser.run('document.getElementById("epoch").getAttribute("aria-valuetext")')
    assert spoken.startswith('epoch 29: training loss 0.0690, accuracy 96.9\u00a0%; validation loss 0.0724'), spoken
    assert '0.0690' in text(browser, '#at tbody')


def grows(browser):
    """A new row of results.csv appears without a reload."""
    open_run(browser, 'run=dead')
    before = browser.run('shown.done')
    with open(os.path.join(FOLDER, 'dead', 'results.csv'), 'a', encoding='utf-8') as file:
        file.write(f'{before + 1},90,0.01,0.25,0.9,0.2,0.95,60\n')
    browser.wait(f'shown.done === {before + 1} && document.getElementById("at").textContent.includes("0.2500")', 10)


def main():
    with Browser() as browser:
        for width, height in ((1280, 900), (390, 844)):
            for dark in (False, True):
                browser.size(width, height, dark)
                for query in ('run=training', 'run=finished&with=old'):
                    open_run(browser, query)
                    look(browser, f'{query.replace("run=", "").replace("&with=", "-")}-{width}-{"dark" if dark else "light"}')
        states(browser)
        keyboard(browser)
        grows(browser)
        open_run(browser, 'run=finished&with=old')
        assert 'old: validation' in text(browser, '#legend')
        assert browser.run('document.querySelectorAll("#loss .curve.b").length') == 2
        assert not browser.complaints, browser.complaints


main()

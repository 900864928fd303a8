"""watch_explain.py URL TOKEN: the page of a trained run in Chromium: mistakes with their explanations, the map of the data, and the
token, which is asked for once for both pages. With SHOTS=FOLDER in the environment the page is also drawn, to be looked at."""
import os
import sys

from browser import Browser
from page_checks import CONTRAST, LAYOUT, NAMES

URL, TOKEN = sys.argv[1], sys.argv[2]
SHOTS = os.environ.get('SHOTS')


def visible(browser, selector):
    return browser.run(f'document.querySelector({selector!r}).checkVisibility()')


def give_token(browser):
    browser.open(URL + 'runs')
    browser.wait('document.getElementById("token").checkVisibility()')
    browser.run('document.getElementById("token").value = "wrong"')
    browser.run('document.getElementById("token-form").requestSubmit()')
    browser.wait('document.getElementById("problem").textContent.includes("does not accept")')
    browser.run(f'document.getElementById("token").value = {TOKEN!r}')
    browser.run('document.getElementById("token-form").requestSubmit()')
    browser.wait('shown !== null')
    browser.open(URL)
    browser.wait('server !== null')
    assert not visible(browser, '#token-form')


def explanations(browser):
    browser.open(URL + 'runs')
    browser.wait('shown !== null && [...document.images].every(i => !i.checkVisibility() || i.naturalWidth)')
    count = browser.run('shown.mistakes.length')
    assert visible(browser, '#explain') and count > 1
    browser.run('document.getElementById("explain").click()')
    browser.wait(f'document.querySelectorAll("#explained li").length === {count}')
    browser.wait('document.getElementById("explain-status").textContent.includes("best")')
    assert not visible(browser, '#mistakes-sheet') and visible(browser, '#mistakes-legend')
    assert browser.run('[...document.querySelectorAll("#explained img")].every(i => i.naturalWidth > 0 && i.alt)')
    said = browser.run('document.querySelector("#explained li").innerText')
    assert '고양이' in said and '개' in said and '%' in said, said
    assert browser.run('[...document.querySelectorAll("#gallery h3")].map(h => h.textContent)').count('Map of the data') == 1


def main():
    with Browser() as browser:
        give_token(browser)
        for width, height in ((1280, 900), (390, 844)):
            for dark in (False, True):
                browser.size(width, height, dark)
                explanations(browser)
                for check in (LAYOUT, CONTRAST, NAMES):
                    bad = browser.run(check)
                    assert not bad, (width, dark, bad)
                if SHOTS:
                    browser.picture(os.path.join(SHOTS, f'explained-{width}-{"dark" if dark else "light"}.png'))
        refused = [c for c in browser.complaints if '401' not in str(c)]
        assert not refused, refused


main()

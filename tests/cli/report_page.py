"""report_page.py REPORT [ANOTHER]: checks a report.html: its size, that it loads and runs nothing, its pictures and figures. The
random sample of ANOTHER, a run on the same data, must be the same one."""
import base64
import html.parser
import re
import sys

SIZE_MOST = 600_000
TAGS = set("""html head meta title style body main header section div p h1 h2 dl dt dd ol li table thead tbody tr th td details
    summary figure figcaption img span i b br svg g rect path circle text""".split())
ATTRIBUTES = set("""lang charset http-equiv content name class style scope colspan role aria-label aria-labelledby aria-hidden tabindex id alt
    src viewbox x y width height d cx cy r text-anchor transform""".split())


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.raw = open(path, encoding="utf-8").read()
        self.open, self.words, self.images = [], {}, []
        self.feed(self.raw)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert tag in TAGS, f"<{tag}>"
        assert set(given) <= ATTRIBUTES, f"<{tag}> has {set(given) - ATTRIBUTES}"
        if tag == "img":
            kind, data = given["src"].split(",")
            assert kind in ("data:image/png;base64", "data:image/jpeg;base64"), kind
            base64.b64decode(data, validate=True)
            self.images.append((self.place(), given["alt"], data))
        if tag not in ("meta", "img", "br"):
            self.open.append((tag, given.get("class", "")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1]}"
        self.open.pop()

    def handle_data(self, data):
        for tag, kind in self.open:
            self.words[tag, kind] = self.words.get((tag, kind), "") + data

    def place(self):
        return next((kind for _, kind in reversed(self.open) if kind in ("thumbs", "gallery")), None)

    def sample(self):
        return [(alt, data) for place, alt, data in self.images if place == "thumbs"]


def check(page):
    assert len(page.raw.encode()) < SIZE_MOST, len(page.raw.encode())
    for word in ("http:", "https:", "url(", "@import", "javascript:"):
        assert word not in page.raw, word
    assert "default-src 'none'" in page.raw
    assert page.raw.count('class="wide"') == page.raw.count('class="wide" tabindex="0" role="region" aria-label=') >= 1
    assert re.fullmatch(r"\s*\d+\.\d\d %\s*", page.words["p", "figure"]), page.words["p", "figure"]
    classes = re.findall(r"(\d+) classes", page.words["p", "about"])[0]
    assert len({alt for alt, _ in page.sample()}) == min(int(classes), 24)
    assert 1 <= len(page.sample()) <= 24


pages = [Page(path) for path in sys.argv[1:]]
for each in pages:
    check(each)
if len(pages) > 1:
    assert 'a<b>&"c' in pages[0].words["h1", ""]
    assert pages[0].sample() == pages[1].sample()

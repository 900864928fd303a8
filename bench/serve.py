"""The protocol of a peer, and the timing of its step. Imported by each peer_NAME.py, in the peer's own Python.

    peer_NAME.py --list      one line: {"peer", "module", "version", "onednn", "variants": {"train f32": [...], ...}}
    peer_NAME.py VARIANT     serves requests, a JSON line each, answered by a JSON line each:
        {"prepare": {"model", "mode", "dtype", "batch", "imgsz", "channels", "classes", "threads"}}  ->  {"parameters"}
        {"measure": seconds}                                       ->  {"images_per_s", "steps", "rss_mb"}
        anything that fails                                        ->  {"error"}

A variant is a way of running the same network: words joined by "+", which peer_NAME.py explains.
"""
import json
import os
import resource
import statistics
import sys
import time

WARM_UP_S = 0.3
LONG_S = 2  # one step of this length is enough, because the rounds repeat it; of shorter steps two are timed


def seconds_of(step):
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


class Peer:
    """One variant of one network, created by prepare() and timed by each call of measure()."""

    def __init__(self, variant, make):
        self.words, self.make = variant.split("+"), make
        self.batch, self.step, self.last = 0, None, 0

    def prepare(self, case):
        self.step, parameters = self.make(case, self.words)
        self.batch = case["batch"]
        self.step()  # compiles, if the variant does, and allocates memory
        self.last = seconds_of(self.step)
        return {"parameters": parameters}

    def measure(self, seconds):
        """Like linnet bench: times each step and returns the median. Before short steps it warms the caches."""
        end = time.perf_counter() + WARM_UP_S
        while self.last < WARM_UP_S and time.perf_counter() < end:
            self.step()
        times, end = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end or (len(times) < 2 and times[0] < LONG_S):
            times.append(seconds_of(self.step))
        self.last = statistics.median(times)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        return {"images_per_s": self.batch / self.last, "steps": len(times), "rss_mb": peak_mb}

    def answer(self, request):
        try:
            if "prepare" in request:
                return self.prepare(request["prepare"])
            return self.measure(request["measure"])
        except Exception as error:  # the table reports any failure of a variant
            lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
            return {"error": lines[0].strip()[:200]}


def main(about, make):
    """about: the answer to --list. make(case, words): (a function that runs a step, the network's number of parameters)."""
    # Compilers and libraries may print to stdout, so the answers go to a copy of the original stdout.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(answer):
        print(json.dumps(answer), file=answers, flush=True)
    if sys.argv[1] == "--list":
        say(about)
        return
    peer = Peer(sys.argv[1], make)
    for line in sys.stdin:
        say(peer.answer(json.loads(line)))

"""How a figure is taken: of Linnet by its program, of a peer by a process that speaks bench/peer_*.py's lines.

A measurement is a few seconds of steps of which the median counts. Machines drift and neighbours come and go, so
Linnet and the variants of the peers take turns for several rounds, and a ratio is taken inside one round.
"""
import json
import os
import pathlib
import selectors
import signal
import statistics
import subprocess
import tempfile
import time

PREPARE_S = 90  # to make the network and, where the variant does, compile it
MEASURE_S = 120  # beyond what was asked for: warm-up and the least number of steps
START_S = 120  # to import the peer's libraries
KEEP = 0.8  # from the third round on only variants with this share of the best one's speed take turns


class Failed(Exception):
    """What a person reads about a measurement that could not be had."""


class Linnet:
    def __init__(self, program):
        self.program = program

    def run(self, *args):
        done = subprocess.run([self.program, *args], capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"linnet {' '.join(args)}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def shape_flags(self, case):
        return [case["model"], "--batch", str(case["batch"]), "--imgsz", str(case["imgsz"]),
                "--channels", str(case["channels"]), "--classes", str(case["classes"]), "--json"]

    def parameters(self, case):
        return json.loads(self.run("summary", *self.shape_flags(case)))["parameters"]

    def threads(self, case):
        """That it takes by itself (affinity, control groups, OMP_NUM_THREADS); the peers get the same number."""
        return self.measure(case, 0.01)["threads"]

    def measure(self, case, seconds):
        out = self.run("bench", *self.shape_flags(case), "--mode", case["mode"], "--seconds", str(seconds))
        return json.loads(out)[0]

    def start_ms(self, arg, times=21):
        """From spawn to exit, and the same of a program that does nothing."""
        return start_ms([self.program, arg], times), start_ms(["true"], times)

    def train(self, data, flags):
        """Images a second in the last epoch of training from files."""
        with tempfile.TemporaryDirectory() as folder:
            self.run("train", data, "--project", folder, "-q", *flags)
            lines = pathlib.Path(folder, "train", "results.csv").read_text().splitlines()
        return float(dict(zip(lines[0].split(","), lines[-1].split(",")))["images_per_s"])


def start_ms(command, times):
    def once():
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        return (time.perf_counter() - begin) * 1e3
    return statistics.median(once() for _ in range(times))


def peer_environment():
    """Ours without what would hold a peer back; OMP_NUM_THREADS stays, it holds for both."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


class Variant:
    """A peer's process that runs one variant. It sleeps in a read while others are measured."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.rates, self.ratios, self.failure = [], [], None  # images/s of each round, and Linnet's over it
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([kind.python, kind.script, name], env=peer_environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        start_new_session=True)

    @property
    def title(self):
        return f"{self.kind.peer}, {self.name.replace('+', ', ')}"

    @property
    def rate(self):
        return statistics.median(self.rates)

    @property
    def ratio(self):
        """Linnet / this one, inside a round; the lowest is the peer's best."""
        return statistics.median(self.ratios)

    def ask(self, request, limit):
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            line = self.read_line(limit)
        except OSError:
            line = b""
        if not line:
            raise Failed(f"its process ended: {self.last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def read_line(self, limit):
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            if not ready.select(limit):
                raise Failed(f"no answer within {limit:.0f} s")
        return self.process.stdout.readline()

    def last_words(self):
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "no message"

    def prepare(self, case, parameters):
        try:
            answer = self.ask({"prepare": case}, START_S if self.name == "eager" else PREPARE_S)
            if answer["parameters"] != parameters:
                raise Failed(f"another network: {answer['parameters']} parameters, Linnet's has {parameters}")
        except Failed as failure:
            self.fail(failure)

    def prepare_loader(self, case):
        try:
            self.ask({"prepare": case}, START_S + PREPARE_S)
        except Failed as failure:
            self.fail(failure)

    def measure(self, seconds, ours):
        try:
            rate = self.ask({"measure": seconds}, seconds + MEASURE_S)["images_per_s"]
            self.rates.append(rate)
            self.ratios.append(ours / rate)
        except Failed as failure:
            self.fail(failure)

    def fail(self, failure):
        self.failure, self.rates, self.ratios = str(failure), [], []
        self.close()

    def close(self):
        """With all that it started: compilers run in processes of their own."""
        if self.log.closed:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


class PeerKind:
    """A peer that is installed: its script, the Python that has its libraries, and what the script says of itself."""

    def __init__(self, python, script):
        self.python, self.script = python, str(script)
        try:
            done = subprocess.run([python, self.script, "--list"], env=peer_environment(), capture_output=True,
                                  text=True, timeout=START_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(str(error)) from error
        if done.returncode:
            raise Failed((done.stderr.strip().splitlines() or ["no message"])[-1])
        about = json.loads(done.stdout)
        self.peer, self.version, self.onednn = about["peer"], about["version"], about["onednn"]
        self.variants = about["variants"]


def run_case(linnet, kinds, case, seconds, rounds):
    """[Linnet's result a round], [variants with their rates]: all of one network and mode, taking turns."""
    variants = [Variant(kind, name) for kind in kinds for name in kind.variants[case["mode"]]]
    try:
        if variants:
            case, parameters = dict(case, threads=linnet.threads(case)), linnet.parameters(case)
        for variant in variants:
            variant.prepare(case, parameters)
        ours = []
        racing = [v for v in variants if not v.failure]
        for number in range(rounds):
            ours.append(linnet.measure(case, seconds))
            for variant in racing:
                variant.measure(seconds, ours[-1]["images_per_s"])
            racing = [v for v in racing if not v.failure]
            best = min((v.ratio for v in racing), default=0)
            racing = [v for v in racing if number < 1 or v.ratio * KEEP <= best]
        return ours, variants
    finally:
        for variant in variants:
            variant.close()
